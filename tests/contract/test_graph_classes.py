"""Which class readers and authors are of."""

from datetime import UTC, datetime, timedelta

from domain.activity import Activity, LastSeen
from domain.graph import Follow, Followees
from stores.events import EventLog
from stores.graph import GraphStore
from tests.contract.backends import FAME
from tests.contract.graph_makers import add_people, ask, famous, follow, protect
from tests.contract.makers import event, logged, new_id

ACTIVE, PASSIVE, INACTIVE = Activity.ACTIVE, Activity.PASSIVE, Activity.INACTIVE
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


async def test_last_seen_never_goes_back(graph: GraphStore) -> None:
    a, b, c = await add_people(graph, 3)
    for at in (NOW, NOW - timedelta(days=1), NOW + MOMENT, NOW):
        assert sorted(await graph.seen([b, a], at)) == [a, b]
    await graph.seen([b], NOW + 2 * MOMENT)
    users = await graph.users([a, b, c])
    assert [users[one].last_seen_at for one in (a, b, c)] == [NOW + MOMENT, NOW + 2 * MOMENT, None]


async def test_who_is_seen_and_not_active_is_told(graph: GraphStore, events: EventLog) -> None:
    [a], [b], [c] = [await add_people(graph, 1, activity) for activity in (ACTIVE, PASSIVE, INACTIVE)]
    before = await logged(events)
    assert sorted(await graph.seen([c, a, b, new_id()], NOW)) == [b, c]
    assert sorted(await graph.seen([c, a, b], NOW - MOMENT)) == [b, c]
    assert await graph.seen([], NOW) == []
    assert await graph.activities([a, b, c, new_id()]) == {a: ACTIVE, b: PASSIVE, c: INACTIVE}
    assert await logged(events) == before


async def test_ranges_of_a_class(graph: GraphStore) -> None:
    a, b, c, d = await add_people(graph, 4, PASSIVE)
    await add_people(graph, 1)
    await graph.seen([a, c], NOW)
    await graph.seen([b], NOW - MOMENT)
    rows = [LastSeen(None, d), LastSeen(NOW - MOMENT, b), LastSeen(NOW, a), LastSeen(NOW, c)]
    assert await graph.classed(PASSIVE, 9) == rows
    assert await graph.classed(PASSIVE, 2) == rows[:2]
    assert await graph.classed(PASSIVE, 9, since=NOW) == rows[2:]
    assert await graph.classed(PASSIVE, 9, before=NOW) == rows[:2]
    assert await graph.classed(PASSIVE, 9, since=NOW - MOMENT, before=NOW) == rows[1:2]
    assert await graph.classed(ACTIVE, 9) == []


async def test_a_class_page_by_page(graph: GraphStore) -> None:
    people = await add_people(graph, 7, PASSIVE)
    await graph.seen(people[3:5], NOW)
    await graph.seen(people[5:], NOW + MOMENT)
    ordered = [LastSeen(None, one) for one in people[:3]]
    ordered += [LastSeen(NOW, one) for one in people[3:5]] + [LastSeen(NOW + MOMENT, one) for one in people[5:]]
    for n, last in enumerate(ordered, start=1):
        assert await graph.classed(PASSIVE, 2, after=last) == ordered[n : n + 2]
    assert await graph.classed(PASSIVE, 9, after=ordered[0], since=NOW) == ordered[3:]
    assert await graph.classed(PASSIVE, 9, after=ordered[3], since=NOW, before=NOW + MOMENT) == ordered[4:5]
    assert await graph.classed(PASSIVE, 9, after=ordered[5], since=NOW) == ordered[6:]


async def test_a_change_of_class_moves_the_marks(graph: GraphStore, events: EventLog) -> None:
    author, other = await add_people(graph, 2)
    a, b, c = await add_people(graph, 3, ACTIVE)
    for reader in (a, b, c):
        await follow(graph, reader, author)
    await follow(graph, a, other)
    before, rested, gone, woken = await logged(events), event(), event(), event()
    assert sorted(await graph.reclass([c, a], PASSIVE, rested)) == [a, c]
    assert await graph.reclass([c, a], PASSIVE, event()) == []
    assert await graph.activities([a, b, c]) == {a: PASSIVE, b: ACTIVE, c: PASSIVE}
    assert (await graph.feeding(author, 0, 9), await graph.feeding(other, 0, 9)) == ([b], [])
    assert sorted(await graph.reclass([a, b, c, new_id()], INACTIVE, gone)) == [a, b, c]
    assert (await graph.feeding(author, 0, 9), await graph.feeding(other, 0, 9)) == ([], [])
    assert sorted(await graph.reclass([a, c], ACTIVE, woken)) == [a, c]
    assert (await graph.feeding(author, 0, 9), await graph.feeding(other, 0, 9)) == ([a, c], [a])
    assert await logged(events) == [*before, rested.id, gone.id, woken.id]


