"""People and follow edges."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.activity import Activity
from domain.graph import Follow, Followees
from domain.page import Link, Window
from stores.events import EventLog
from stores.graph import GraphStore
from tests.contract.graph_makers import add_people, counts, follow, follow_all, person, protect
from tests.contract.makers import LARGEST, UNICODE, all_pages, event, examples, logged, new_id


async def test_only_missing_people_are_added(graph: GraphStore, events: EventLog) -> None:
    first, second = event(), event()
    assert await graph.merge_users([(1, "Alice", UNICODE)], first) == 1
    assert await graph.merge_users([(1, "Other", "Other"), (LARGEST, "Bob", "")], second) == 1
    assert await graph.merge_users([(1, "Other", "Other")], event()) == 0
    assert await graph.users([1, 2, LARGEST]) == {
        1: person(1, "Alice", UNICODE),
        LARGEST: person(LARGEST, "Bob", ""),
    }
    assert await graph.ids_by_handle(["ALICE", "bob", "other"]) == {"alice": 1, "bob": LARGEST}
    assert await logged(events) == [first.id, second.id]


async def test_a_profile_keeps_what_is_not_given(graph: GraphStore, events: EventLog) -> None:
    added, named, protected, told = event(), event(), event(), event()
    await graph.merge_users([(1, "Alice", "Alice")], added)
    await graph.update_profile(1, named, display_name=UNICODE, bio=None, is_protected=None)
    await graph.update_profile(1, protected, display_name=None, bio=None, is_protected=True)
    await graph.update_profile(1, told, display_name=None, bio=UNICODE, is_protected=None)
    await graph.update_profile(1, event(), display_name=None, bio=None, is_protected=None, avatar_id=LARGEST)
    await graph.update_profile(2, event(), display_name="Nobody", bio=None, is_protected=None)
    changed = replace(person(1, "Alice", UNICODE, bio=UNICODE), avatar_id=LARGEST)
    assert await graph.users([1, 2]) == {1: replace(changed, is_protected=True)}
    await protect(graph, 1, is_protected=False)
    assert await graph.users([1]) == {1: changed}
    assert (await logged(events))[:4] == [added.id, named.id, protected.id, told.id]


async def test_following_twice_is_following_once(graph: GraphStore, events: EventLog) -> None:
    await add_people(graph, 1)
    a, b, c = await add_people(graph, 3)
    before = await logged(events)
    first, second = event(), event()
    edges = [Follow(new_id(), a, b), Follow(new_id(), a, c), Follow(new_id(), b, a)]
    assert await follow_all(graph, edges[:2], first) == (edges[:2], [])
    assert await follow_all(graph, [Follow(new_id(), a, b)]) == ([], [])
    repeated = [Follow(new_id(), a, c), edges[2], Follow(new_id(), b, a)]
    assert await follow_all(graph, repeated, second) == ([edges[2]], [])
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
    assert await graph.followees(a) == Followees(frozenset({b, c}))
    assert await graph.followees(b) == Followees(frozenset())


async def test_followers_to_feed_come_in_rising_order_page_by_page(graph: GraphStore) -> None:
    author, *readers = await add_people(graph, 8, Activity.ACTIVE)
    for passive in await add_people(graph, 2, Activity.PASSIVE) + await add_people(graph, 2):
        await follow(graph, passive, author)
    for reader in reversed(readers):
        await follow(graph, reader, author)
    assert await graph.feeding(author, 0, 3) == readers[:3]
    assert await graph.feeding(author, readers[2], 3) == readers[3:6]
    assert await graph.feeding(author, readers[5], 3) == readers[6:]
    assert await graph.feeding(author, LARGEST, 3) == []


@pytest.mark.parametrize("edge_id", [1, LARGEST])
async def test_keys_at_the_edges_are_within_an_open_window(graph: GraphStore, edge_id: int) -> None:
    await graph.merge_users([(1, "a", "A"), (LARGEST, "b", "B")], event())
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
    [author] = await add_people(graph, 1)
    edges = [await follow_newly(graph, author) for _ in range(data.draw(st.integers(0, 9)))]
    later: list[Follow] = []

    async def page(window: Window) -> list[Link]:
        links = (await graph.followers([author], window))[author]
        later.extend([await follow_newly(graph, author) for _ in range(data.draw(st.integers(0, size - 1)))])
        return list(links)

    links = await all_pages(page, size, ascending=ascending)
    expected = [Link(edge.id, edge.follower_id) for edge in edges]
    assert links[: len(edges)] == (expected if ascending else expected[::-1])
    assert ascending or len(links) == len(edges)
    assert len(set(links)) == len(links)


async def follow_newly(graph: GraphStore, author: int) -> Follow:
    [follower] = await add_people(graph, 1)
    return await follow(graph, follower, author)
