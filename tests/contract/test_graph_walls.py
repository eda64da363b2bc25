"""Blocks and mutes."""

import pytest

from domain.access import Boundaries
from domain.graph import Follow, Followees
from domain.page import Link, Window
from stores.events import EventLog
from stores.graph import GraphStore
from tests.contract.graph_makers import add_people, ask, counts, follow, follow_all, protect
from tests.contract.makers import event, logged, new_id


async def test_a_block_takes_edges_and_requests_both_ways(graph: GraphStore, events: EventLog) -> None:
    a, b, c = await add_people(graph, 3)
    for pair in ((a, b), (b, a), (a, c), (c, b)):
        await follow(graph, *pair)
    before, told, block_id = await logged(events), event(), new_id()
    assert await graph.block(a, b, block_id, told) is True
    assert await graph.block(a, b, new_id(), event()) is False
    assert await graph.following_among([(a, b), (b, a), (a, c), (c, b)]) == {(a, c), (c, b)}
    assert await counts(graph, [a, b, c]) == {a: (0, 1), b: (1, 0), c: (1, 1)}
    assert await graph.blocked([a, b], Window(9)) == {a: [Link(block_id, b)], b: []}
    assert await logged(events) == [*before, told.id]


async def test_a_block_takes_requests_away(graph: GraphStore) -> None:
    a, b, c = await add_people(graph, 3)
    await protect(graph, a, b, c)
    for pair in ((a, b), (b, a), (a, c), (c, a)):
        await ask(graph, *pair)
    assert await graph.block(b, a, new_id(), event()) is True
    assert await graph.requests_among([(a, b), (b, a), (a, c), (c, a)]) == {(a, c), (c, a)}
    assert await graph.accept(Follow(new_id(), a, b), event()) is False
    assert await counts(graph, [a, b]) == {a: (0, 0), b: (0, 0)}


@pytest.mark.parametrize("is_protected", [False, True])
async def test_nobody_follows_across_a_block(graph: GraphStore, events: EventLog, is_protected: bool) -> None:
    a, b, c = await add_people(graph, 3)
    await protect(graph, a, b, is_protected=is_protected)
    assert await graph.block(a, b, new_id(), event()) is True
    before = await logged(events)
    across = [Follow(new_id(), a, b), Follow(new_id(), b, a)]
    assert await follow_all(graph, across) == ([], [])
    assert await graph.following_among([(a, b), (b, a)]) == set()
    assert await graph.requests_among([(a, b), (b, a)]) == set()
    assert await logged(events) == before
    allowed = Follow(new_id(), a, c)
    assert await follow_all(graph, [*across, allowed]) == ([allowed], [])
    assert await graph.unblock(a, b, event()) is True
    assert await follow_all(graph, across) == (([], across) if is_protected else (across, []))


async def test_an_unblock_needs_a_block(graph: GraphStore, events: EventLog) -> None:
    a, b = await add_people(graph, 2)
    await follow(graph, a, b)
    assert await graph.block(a, b, new_id(), event()) is True
    before, told = await logged(events), event()
    assert await graph.unblock(b, a, event()) is False
    assert await graph.unblock(a, b, told) is True
    assert await graph.unblock(a, b, event()) is False
    assert await graph.boundaries(a) == await graph.boundaries(b) == Boundaries()
    assert await graph.followees(a) == Followees(frozenset())
    assert await logged(events) == [*before, told.id]


async def test_each_may_block_the_other(graph: GraphStore) -> None:
    a, b = await add_people(graph, 2)
    assert await graph.block(a, b, new_id(), event()) is True
    assert await graph.block(b, a, new_id(), event()) is True
    assert await graph.boundaries(a) == Boundaries(frozenset({b}), frozenset({b}))
    assert await graph.unblock(a, b, event()) is True
    assert await graph.boundaries(a) == Boundaries(blocked_by=frozenset({b}))
    assert await follow_all(graph, [Follow(new_id(), a, b)]) == ([], [])


async def test_a_mute_leaves_the_edge(graph: GraphStore, events: EventLog) -> None:
    a, b = await add_people(graph, 2)
    await follow(graph, a, b)
    before, muted, unmuted, mute_id = await logged(events), event(), event(), new_id()
    assert await graph.mute(a, b, mute_id, muted) is True
    assert await graph.mute(a, b, new_id(), event()) is False
    assert await graph.muted([a, b], Window(9)) == {a: [Link(mute_id, b)], b: []}
    assert await graph.boundaries(a) == Boundaries(mutes=frozenset({b}))
    assert await graph.boundaries(b) == Boundaries()
    assert await graph.following_among([(a, b)]) == {(a, b)}
    assert await graph.unmute(b, a, event()) is False
    assert await graph.unmute(a, b, unmuted) is True
    assert await graph.unmute(a, b, event()) is False
    assert await graph.boundaries(a) == Boundaries()
    assert await logged(events) == [*before, muted.id, unmuted.id]


async def test_boundaries_are_of_one_person_alone(graph: GraphStore) -> None:
    a, b, c, d = await add_people(graph, 4)
    for blocker_id, blocked_id in ((a, b), (a, c), (d, a), (b, d)):
        assert await graph.block(blocker_id, blocked_id, new_id(), event()) is True
    for muter_id, muted_id in ((a, b), (a, d), (c, a)):
        assert await graph.mute(muter_id, muted_id, new_id(), event()) is True
    assert await graph.boundaries(a) == Boundaries(frozenset({b, c}), frozenset({d}), frozenset({b, d}))
    assert await graph.boundaries(b) == Boundaries(frozenset({d}), frozenset({a}))
    assert await graph.boundaries(new_id()) == Boundaries()


async def test_pages_of_blocked_and_muted_for_each_of_many(graph: GraphStore) -> None:
    a, b, c = await add_people(graph, 3)
    pairs, ids = [(a, b), (a, c), (b, c)], [new_id() for _ in range(3)]
    for (one, other), row_id in zip(pairs, ids, strict=True):
        assert await graph.block(one, other, row_id, event()) is True
        assert await graph.mute(one, other, row_id, event()) is True
    for page in (graph.blocked, graph.muted):
        newest = {a: [Link(ids[1], c)], b: [Link(ids[2], c)], c: []}
        assert await page([a, b, c, a], Window(1)) == newest
        assert await page([a], Window(5, high=ids[1])) == {a: [Link(ids[0], b)]}
        rising = {a: [Link(ids[0], b), Link(ids[1], c)]}
        assert await page([a], Window(5, low=ids[0] - 1, ascending=True)) == rising
