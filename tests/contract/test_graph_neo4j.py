"""What only Neo4j has: writes that are done twice, locks that are waited for, plans that read indexes alone."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from neo4j import AsyncDriver, AsyncTransaction

from domain.activity import Activity, Fame
from domain.graph import Follow, Followees, FollowOutcome
from events import Event
from stores.events.neo4j import Neo4jEvents
from stores.graph.neo4j import Neo4jGraph
from stores.neo4j import Neo4jDatabase, driver_of
from tests.contract.backends import FAME
from tests.contract.graph_makers import add_people, ask, counts, famous, follow, follow_all, protect
from tests.contract.makers import event, logged, new_id
from tests.contract.neo4j_fixtures import wired
from tests.support.wire import Wire

pytestmark = pytest.mark.neo4j

WAITING = "SHOW TRANSACTIONS YIELD status WHERE status STARTS WITH 'Blocked' RETURN count(*)"
LOCKED = "MATCH (person:Person {id: $user_id}) SET person.locked = true"


@pytest.fixture
def graph(neo4j_database: Neo4jDatabase) -> Neo4jGraph:
    return Neo4jGraph(neo4j_database, FAME)


@pytest.fixture
def events(neo4j_database: Neo4jDatabase) -> Neo4jEvents:
    return Neo4jEvents(neo4j_database)


@pytest.fixture
async def driver(neo4j_server: str) -> AsyncIterator[AsyncDriver]:
    async with driver_of(neo4j_server, connections=5) as driver:
        yield driver


async def until_waiting(driver: AsyncDriver, number: int) -> None:
    deadline = time.monotonic() + 20
    async with driver.session() as session:
        while (await (await session.run(WAITING)).single(strict=True))[0] != number:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.005)


@asynccontextmanager
async def locked(driver: AsyncDriver, user_id: int) -> AsyncIterator[AsyncTransaction]:
    """Somebody's node, for the block."""
    async with driver.session() as session, await session.begin_transaction() as transaction, asyncio.timeout(30):
        await (await transaction.run(LOCKED, user_id=user_id)).consume()
        yield transaction


async def at_once(driver: AsyncDriver, user_id: int, *calls: Awaitable[Any]) -> list[Any]:
    """Calls that all wait for somebody's lock, and get it in any order."""
    tasks = []
    async with locked(driver, user_id):
        for number, call in enumerate(calls, start=1):
            tasks.append(asyncio.ensure_future(call))
            await until_waiting(driver, number)
    return await asyncio.gather(*tasks)


@pytest.mark.parametrize("activity", [Activity.ACTIVE, Activity.PASSIVE])
@pytest.mark.parametrize("follows_first", [False, True])
async def test_an_edge_has_the_mark_of_the_class_in_either_order(
    graph: Neo4jGraph, driver: AsyncDriver, activity: Activity, follows_first: bool
) -> None:
    [reader] = await add_people(graph, 1, Activity.PASSIVE if activity is Activity.ACTIVE else Activity.ACTIVE)
    [author] = await add_people(graph, 1)
    edge = Follow(new_id(), reader, author)
    calls: list[Awaitable[Any]] = [graph.follow([edge], event()), graph.reclass([reader], activity, event())]
    results = await at_once(driver, reader, *(calls if follows_first else calls[::-1]))
    assert sorted(map(str, results)) == sorted(map(str, [FollowOutcome([edge], []), [reader]]))
    assert await graph.feeding(author, 0, 9) == ([reader] if activity is Activity.ACTIVE else [])


@pytest.mark.parametrize("follows_first", [False, True])
async def test_a_block_meets_a_follow_in_either_order(
    graph: Neo4jGraph, driver: AsyncDriver, follows_first: bool
) -> None:
    a, b = await add_people(graph, 2)
    calls: list[Awaitable[Any]] = [
        follow_all(graph, [Follow(new_id(), a, b)]),
        graph.block(b, a, new_id(), event()),
    ]
    await at_once(driver, a, *(calls if follows_first else calls[::-1]))
    assert await graph.following_among([(a, b)]) == set()
    assert await counts(graph, [a, b]) == {a: (0, 0), b: (0, 0)}


async def test_seen_marks_that_waited_neither_go_back_nor_tell_an_old_class(
    graph: Neo4jGraph, driver: AsyncDriver
) -> None:
    [reader] = await add_people(graph, 1, Activity.ACTIVE)
    early, late = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)
    calls: list[Awaitable[Any]] = [
        graph.seen([reader], late),
        graph.seen([reader], early),
        graph.reclass([reader], Activity.PASSIVE, event(), before=late),
    ]
    *asleep, moved = await at_once(driver, reader, *calls)
    assert (moved, asleep) in [
        ([reader], [[reader], [reader]]),  # before both
        ([reader], [[reader], []]),  # between
        ([], [[], []]),  # after one that was late
    ]
    assert (await graph.users([reader]))[reader].last_seen_at == late


