"""People and edges for the suites of the graph."""

from collections.abc import Sequence
from datetime import datetime

from domain.activity import Activity
from domain.graph import Follow, User
from domain.page import Link, Window
from events import Event
from stores.graph import GraphStore
from tests.contract.makers import event, new_id

ALL = Window(10_000)


def person(
    user_id: int,
    handle: str,
    display_name: str,
    *,
    bio: str = "",
    followers: int = 0,
    following: int = 0,
    last_seen_at: datetime | None = None,
    activity: Activity = Activity.INACTIVE,
    is_famous: bool = False,
    is_protected: bool = False,
) -> User:
    """Somebody as they are when new, but for what is given."""
    return User(
        user_id,
        handle,
        display_name,
        bio,
        followers,
        following,
        last_seen_at,
        activity,
        is_famous=is_famous,
        is_protected=is_protected,
    )


async def add_people(graph: GraphStore, number: int, activity: Activity = Activity.INACTIVE) -> list[int]:
    """New people of a class, their ids rising."""
    people = [new_id() for _ in range(number)]
    await graph.merge_users([(user_id, f"u{user_id}", f"User {user_id}") for user_id in people], event())
    if activity is not Activity.INACTIVE:
        assert sorted(await graph.reclass(people, activity, event())) == people
    return people


async def protect(graph: GraphStore, *user_ids: int, is_protected: bool = True) -> None:
    for user_id in user_ids:
        await graph.update_profile(user_id, event(), display_name=None, bio=None, is_protected=is_protected)


async def follow_all(
    graph: GraphStore, follows: Sequence[Follow], told: Event | None = None
) -> tuple[list[Follow], list[Follow]]:
    """What became edges, and what became requests."""
    outcome = await graph.follow(follows, told or event())
    return list(outcome.followed), list(outcome.requested)


async def follow(graph: GraphStore, follower_id: int, followee_id: int) -> Follow:
    """A new edge."""
    edge = Follow(new_id(), follower_id, followee_id)
    assert await follow_all(graph, [edge]) == ([edge], [])
    return edge


async def ask(graph: GraphStore, requester_id: int, requested_id: int) -> Follow:
    """A new request."""
    request = Follow(new_id(), requester_id, requested_id)
    assert await follow_all(graph, [request]) == ([], [request])
    return request


async def counts(graph: GraphStore, user_ids: list[int]) -> dict[int, tuple[int, int]]:
    """(followers, following) of each."""
    users = await graph.users(user_ids)
    return {user_id: (users[user_id].followers_count, users[user_id].following_count) for user_id in user_ids}


async def famous(graph: GraphStore, user_ids: list[int]) -> set[int]:
    return {user_id for user_id, user in (await graph.users(user_ids)).items() if user.is_famous}


async def requests_to(graph: GraphStore, user_id: int) -> list[Link]:
    return list((await graph.follow_requests([user_id], ALL))[user_id])
