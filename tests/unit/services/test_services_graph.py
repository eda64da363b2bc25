"""Following, being asked to, and profiles: what is written, merged and dispatched, in which order."""

from collections.abc import Awaitable, Callable

import pytest

from domain.graph import Follow
from domain.refusals import Refused, UserError, UserErrorCode
from events import Event, Followed, Unfollowed, UsersChanged
from services.graph import GraphService
from tests.unit.services.people import Graph, person

VIEWER, OTHER, PROTECTED, NOBODY = 1, 2, 3, 9


@pytest.fixture
def graph() -> Graph:
    return Graph({VIEWER: person(VIEWER), OTHER: person(OTHER), PROTECTED: person(PROTECTED, is_protected=True)})


@pytest.fixture
def service(graph: Graph) -> GraphService:
    return GraphService(graph.store, graph.fan_out, graph.dispatcher, graph.snowflakes, graph.media)


async def refusal(action: Awaitable[None]) -> list[UserError]:
    with pytest.raises(Refused) as refused:
        await action
    return list(refused.value.errors)


def user_error(code: UserErrorCode, message: str) -> list[UserError]:
    return [UserError(message, code, ("userId",))]


async def test_a_follow_is_merged_before_it_is_told(graph: Graph, service: GraphService) -> None:
    await service.follow(VIEWER, OTHER)
    event = Event(1001, Followed(((VIEWER, OTHER),)))
    assert graph.done == [
        ("follow", [Follow(1002, VIEWER, OTHER)], [], event),
        ("merged", (VIEWER, OTHER)),
        ("dispatched", event),
    ]


async def test_a_follow_that_cannot_be_merged_is_left_to_the_relay(graph: Graph, service: GraphService) -> None:
    graph.down = {"timelines"}
    await service.follow(VIEWER, OTHER)
    event = Event(1001, Followed(((VIEWER, OTHER),)))
    assert graph.done == [("follow", [Follow(1002, VIEWER, OTHER)], [], event)]


async def test_protected_people_are_asked_and_nobody_is_told(graph: Graph, service: GraphService) -> None:
    await service.follow(VIEWER, PROTECTED)
    assert graph.requests == {(VIEWER, PROTECTED)}
    assert graph.done == [("follow", [], [Follow(1002, VIEWER, PROTECTED)], None)]
    assert graph.asked == [("users", PROTECTED)]
    await service.follow(VIEWER, PROTECTED)
    assert len(graph.done) == 1


@pytest.mark.parametrize("followee", [OTHER, PROTECTED])
async def test_following_again_changes_nothing(graph: Graph, service: GraphService, followee: int) -> None:
    """A follower stays one when the followee becomes protected."""
    graph.follows = {(VIEWER, followee)}
    await service.follow(VIEWER, followee)
    assert (graph.follows, graph.requests, graph.done) == ({(VIEWER, followee)}, set(), [])


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ({(OTHER, VIEWER)}, "You can't follow somebody who blocks you."),
        ({(VIEWER, OTHER)}, "Unblock them first."),
        ({(VIEWER, OTHER), (OTHER, VIEWER)}, "You can't follow somebody who blocks you."),
    ],
)
async def test_no_follow_over_a_block(
    graph: Graph, service: GraphService, blocks: set[tuple[int, int]], message: str
) -> None:
    graph.blocks = blocks
    assert await refusal(service.follow(VIEWER, OTHER)) == user_error(UserErrorCode.FORBIDDEN, message)
    assert (graph.follows, graph.requests, graph.done) == (set(), set(), [])


@pytest.mark.parametrize("verb", ["follow", "unfollow"])
async def test_neither_oneself_nor_nobody(graph: Graph, service: GraphService, verb: str) -> None:
    act: Callable[[int, int], Awaitable[None]] = getattr(service, verb)
    assert await refusal(act(VIEWER, VIEWER)) == user_error(UserErrorCode.INVALID, f"You can't {verb} yourself.")
    assert await refusal(act(VIEWER, NOBODY)) == user_error(UserErrorCode.NOT_FOUND, "There is no such user.")
    assert graph.done == []