async def test_who_was_seen_while_a_class_change_waited_is_not_moved(graph: Neo4jGraph, driver: AsyncDriver) -> None:
    for _ in range(5):
        [reader] = await add_people(graph, 1, Activity.ACTIVE)
        now = datetime(2026, 5, 1, tzinfo=UTC)
        calls: list[Awaitable[Any]] = [
            graph.seen([reader], now),
            graph.reclass([reader], Activity.INACTIVE, event(), before=now),
        ]
        asleep, moved = await at_once(driver, reader, *calls)
        assert asleep == moved
        assert await graph.activities([reader]) == {reader: Activity.INACTIVE if moved else Activity.ACTIVE}


async def test_class_changes_meet_follows_of_the_same_people(graph: Neo4jGraph) -> None:
    """The server locks whom they follow in an order of its own; who waits in a circle is done again."""
    people = await add_people(graph, 12)
    pairs = [(a, b) for a in people for b in people if a != b]
    await graph.follow([Follow(new_id(), *pair) for pair in pairs], event())

    async def follow_and_unfollow(seed: int) -> None:
        for a, b in random.Random(seed).sample(pairs, 30):
            await graph.unfollow(a, b, event())
            await graph.follow([Follow(new_id(), a, b)], event())

    async def reclass(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(15):
            await graph.reclass(chance.sample(people, 5), chance.choice([Activity.ACTIVE, Activity.PASSIVE]), event())

    await asyncio.gather(*map(follow_and_unfollow, range(4)), *map(reclass, range(4)))
    activities = await graph.activities(people)
    active = [one for one in people if activities[one] is Activity.ACTIVE]
    for one in people:
        assert await graph.feeding(one, 0, 99) == [reader for reader in active if reader != one]
    assert await counts(graph, people) == dict.fromkeys(people, (11, 11))


async def test_fame_is_settled_by_another_threshold(neo4j_database: Neo4jDatabase) -> None:
    graph = Neo4jGraph(neo4j_database, Fame(10))
    many, few, none, *fans = await add_people(graph, 15)
    edges = [Follow(new_id(), fan, many) for fan in fans] + [Follow(new_id(), fan, few) for fan in fans[:8]]
    await graph.follow(edges, event())
    assert await famous(graph, [many, few, none, *fans]) == {many}
    for threshold, expected in ((8, {many, few}), (15, {many}), (16, set())):
        await Neo4jGraph(neo4j_database, Fame(threshold)).settle_fame()
        assert await famous(graph, [many, few, none, *fans]) == expected
    assert await graph.followees(fans[0]) == Followees(frozenset({many, few}), pulled=frozenset({many, few}))


Act = Callable[[Event], Awaitable[object]]


async def every_write(graph: Neo4jGraph) -> list[tuple[Act, object]]:
    """A call of each write that has an event, of people of its own, and what it answers."""
    a, b, c, d, e, f = await add_people(graph, 6)
    await protect(graph, c)
    await ask(graph, a, c)
    await follow(graph, d, a)
    await graph.block(e, a, new_id(), event())
    await graph.mute(e, a, new_id(), event())
    edges, request, row_id = [Follow(new_id(), a, b), Follow(new_id(), b, d)], Follow(new_id(), b, c), new_id()
    new = [(new_id(), "new", "New"), (a, "a", "A")]
    return [
        (lambda told: graph.follow([*edges, request], told), FollowOutcome(edges, [request])),
        (lambda told: graph.unfollow(d, a, told), True),
        (lambda told: graph.accept(Follow(row_id, a, c), told), True),
        (lambda told: graph.block(f, d, row_id, told), True),
        (lambda told: graph.unblock(e, a, told), True),
        (lambda told: graph.mute(f, d, row_id, told), True),
        (lambda told: graph.unmute(e, a, told), True),
        (lambda told: graph.reclass([e, f], Activity.ACTIVE, told), [e, f]),
        (lambda told: graph.merge_users(new, told), 1),
        (lambda told: graph.update_profile(f, told, display_name="F", bio=None, is_protected=None), None),
    ]


async def test_what_is_written_twice_is_answered_twice_and_written_once(graph: Neo4jGraph, events: Neo4jEvents) -> None:
    for act, answer in await every_write(graph):
        told = event()
        assert await act(told) == answer
        people, log = await graph.scan(None, 100), await logged(events)
        assert log[-1] == told.id
        assert await act(told) == answer
        assert (await graph.scan(None, 100), await logged(events)) == (people, log)


async def test_what_was_undone_meanwhile_is_not_done_again(graph: Neo4jGraph) -> None:
    a, b = await add_people(graph, 2)
    edge, told = Follow(new_id(), a, b), event()
    assert await follow_all(graph, [edge], told) == ([edge], [])
    assert await graph.unfollow(a, b, event()) is True
    assert await follow_all(graph, [edge], told) == ([edge], [])
    assert await graph.following_among([(a, b)]) == set()
    assert await counts(graph, [a, b]) == {a: (0, 0), b: (0, 0)}


async def test_a_request_asked_for_twice_is_one(graph: Neo4jGraph, events: Neo4jEvents) -> None:
    a, b = await add_people(graph, 2)
    await protect(graph, b)
    request, told, before = Follow(new_id(), a, b), event(), await logged(events)
    for _ in range(2):
        assert await follow_all(graph, [request], told) == ([], [request])
    assert await logged(events) == before


async def test_a_write_whose_answer_was_lost_is_answered_as_it_was(
    graph: Neo4jGraph, events: Neo4jEvents, neo4j_server: str
) -> None:
    a, b, c = await add_people(graph, 3)
    edge, told = Follow(new_id(), a, b), event()
    async with Wire("127.0.0.1", urlsplit(neo4j_server).port or 7687).open() as wire:
        database = await Neo4jDatabase.open(wired(neo4j_server, wire), connections=1)
        await follow(Neo4jGraph(database, FAME), c, a)  # The statement is planned by then.
        wire.lose_answers()
        call = asyncio.create_task(Neo4jGraph(database, FAME).follow([edge], told))
        await until_edge(graph, a, b)
        wire.cut()
        assert await call == FollowOutcome([edge], [])
        await database.close()
    assert (await logged(events))[-1] == told.id
    assert await counts(graph, [a, b]) == {a: (1, 1), b: (1, 0)}


async def until_edge(graph: Neo4jGraph, a: int, b: int) -> None:
    deadline = time.monotonic() + 20
    while not await graph.following_among([(a, b)]):
        assert time.monotonic() < deadline


async def test_a_write_ends_though_its_caller_does_not_wait(
    graph: Neo4jGraph, neo4j_server: str, driver: AsyncDriver
) -> None:
    a, b = await add_people(graph, 2)
    database = await Neo4jDatabase.open(neo4j_server)
    async with locked(driver, a):
        call = asyncio.create_task(Neo4jGraph(database, FAME).follow([Follow(new_id(), a, b)], event()))
        await until_waiting(driver, 1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        closing = asyncio.create_task(database.close())
    await closing
    assert await graph.following_among([(a, b)]) == {(a, b)}


async def test_writes_that_wait_leave_connections_to_reads(
    graph: Neo4jGraph, neo4j_server: str, driver: AsyncDriver
) -> None:
    author, *fans = await add_people(graph, 9)
    database = await Neo4jDatabase.open(neo4j_server, connections=4)
    waiting = Neo4jGraph(database, FAME)
    async with locked(driver, author):
        calls = [asyncio.create_task(follow(waiting, fan, author)) for fan in fans]
        await until_waiting(driver, 2)
        assert await waiting.following_among([(fan, author) for fan in fans]) == set()
    await asyncio.gather(*calls)
    await database.close()
    assert await counts(graph, [author]) == {author: (8, 0)}


async def test_an_event_that_is_committed_late_is_not_passed(
    graph: Neo4jGraph, events: Neo4jEvents, driver: AsyncDriver
) -> None:
    """Every shard's newest event is of a transaction that is still open, then it is committed."""
    [shards] = await neo4j_rows(driver, "MATCH (s:EventShard) RETURN count(*)")
    places = "MATCH (s:EventShard) SET s.locked = true SET s.at = s.at + 1 "
    late = "WITH s CREATE (:Event {id: s.number + 1, shard: s.number, at: s.at, packed: $packed})"
    before = await events.read(None, 1000)
    position = before[-1].position if before else None
    async with driver.session() as session, await session.begin_transaction() as transaction:
        await (await transaction.run(places + late, packed=b"late")).consume()
        writing = asyncio.create_task(add_people(graph, 1))
        await until_waiting(driver, 1)
        assert await events.read(position, 100) == []
        await transaction.commit()
    await writing
    found = await events.read(position, 100)
    assert [entry.packed for entry in found[:-1]] == [b"late"] * shards
    assert await events.read(found[-1].position, 100) == []


async def neo4j_rows(driver: AsyncDriver, statement: str) -> list[Any]:
    async with driver.session() as session:
        return [record[0] async for record in await session.run(statement)]
