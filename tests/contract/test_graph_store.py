"""People and follow edges."""

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.graph import Follow, User
from domain.page import Link, Window
from stores.events import EventLog
from stores.graph import GraphStore
from tests.contract.makers import LARGEST, UNICODE, all_pages, event, examples, logged, new_id

NOW = datetime.now(UTC)


async def add_people(graph: GraphStore, number: int) -> list[int]:
    people = [new_id() for _ in range(number)]
    await graph.merge_users([(user_id, f"u{user_id}", f"User {user_id}") for user_id in people], event())
    return people


async def follow(graph: GraphStore, follower_id: int, followee_id: int) -> Follow:
    edge = Follow(new_id(), follower_id, followee_id)
    assert await graph.follow([edge], event()) == [edge]
    return edge


async def counts(graph: GraphStore, user_ids: list[int]) -> dict[int, tuple[int, int]]:
    """(followers, following) of each."""
    users = await graph.users(user_ids)
    return {user_id: (users[user_id].followers_count, users[user_id].following_count) for user_id in user_ids}


async def test_only_missing_people_are_added(graph: GraphStore, events: EventLog) -> None:
    first, second = event(), event()
    assert await graph.merge_users([(1, "Alice", UNICODE)], first) == 1
    assert await graph.merge_users([(1, "Other", "Other"), (LARGEST, "Bob", "")], second) == 1
    assert await graph.merge_users([(1, "Other", "Other")], event()) == 0
    assert await graph.users([1, 2, LARGEST]) == {
        1: User(1, "Alice", UNICODE, "", 0, 0, None),
        LARGEST: User(LARGEST, "Bob", "", "", 0, 0, None),
    }
    assert await graph.ids_by_handle(["ALICE", "bob", "other"]) == {"alice": 1, "bob": LARGEST}
    assert await logged(events) == [first.id, second.id]


async def test_a_profile_keeps_what_is_not_given(graph: GraphStore, events: EventLog) -> None:
    added, named, told = event(), event(), event()
    await graph.merge_users([(1, "Alice", "Alice")], added)
    await graph.update_profile(1, UNICODE, None, named)
    await graph.update_profile(1, None, UNICODE, told)
    await graph.update_profile(2, "Nobody", None, event())
    assert await graph.users([1, 2]) == {1: User(1, "Alice", UNICODE, UNICODE, 0, 0, None)}
    assert await logged(events) == [added.id, named.id, told.id]


async def test_following_twice_is_following_once(graph: GraphStore, events: EventLog) -> None:
    await add_people(graph, 1)
    a, b, c = await add_people(graph, 3)
    before = await logged(events)
    first, second = event(), event()
    edges = [Follow(new_id(), a, b), Follow(new_id(), a, c), Follow(new_id(), b, a)]
    assert await graph.follow(edges[:2], first) == edges[:2]
    assert await graph.follow([Follow(new_id(), a, b)], event()) == []
    assert await graph.follow([Follow(new_id(), a, c), edges[2], Follow(new_id(), b, a)], second) == [edges[2]]
    assert await counts(graph, [a, b, c]) == {a: (1, 2), b: (1, 1), c: (1, 0)}
    assert await logged(events) == [*before, first.id, second.id]


async def test_unfollowing_needs_an_edge(graph: GraphStore, events: EventLog) -> None:
    a, b = await add_people(graph, 2)
    await follow(graph, a, b)
    before = await logged(events)
    gone = event()
    assert await graph.unfollow(b, a, event()) is False
    assert await graph.unfollow(a, b, gone) is True
    assert await graph.unfollow(a, b, event()) is False
    assert await counts(graph, [a, b]) == {a: (0, 0), b: (0, 0)}
    assert await logged(events) == [*before, gone.id]


async def test_who_follows_whom(graph: GraphStore) -> None:
    a, b, c = await add_people(graph, 3)
    for follower_id, followee_id in ((a, b), (a, c), (c, b)):
        await follow(graph, follower_id, followee_id)
    pairs = [(a, b), (b, a), (a, c), (a, c), (c, b), (c, c)]
    assert await graph.following_among(iter(pairs)) == {(a, b), (a, c), (c, b)}
    assert await graph.following_among([]) == set()
    assert sorted(await graph.followees(a)) == [b, c]
    assert await graph.followees(b) == []


async def test_followers_to_feed_come_in_rising_order_page_by_page(graph: GraphStore) -> None:
    author, *readers = await add_people(graph, 8)
    for reader in reversed(readers):
        await follow(graph, reader, author)
    assert await graph.feeding(author, 0, 3) == readers[:3]
    assert await graph.feeding(author, readers[2], 3) == readers[3:6]
    assert await graph.feeding(author, readers[5], 3) == readers[6:]
    assert await graph.feeding(author, LARGEST, 3) == []


@pytest.mark.parametrize("edge_id", [1, LARGEST])
async def test_keys_at_the_edges_are_within_an_open_window(graph: GraphStore, edge_id: int) -> None:
    await graph.follow([Follow(edge_id, 1, LARGEST)], event())
    for ascending in (False, True):
        assert await graph.followers([LARGEST], Window(1, ascending=ascending)) == {LARGEST: [Link(edge_id, 1)]}
    assert await graph.following([1], Window(1, high=edge_id)) == {1: []}
    assert await graph.following([1], Window(1, low=edge_id)) == {1: []}
    assert await graph.following([1], Window(0)) == {1: []}


