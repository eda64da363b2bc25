"""The live log: dense numbers in the order of arrival, and epochs that end where numbers might be given twice."""

import asyncio
import time
from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import Unavailable
from domain.snowflake import compose
from stores.live import LogEntry
from stores.live.redis import RedisLiveLog
from stores.queue import LIVE, Dispatch
from stores.queue.redis import RedisQueue
from stores.redis import Client, open_client
from tests.contract.redis_fixtures import RedisServer

LONG_MS = 10_000


def event(sequence: int, live: Sequence[bytes], minted_ms: int | None = None) -> Dispatch:
    minted_ms = minted_ms or time.time_ns() // 1_000_000 + 1_000
    return Dispatch(compose(minted_ms, 0, sequence), b"packed", live, [])


def numbered(entries: Sequence[LogEntry]) -> list[tuple[int, bytes]]:
    return [(entry.number, entry.body) for entry in entries]


async def until_blocked(client: Client) -> None:
    async with asyncio.timeout(5):
        while (await client.info("clients"))["blocked_clients"] == 0:
            pass


async def test_a_log_begins_empty(redis_client: Client) -> None:
    log = RedisLiveLog(redis_client)
    before_ms = time.time_ns() // 1_000_000
    position = await log.position()
    assert position.number == 0
    assert before_ms <= position.born_ms <= time.time_ns() // 1_000_000
    assert await log.position() == position
    assert await log.read(0, 10, 0) == (position, [])
    assert await log.first_number() == 1