async def test_an_edge_gets_the_mark_of_its_followers_class(graph: GraphStore) -> None:
    [author], [active], [passive] = [await add_people(graph, 1, activity) for activity in (INACTIVE, ACTIVE, PASSIVE)]
    for reader in (active, passive):
        await follow(graph, reader, author)
    assert await graph.feeding(author, 0, 9) == [active]


async def test_who_was_seen_meanwhile_is_not_moved(graph: GraphStore, events: EventLog) -> None:
    early, within, late, never = people = await add_people(graph, 4, ACTIVE)
    for reader, at in ((early, NOW - MOMENT), (within, NOW), (late, NOW + timedelta(hours=1))):
        await graph.seen([reader], at)
    before, until, told = await logged(events), NOW + timedelta(hours=1), event()
    assert await graph.reclass(people, PASSIVE, event(), since=until + MOMENT) == []
    assert await logged(events) == before
    assert await graph.reclass(people, PASSIVE, told, since=NOW, before=until) == [within]
    assert await logged(events) == [*before, told.id]
    assert await graph.reclass(people, INACTIVE, event(), since=until) == [late]
    assert sorted(await graph.reclass(people, INACTIVE, event(), before=NOW)) == [early, never]
    assert await graph.activities(people) == {early: INACTIVE, within: PASSIVE, late: INACTIVE, never: INACTIVE}


async def test_fame_comes_at_the_threshold_and_stays_for_a_while(graph: GraphStore) -> None:
    author, *fans = await add_people(graph, 1 + FAME.followers)
    for fan in fans[:-1]:
        await follow(graph, fan, author)
    assert await famous(graph, [author, *fans]) == set()
    assert await graph.followees(fans[0]) == Followees(frozenset({author}))
    await follow(graph, fans[-1], author)
    assert await famous(graph, [author, *fans]) == {author}
    assert await graph.unfollow(fans[-1], author, event()) is True
    assert FAME.stays == len(fans) - 1
    assert await famous(graph, [author]) == {author}
    assert await graph.unfollow(fans[-2], author, event()) is True
    assert await famous(graph, [author]) == set()
    await follow(graph, fans[-2], author)
    assert await famous(graph, [author]) == set()
    assert await graph.followees(fans[0]) == Followees(frozenset({author}), pulled=frozenset({author}))
    await follow(graph, fans[-1], author)
    assert await famous(graph, [author]) == {author}


async def test_fame_changes_with_every_way_to_gain_and_lose_followers(graph: GraphStore) -> None:
    author, plain, *fans = await add_people(graph, 2 + FAME.followers)
    await graph.follow([Follow(new_id(), fan, author) for fan in fans[1:]], event())
    await follow(graph, fans[0], plain)
    await protect(graph, author)
    await ask(graph, fans[0], author)
    assert await famous(graph, [author, plain]) == set()
    assert await graph.accept(Follow(new_id(), fans[0], author), event()) is True
    assert await famous(graph, [author, plain]) == {author}
    assert await graph.followees(fans[0]) == Followees(frozenset({author, plain}), pulled=frozenset({author}))
    assert await graph.block(author, fans[0], new_id(), event()) is True
    assert await famous(graph, [author]) == {author}
    assert await graph.block(fans[1], author, new_id(), event()) is True
    assert await famous(graph, [author]) == set()


async def test_a_batch_makes_famous_and_settling_changes_nothing(graph: GraphStore) -> None:
    author, other, *fans = await add_people(graph, 2 + FAME.followers)
    edges = [Follow(new_id(), fan, author) for fan in fans] + [Follow(new_id(), fan, other) for fan in fans[1:]]
    await graph.follow(edges, event())
    before = await graph.users([author, other, *fans])
    assert await famous(graph, list(before)) == {author}
    await graph.settle_fame()
    assert await graph.users([author, other, *fans]) == before