async def test_a_page_for_each_of_many(graph: GraphStore) -> None:
    a, b, c = await add_people(graph, 3)
    ab, cb, ac = [await follow(graph, *pair) for pair in ((a, b), (c, b), (a, c))]
    window = Window(5)
    followers = await graph.followers([a, b, c, b], window)
    assert followers == {a: [], b: [Link(cb.id, c), Link(ab.id, a)], c: [Link(ac.id, a)]}
    following = await graph.following([a, b], Window(5, high=ac.id, low=ab.id - 1, ascending=True))
    assert following == {a: [Link(ab.id, b)], b: []}


@examples
@given(data=st.data(), size=st.integers(1, 5), ascending=st.booleans())
async def test_pages_neither_lose_nor_repeat_while_people_follow(
    graph: GraphStore, data: st.DataObject, size: int, *, ascending: bool
) -> None:
    """Newest first, a page never shows what comes after it began; oldest first, the end moves on and is reached."""
    author = new_id()
    edges = [await follow(graph, new_id(), author) for _ in range(data.draw(st.integers(0, 9)))]
    later: list[Follow] = []

    async def page(window: Window) -> list[Link]:
        links = (await graph.followers([author], window))[author]
        later.extend([await follow(graph, new_id(), author) for _ in range(data.draw(st.integers(0, size - 1)))])
        return list(links)

    links = await all_pages(page, size, ascending=ascending)
    expected = [Link(edge.id, edge.follower_id) for edge in edges]
    assert links[: len(edges)] == (expected if ascending else expected[::-1])
    assert ascending or len(links) == len(edges)
    assert len(set(links)) == len(links)


Edge = tuple[int, int]
EDGES = st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(lambda pair: pair[0] != pair[1])


@examples
@given(history=st.lists(st.one_of(EDGES, st.lists(EDGES, max_size=4)), max_size=20))
async def test_counts_and_lists_agree_with_a_plain_set(graph: GraphStore, history: list[Edge | list[Edge]]) -> None:
    """A pair stands for an unfollowing, a list for a batch of follows."""
    people = await add_people(graph, 4)
    edges: set[Edge] = set()
    for step in history:
        if isinstance(step, tuple):
            assert await graph.unfollow(people[step[0]], people[step[1]], event()) is (step in edges)
            edges.discard(step)
        else:
            batch = [Follow(new_id(), people[a], people[b]) for a, b in step]
            assert len(await graph.follow(batch, event())) == len(set(step) - edges)
            edges |= set(step)
    await assert_graph_is(graph, people, edges)


async def assert_graph_is(graph: GraphStore, people: list[int], edges: set[Edge]) -> None:
    pairs = {(people[a], people[b]) for a, b in edges}
    followers, following = Counter(b for _, b in pairs), Counter(a for a, _ in pairs)
    assert await counts(graph, people) == {user_id: (followers[user_id], following[user_id]) for user_id in people}
    assert await graph.following_among([(a, b) for a in people for b in people]) == pairs
    pages = await graph.followers(people, Window(100))
    assert {(link.node_id, user_id) for user_id, links in pages.items() for link in links} == pairs


async def test_batches_over_the_same_people_end_and_count_right(graph: GraphStore) -> None:
    """Each in an order of its own: nobody waits in a circle."""
    people = [new_id() for _ in range(100)]

    async def follow_all(seed: int) -> None:
        follower_id = new_id()
        edges = [Follow(new_id(), follower_id, one) for one in random.Random(seed).sample(people, len(people))]
        assert len(await graph.follow(edges, event())) == len(people)
        for one in people[seed :: len(people) // 4]:
            assert await graph.unfollow(follower_id, one, event()) is True

    await graph.merge_users([(one, f"u{one}", "") for one in people], event())
    await asyncio.gather(*map(follow_all, range(40)))
    followers = await graph.followers(people, Window(1_000))
    assert await counts(graph, people) == {one: (len(followers[one]), 0) for one in people}
    assert sum(map(len, followers.values())) == 40 * 100 - sum(len(people[seed::25]) for seed in range(40))


async def test_the_same_batch_from_many_at_once_is_added_once(graph: GraphStore) -> None:
    for _ in range(5):
        people = await add_people(graph, 12)
        pairs = [(a, b) for a in people for b in people if a != b]

        async def follow_all(seed: int, pairs: list[Edge] = pairs) -> int:
            edges = [Follow(new_id(), a, b) for a, b in random.Random(seed).sample(pairs, len(pairs))]
            return len(await graph.follow(edges, event()))

        assert sum(await asyncio.gather(*map(follow_all, range(8)))) == len(pairs)
        assert await counts(graph, people) == dict.fromkeys(people, (11, 11))


async def test_last_seen_never_goes_back(graph: GraphStore) -> None:
    [user_id] = await add_people(graph, 1)
    for at in (NOW, NOW - timedelta(days=1), NOW + timedelta(microseconds=1), NOW):
        await graph.seen(user_id, at)
    assert (await graph.users([user_id]))[user_id].last_seen_at == NOW + timedelta(microseconds=1)
