"""What only Postgres has: locks that are waited for, two thresholds over one database, connections that are cut."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from domain.activity import Activity, Fame
from domain.errors import Unavailable
from domain.graph import Follow, Followees, FollowOutcome
from stores.events.postgres import PostgresEvents
from stores.graph.postgres import PostgresGraph
from stores.postgres import Database
from tests.contract.backends import FAME
from tests.contract.graph_makers import add_people, famous, follow, follow_all
from tests.contract.makers import event, logged, new_id

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'starling'"


async def until_waiting(connection: asyncpg.Connection, number: int) -> None:
    deadline = time.monotonic() + 10
    while await connection.fetchval(WAITING) != number:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)
        await connection.execute("SELECT pg_stat_clear_snapshot()")  # what was seen once stays so in a transaction


@asynccontextmanager
async def locked(url: str, user_id: int) -> AsyncIterator[asyncpg.Connection]:
    """Somebody's row, for the block."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(), asyncio.timeout(20):
            await connection.execute("SELECT FROM activity WHERE user_id = $1 FOR UPDATE", user_id)
            yield connection
    finally:
        await connection.close()


async def in_turn(url: str, user_id: int, *calls: Awaitable[Any]) -> list[Any]:
    """Calls that all need somebody's lock and wait for it, and so get it in their order."""
    tasks = []
    async with locked(url, user_id) as connection:
        for number, call in enumerate(calls, start=1):
            tasks.append(asyncio.ensure_future(call))
            await until_waiting(connection, number)
    return await asyncio.gather(*tasks)


@pytest.mark.parametrize("activity", [Activity.ACTIVE, Activity.PASSIVE])
@pytest.mark.parametrize("follows_first", [False, True])
async def test_an_edge_has_the_mark_of_the_class_in_either_order(
    database: Database, postgres_url: str, activity: Activity, follows_first: bool
) -> None:
    graph = PostgresGraph(database, FAME)
    [reader] = await add_people(graph, 1, Activity.PASSIVE if activity is Activity.ACTIVE else Activity.ACTIVE)
    [author] = await add_people(graph, 1)
    edge = Follow(new_id(), reader, author)
    calls: list[Awaitable[Any]] = [graph.follow([edge], event()), graph.reclass([reader], activity, event())]
    results = await in_turn(postgres_url, reader, *(calls if follows_first else calls[::-1]))
    assert sorted(map(str, results)) == sorted(map(str, [FollowOutcome([edge], []), [reader]]))
    assert await graph.feeding(author, 0, 9) == ([reader] if activity is Activity.ACTIVE else [])


@pytest.mark.parametrize("follows_first", [False, True])
async def test_a_block_meets_a_follow_in_either_order(
    database: Database, postgres_url: str, follows_first: bool
) -> None:
    graph = PostgresGraph(database, FAME)
    a, b = await add_people(graph, 2)
    calls: list[Awaitable[Any]] = [
        follow_all(graph, [Follow(new_id(), a, b)]),
        graph.block(b, a, new_id(), event()),
    ]
    await in_turn(postgres_url, a, *(calls if follows_first else calls[::-1]))
    assert await graph.following_among([(a, b)]) == set()
    assert (await graph.users([b]))[b].followers_count == 0


async def test_seen_marks_that_waited_neither_go_back_nor_tell_an_old_class(
    database: Database, postgres_url: str
) -> None:
    graph = PostgresGraph(database, FAME)
    [reader] = await add_people(graph, 1, Activity.ACTIVE)
    early, late = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)
    calls: list[Awaitable[Any]] = [
        graph.reclass([reader], Activity.PASSIVE, event()),
        graph.seen([reader], late),
        graph.seen([reader], early),
    ]
    assert await in_turn(postgres_url, reader, *calls) == [[reader]] * 3
    assert (await graph.users([reader]))[reader].last_seen_at == late


async def test_who_was_seen_while_a_class_change_waited_is_not_moved(database: Database, postgres_url: str) -> None:
    graph = PostgresGraph(database, FAME)
    [reader] = await add_people(graph, 1, Activity.ACTIVE)
    now = datetime(2026, 5, 1, tzinfo=UTC)
    calls: list[Awaitable[Any]] = [
        graph.seen([reader], now),
        graph.reclass([reader], Activity.INACTIVE, event(), before=now),
    ]
    assert await in_turn(postgres_url, reader, *calls) == [[], []]
    assert await graph.activities([reader]) == {reader: Activity.ACTIVE}


async def test_who_follows_somebody_does_not_wait_for_that_person(database: Database, postgres_url: str) -> None:
    graph = PostgresGraph(database, FAME)
    author, reader = await add_people(graph, 2)
    async with locked(postgres_url, author):
        await follow(graph, reader, author)
        assert await graph.unfollow(reader, author, event()) is True


async def test_a_call_that_is_cut_while_it_waits_writes_nothing(database: Database, postgres_url: str) -> None:
    graph, events = PostgresGraph(database, FAME), PostgresEvents(database)
    reader, author = await add_people(graph, 2)
    before = await logged(events)
    async with locked(postgres_url, reader) as connection:
        waiting = asyncio.ensure_future(graph.follow([Follow(new_id(), reader, author)], event()))
        await until_waiting(connection, 1)
        await connection.execute(WAITING.replace("count(*)", "pg_terminate_backend(pid)"))
        with pytest.raises(Unavailable) as raised:
            await waiting
    assert raised.value.store == "graph"
    assert await graph.followees(reader) == Followees(frozenset())
    assert await logged(events) == before
    await follow(graph, reader, author)


async def test_fame_is_settled_by_another_threshold(database: Database) -> None:
    graph = PostgresGraph(database, Fame(10))
    many, few, none, *fans = await add_people(graph, 15)
    edges = [Follow(new_id(), fan, many) for fan in fans] + [Follow(new_id(), fan, few) for fan in fans[:8]]
    await graph.follow(edges, event())
    assert await famous(graph, [many, few, none, *fans]) == {many}
    for threshold, expected in ((8, {many, few}), (15, {many}), (16, set())):
        await PostgresGraph(database, Fame(threshold)).settle_fame()
        assert await famous(graph, [many, few, none, *fans]) == expected
    assert await graph.followees(fans[0]) == Followees(frozenset({many, few}), pulled=frozenset({many, few}))


async def test_fame_is_settled_while_counts_change(database: Database) -> None:
    """By thresholds that change all of it each time, over rows that lie in another order than that of their ids."""
    low, high = PostgresGraph(database, Fame(1)), PostgresGraph(database, Fame(1_000))
    people = await add_people(low, 60)
    for one, other in zip(people[::-2], people[-2::-2], strict=True):
        await follow(low, one, other)

    async def settle() -> None:
        for number in range(40):
            await (high if number % 2 else low).settle_fame()

    async def follow_many(seed: int) -> None:
        order = random.Random(seed).sample(people, len(people))
        for one in order[:6]:
            await low.follow([Follow(new_id(), one, other) for other in order if other != one], event())

    await asyncio.gather(settle(), settle(), *map(follow_many, range(4)))
    await low.settle_fame()
    users = await low.users(people)
    assert {one for one in people if users[one].followers_count} == await famous(low, people)