async def test_unfollowing_is_told_once(graph: Graph, service: GraphService) -> None:
    graph.follows = {(VIEWER, OTHER), (OTHER, VIEWER)}
    await service.unfollow(VIEWER, OTHER)
    await service.unfollow(VIEWER, OTHER)
    event = Event(1001, Unfollowed(((VIEWER, OTHER),)))
    assert graph.follows == {(OTHER, VIEWER)}
    assert graph.done == [("taken", (VIEWER, OTHER), event), ("dispatched", event)]


async def test_unfollowing_withdraws_a_request(graph: Graph, service: GraphService) -> None:
    graph.requests = {(VIEWER, PROTECTED)}
    await service.unfollow(VIEWER, PROTECTED)
    assert (graph.requests, graph.done) == (set(), [])


async def test_an_accepted_request_is_a_follow_by_the_requester(graph: Graph, service: GraphService) -> None:
    graph.requests = {(OTHER, PROTECTED), (VIEWER, PROTECTED)}
    await service.accept_follow_request(PROTECTED, OTHER)
    event = Event(1001, Followed(((OTHER, PROTECTED),)))
    assert (graph.follows, graph.requests) == ({(OTHER, PROTECTED)}, {(VIEWER, PROTECTED)})
    assert graph.done == [
        ("accept", Follow(1002, OTHER, PROTECTED), event),
        ("merged", (OTHER, PROTECTED)),
        ("dispatched", event),
    ]


async def test_an_accepted_request_that_cannot_be_merged_is_left_to_the_relay(
    graph: Graph, service: GraphService
) -> None:
    graph.requests, graph.down = {(OTHER, PROTECTED)}, {"timelines"}
    await service.accept_follow_request(PROTECTED, OTHER)
    assert graph.follows == {(OTHER, PROTECTED)}
    assert [step[0] for step in graph.done] == ["accept"]


async def test_a_rejected_request_is_gone(graph: Graph, service: GraphService) -> None:
    graph.requests = {(OTHER, PROTECTED), (VIEWER, PROTECTED)}
    await service.reject_follow_request(PROTECTED, OTHER)
    assert (graph.follows, graph.requests, graph.done) == (set(), {(VIEWER, PROTECTED)}, [])


@pytest.mark.parametrize("verb", ["accept_follow_request", "reject_follow_request"])
@pytest.mark.parametrize("requester", [VIEWER, OTHER, PROTECTED, NOBODY])
async def test_where_nobody_asked(graph: Graph, service: GraphService, verb: str, requester: int) -> None:
    """Nor can one answer what one asked oneself."""
    graph.requests = {(PROTECTED, OTHER)}
    act: Callable[[int, int], Awaitable[None]] = getattr(service, verb)
    error = user_error(UserErrorCode.NOT_FOUND, "There is no such follow request.")
    assert await refusal(act(PROTECTED, requester)) == error
    assert (graph.follows, graph.requests, graph.done) == (set(), {(PROTECTED, OTHER)}, [])


@pytest.mark.parametrize(
    ("changes", "written"),
    [
        ({"is_protected": True}, (None, None, True, None)),
        ({"is_protected": False, "bio": ""}, (None, "", False, None)),
        ({"display_name": "Ann", "bio": "Hi"}, ("Ann", "Hi", None, None)),
    ],
)
async def test_a_profile(
    graph: Graph, service: GraphService, changes: dict[str, str | bool], written: tuple[object, ...]
) -> None:
    await service.update_profile(VIEWER, **changes)  # type: ignore[arg-type]
    event = Event(1001, UsersChanged((VIEWER,)))
    assert graph.done == [("update_profile", VIEWER, *written, event), ("dispatched", event)]


async def test_a_profile_that_breaks_the_rules_stays_as_it_is(graph: Graph, service: GraphService) -> None:
    errors = await refusal(service.update_profile(VIEWER, display_name=" ", bio="x" * 161, is_protected=True))
    assert errors == [
        UserError("A display name can't be blank.", UserErrorCode.TOO_SHORT, ("displayName",)),
        UserError("A bio has at most 160 characters, not 161.", UserErrorCode.TOO_LONG, ("bio",)),
    ]
    assert graph.done == []


async def test_people_are_merged_once(graph: Graph, service: GraphService) -> None:
    for _ in range(2):
        await service.ensure_people([(VIEWER, "u1", "U1"), (4, "u4", "U4")])
    event = Event(1001, UsersChanged((VIEWER, 4)))
    assert graph.done == [("merge_users", [(4, "u4", "U4")], event), ("dispatched", event)]