async def test_entries_are_numbered_densely_and_dated(redis_client: Client) -> None:
    log, queue = RedisLiveLog(redis_client), RedisQueue(redis_client, 1_000, 1_000)
    begun = await log.position()
    before_ms = time.time_ns() // 1_000_000
    await queue.dispatch([event(0, [b"a", b"b"]), event(1, []), event(2, [b"c"])])
    position, entries = await log.read(0, 10, 0)
    assert (position.epoch, position.born_ms, position.number) == (begun.epoch, begun.born_ms, 3)
    assert numbered(entries) == [(1, b"a"), (2, b"b"), (3, b"c")]
    assert all(before_ms <= entry.at_ms <= time.time_ns() // 1_000_000 for entry in entries)
    assert await log.position() == position


async def test_reading_goes_on_after_a_number_and_stops_at_the_limit(redis_client: Client) -> None:
    log, queue = RedisLiveLog(redis_client), RedisQueue(redis_client, 1_000, 1_000)
    await log.position()
    await queue.dispatch([event(0, [b"%d" % number for number in range(1, 8)])])
    position, entries = await log.read(2, 3, LONG_MS)
    assert position.number == 7
    assert numbered(entries) == [(3, b"3"), (4, b"4"), (5, b"5")]
    assert numbered((await log.read(6, 3, LONG_MS))[1]) == [(7, b"7")]


async def test_reading_waits_for_the_first_entry(redis_clients: Callable[[], Client]) -> None:
    log, queue = RedisLiveLog(redis_clients()), RedisQueue(redis_clients(), 1_000, 1_000)
    await log.position()
    reading = asyncio.create_task(log.read(0, 10, LONG_MS))
    await until_blocked(redis_clients())
    await queue.dispatch([event(0, [b"a", b"b"])])
    position, entries = await asyncio.wait_for(reading, 5)
    assert position.number == 2
    assert numbered(entries) == [(1, b"a"), (2, b"b")]


async def test_waiting_ends_where_nothing_comes(redis_client: Client) -> None:
    log = RedisLiveLog(redis_client)
    position = await log.position()
    assert await log.read(0, 10, 20) == (position, [])


async def test_a_reader_that_gives_up_leaves_no_answer_behind(redis_clients: Callable[[], Client]) -> None:
    log, queue = RedisLiveLog(redis_clients()), RedisQueue(redis_clients(), 1_000, 1_000)
    await log.position()
    reading = asyncio.create_task(log.read(0, 10, LONG_MS))
    await until_blocked(redis_clients())
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await queue.dispatch([event(0, [b"a"])])
    assert numbered((await log.read(0, 10, 0))[1]) == [(1, b"a")]


async def test_the_log_keeps_about_so_many_entries(redis_client: Client) -> None:
    log, queue = RedisLiveLog(redis_client), RedisQueue(redis_client, 200, 1_000)
    await log.position()
    await queue.dispatch([event(0, [b"x"] * 1_000)])
    first = await log.first_number()
    assert 601 <= first <= 801
    position, entries = await log.read(0, 1_000, 0)
    assert position.number == 1_000
    assert [entry.number for entry in entries] == list(range(first, 1_001))


async def test_what_was_written_before_the_epoch_is_no_news(redis_client: Client) -> None:
    log, queue = RedisLiveLog(redis_client), RedisQueue(redis_client, 1_000, 1_000)
    born_ms = (await log.position()).born_ms
    before, at_birth = event(0, [b"before"], born_ms - 1), event(0, [b"at birth"], born_ms)
    assert await queue.relay(LIVE, [before, at_birth]) == (2, 2)
    assert numbered((await log.read(0, 10, 0))[1]) == [(1, b"at birth")]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(times=st.lists(st.integers(1, 12), max_size=12), older_than=st.integers(0, 13))
async def test_trimming_by_time(redis_client: Client, times: list[int], older_than: int) -> None:
    await redis_client.flushall()
    log = RedisLiveLog(redis_client)
    await log.position()
    for number, at_ms in enumerate(sorted(times), 1):
        await redis_client.xadd("live", {"t": at_ms, "b": b"x"}, id=f"{number}-0")
        await redis_client.incr("live:last")
    await log.trim(older_than)
    kept = [number for number, at_ms in enumerate(sorted(times), 1) if at_ms >= older_than]
    position, entries = await log.read(0, 100, 0)
    assert [entry.number for entry in entries] == kept
    assert position.number == len(times)
    assert await log.first_number() == (kept[0] if kept else len(times) + 1)


async def test_numbers_go_on_after_all_was_trimmed(redis_client: Client) -> None:
    log, queue = RedisLiveLog(redis_client), RedisQueue(redis_client, 1_000, 1_000)
    await log.position()
    await queue.dispatch([event(0, [b"a", b"b"])])
    await log.trim(time.time_ns() // 1_000_000 + LONG_MS)
    await queue.dispatch([event(1, [b"c"])])
    assert numbered((await log.read(2, 10, 0))[1]) == [(3, b"c")]


async def test_a_lost_log_is_a_new_epoch(redis_client: Client) -> None:
    log, queue = RedisLiveLog(redis_client), RedisQueue(redis_client, 1_000, 1_000)
    lost = await log.position()
    await queue.dispatch([event(0, [b"a", b"b"])])
    await redis_client.flushall()
    position, entries = await asyncio.wait_for(log.read(2, 10, LONG_MS), 5)
    assert position.epoch != lost.epoch
    assert position.born_ms >= lost.born_ms
    assert (position.number, entries) == (0, [])
    await queue.dispatch([event(1, [b"c"])])
    assert numbered((await log.read(0, 10, 0))[1]) == [(1, b"c")]


async def test_a_log_that_lost_only_its_epoch_is_not_continued(redis_client: Client) -> None:
    log, queue = RedisLiveLog(redis_client), RedisQueue(redis_client, 1_000, 1_000)
    lost = await log.position()
    await queue.dispatch([event(0, [b"a", b"b"])])
    await redis_client.delete("live:epoch")
    position, entries = await log.read(0, 10, 0)
    assert position.epoch != lost.epoch
    assert (position.number, entries) == (0, [])


@pytest.mark.parametrize("end", [RedisServer.stop, RedisServer.kill])
async def test_a_restarted_server_is_a_new_epoch(
    own_redis: RedisServer, own_client: Client, end: Callable[[RedisServer], None]
) -> None:
    log, queue = RedisLiveLog(own_client), RedisQueue(own_client, 1_000, 1_000)
    before = await log.position()
    await queue.dispatch([event(0, [b"a"])])
    end(own_redis)
    with pytest.raises(Unavailable) as raised:
        await log.read(0, 10, 0)
    assert raised.value.extensions() == {"code": "UNAVAILABLE", "store": "queue"}
    own_redis.start()
    position, entries = await log.read(0, 10, 0)
    assert position.epoch != before.epoch
    assert len(entries) == position.number
    assert await log.position() == position


async def test_a_reader_waiting_at_a_crash_is_told_and_then_sees_the_new_epoch(own_redis: RedisServer) -> None:
    reader, other = open_client(own_redis.url), open_client(own_redis.url)
    log = RedisLiveLog(reader)
    before = await log.position()
    reading = asyncio.create_task(log.read(0, 10, LONG_MS))
    await until_blocked(other)
    own_redis.kill()
    with pytest.raises(Unavailable):
        await asyncio.wait_for(reading, 5)
    own_redis.start()
    position, entries = await log.read(0, 10, 0)
    assert position.epoch != before.epoch
    assert (position.number, entries) == (0, [])
    await reader.aclose()
    await other.aclose()
