"""Asking to follow protected people."""

from domain.activity import Activity
from domain.graph import Follow, Followees
from domain.page import Link, Window
from stores.events import EventLog
from stores.graph import GraphStore
from tests.contract.graph_makers import add_people, ask, counts, follow, follow_all, protect, requests_to
from tests.contract.makers import event, logged, new_id


async def test_who_is_protected_is_asked_instead(graph: GraphStore, events: EventLog) -> None:
    a, b = await add_people(graph, 2, Activity.ACTIVE)
    await protect(graph, b)
    before = await logged(events)
    request = await ask(graph, a, b)
    assert await follow_all(graph, [Follow(new_id(), a, b)]) == ([], [])
    assert await graph.requests_among(iter([(a, b), (b, a), (a, b)])) == {(a, b)}
    assert await requests_to(graph, b) == [Link(request.id, a)]
    assert await graph.following_among([(a, b)]) == set()
    assert await graph.feeding(b, 0, 9) == []
    assert await counts(graph, [a, b]) == {a: (0, 0), b: (0, 0)}
    assert await logged(events) == before


async def test_a_batch_becomes_edges_and_requests(graph: GraphStore, events: EventLog) -> None:
    a, b, c, d = await add_people(graph, 4)
    held = await follow(graph, a, d)
    await protect(graph, c, d)
    before, told = await logged(events), event()
    edges = [Follow(new_id(), *pair) for pair in ((b, c), (a, b), (b, a), (a, c))]
    again = [Follow(new_id(), b, c), Follow(new_id(), a, b), Follow(new_id(), a, d)]
    assert await follow_all(graph, [*edges, *again], told) == (edges[1:3], [edges[0], edges[3]])
    assert await requests_to(graph, c) == [Link(edges[3].id, a), Link(edges[0].id, b)]
    assert await requests_to(graph, d) == []
    assert (await graph.following([a], Window(9)))[a] == [Link(edges[1].id, b), Link(held.id, d)]
    assert await logged(events) == [*before, told.id]


async def test_accepting_makes_an_edge_of_the_request(graph: GraphStore, events: EventLog) -> None:
    [a] = await add_people(graph, 1, Activity.ACTIVE)
    [b] = await add_people(graph, 1)
    await protect(graph, b)
    await ask(graph, a, b)
    before, told, edge = await logged(events), event(), Follow(new_id(), a, b)
    assert await graph.accept(Follow(new_id(), b, a), event()) is False
    assert await graph.accept(edge, told) is True
    assert await graph.accept(Follow(new_id(), a, b), event()) is False
    assert await graph.followers([a, b], Window(9)) == {a: [], b: [Link(edge.id, a)]}
    assert await graph.requests_among([(a, b), (b, a)]) == set()
    assert await graph.feeding(b, 0, 9) == [a]
    assert await counts(graph, [a, b]) == {a: (0, 1), b: (1, 0)}
    assert await logged(events) == [*before, told.id]


async def test_rejecting_takes_the_request_away(graph: GraphStore, events: EventLog) -> None:
    a, b = await add_people(graph, 2)
    await protect(graph, b)
    await ask(graph, a, b)
    before = await logged(events)
    assert await graph.reject(b, a) is False
    assert await graph.reject(a, b) is True
    assert await graph.reject(a, b) is False
    assert await graph.requests_among([(a, b)]) == set()
    assert await graph.accept(Follow(new_id(), a, b), event()) is False
    assert await graph.followees(a) == Followees(frozenset())
    assert await logged(events) == before
    await ask(graph, a, b)


async def test_unfollowing_withdraws_a_request(graph: GraphStore, events: EventLog) -> None:
    a, b, c = await add_people(graph, 3)
    await protect(graph, b)
    await ask(graph, a, b)
    await ask(graph, c, b)
    before = await logged(events)
    assert await graph.unfollow(a, b, event()) is False
    assert await graph.requests_among([(a, b), (c, b)]) == {(c, b)}
    assert await logged(events) == before


async def test_requests_outlive_protection_and_followers_its_beginning(graph: GraphStore) -> None:
    a, b, c = await add_people(graph, 3)
    await follow(graph, c, b)
    await protect(graph, b)
    request = await ask(graph, a, b)
    assert await graph.following_among([(c, b)]) == {(c, b)}
    await protect(graph, b, is_protected=False)
    assert await requests_to(graph, b) == [Link(request.id, a)]
    assert await graph.accept(Follow(new_id(), a, b), event()) is True
    assert await counts(graph, [b]) == {b: (2, 0)}


async def test_following_one_who_is_protected_no_more_answers_the_request(graph: GraphStore) -> None:
    a, b = await add_people(graph, 2)
    await protect(graph, b)
    await ask(graph, a, b)
    await protect(graph, b, is_protected=False)
    await follow(graph, a, b)
    assert await graph.requests_among([(a, b)]) == set()
    assert await graph.accept(Follow(new_id(), a, b), event()) is False
    assert await counts(graph, [a, b]) == {a: (0, 1), b: (1, 0)}


async def test_a_page_of_requests_for_each_of_many(graph: GraphStore) -> None:
    a, b, c = await add_people(graph, 3)
    await protect(graph, b, c)
    ab, cb, ac = [await ask(graph, *pair) for pair in ((a, b), (c, b), (a, c))]
    assert await graph.follow_requests([a, b, c, b], Window(1)) == {a: [], b: [Link(cb.id, c)], c: [Link(ac.id, a)]}
    rising = Window(5, low=ab.id - 1, high=cb.id, ascending=True)
    assert await graph.follow_requests([b], rising) == {b: [Link(ab.id, a)]}
