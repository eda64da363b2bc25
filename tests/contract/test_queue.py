"""Dispatch: all of an event or nothing, once, whoever dispatches it how often; and jobs as arq's workers take them."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from arq import Retry, Worker, func
from arq.connections import ArqRedis
from arq.jobs import deserialize_job_raw

from domain.errors import Unavailable
from domain.snowflake import compose
from stores.live.redis import RedisLiveLog
from stores.queue import Dispatch
from stores.queue.redis import CONSUMER, RedisQueue, dead_key, deserialize, queue_key, serialize
from stores.redis import Client, call
from tests.contract.redis_fixtures import RedisServer

MINUTE_MS = 60_000
START_MS = 30_000_000 * MINUTE_MS
"""Of the events: the beginning of a minute, later than the birth of the tests' logs."""


def event(sequence: int, *, ms: int = START_MS, queues: Sequence[str] = ("timeline", "search")) -> Dispatch:
    event_id = compose(ms, 0, sequence)
    return Dispatch(event_id, b"packed %d" % sequence, [b"%d" % sequence], queues)


async def jobs(client: Client, queue: str) -> dict[str, tuple[str, Any]]:
    """Function and arguments of the jobs waiting, by id."""
    found = {}
    for member in await client.zrange(queue_key(queue), 0, -1):
        job = await client.get(b"arq:job:" + member)
        assert job is not None
        function, args, kwargs, job_try, _ = deserialize_job_raw(job, deserializer=deserialize)
        assert not kwargs
        assert not job_try
        found[member.decode()] = function, args
    return found


async def bodies(client: Client) -> list[bytes]:
    _, entries = await RedisLiveLog(client).read(0, 1_000_000, 0)
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    return [entry.body for entry in entries]


async def test_dispatch_writes_log_jobs_and_mark(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, 1_000)
    first, second = event(0), event(1, queues=["graph"])
    assert await queue.dispatch([first, second]) == 2
    assert await bodies(redis_client) == [b"0", b"1"]
    assert await jobs(redis_client, "timeline") == {f"timeline:{first.event_id}": (CONSUMER, [b"packed 0"])}
    assert await jobs(redis_client, "search") == {f"search:{first.event_id}": (CONSUMER, [b"packed 0"])}
    assert await jobs(redis_client, "graph") == {f"graph:{second.event_id}": (CONSUMER, [b"packed 1"])}
    assert await queue.marked([first.event_id, second.event_id, second.event_id + 1]) == {
        first.event_id,
        second.event_id,
    }


async def test_nothing_to_dispatch_is_nothing_done(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, 1_000)
    assert await queue.dispatch([]) == 0
    assert await queue.marked([]) == set()
    assert await redis_client.dbsize() == 0


async def test_an_event_is_dispatched_once(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, 1_000)
    assert await queue.dispatch([event(0), event(1)]) == 2
    await redis_client.delete(queue_key("timeline"))
    assert await queue.dispatch([event(1), event(2), event(2)]) == 1
    assert await bodies(redis_client) == [b"0", b"1", b"2"]
    assert list(await jobs(redis_client, "timeline")) == [f"timeline:{event(2).event_id}"]


async def test_jobs_outlive_the_event_logs_and_marks_do_not_live_forever(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, 1_000)
    await queue.dispatch([event(0)])
    assert 71 * 3600 < await redis_client.ttl(f"arq:job:timeline:{event(0).event_id}") <= 72 * 3600
    assert 48 * 3600 < await redis_client.ttl(f"dispatched:{START_MS // MINUTE_MS}") <= 49 * 3600


async def test_large_batches_go_in_calls_of_bounded_size(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, 100_000)
    events = [event(sequence) for sequence in range(1_001)]
    large = [Dispatch(compose(START_MS, 1, sequence), b"x" * 600_000, [], []) for sequence in range(3)]
    await queue.dispatch([event(1_001)])
    await redis_client.config_resetstat()
    assert await queue.dispatch([*events, *large]) == 1_004
    assert (await redis_client.info("commandstats"))["cmdstat_evalsha"]["calls"] == 5
    assert await bodies(redis_client) == [b"1001", *(b"%d" % sequence for sequence in range(1_001))]


@pytest.mark.parametrize("seed", range(5))
async def test_concurrent_dispatchers_of_the_same_events(redis_clients: Callable[[], Client], seed: int) -> None:
    shuffler = random.Random(seed)
    events = [event(sequence, ms=START_MS + sequence * 1_000) for sequence in range(300)]
    tasks = []
    for queue in [RedisQueue(redis_clients(), 100_000) for _ in range(6)]:
        mine = shuffler.sample(events, shuffler.randint(150, 300))
        while mine:
            size = shuffler.randint(1, 40)
            tasks.append(queue.dispatch(mine[:size]))
            mine = mine[size:]
    tasks.append(RedisQueue(redis_clients(), 100_000).dispatch(events))
    assert sum(await asyncio.gather(*tasks)) == 300
    client = redis_clients()
    assert sorted(await bodies(client)) == sorted(b"%d" % sequence for sequence in range(300))
    for name in ("timeline", "search"):
        assert set(await jobs(client, name)) == {f"{name}:{posted.event_id}" for posted in events}


async def test_a_crash_leaves_all_of_an_event_or_nothing(own_redis: RedisServer, own_client: Client) -> None:
    await own_client.config_set("appendfsync", "always")
    await RedisLiveLog(own_client).position()
    queue = RedisQueue(own_client, 100_000)
    events = [event(sequence) for sequence in range(4_000)]
    batches = [asyncio.create_task(queue.dispatch(events[start : start + 20])) for start in range(0, 4_000, 20)]
    await asyncio.wait(batches, return_when=asyncio.FIRST_COMPLETED)
    own_redis.kill()
    answers = await asyncio.gather(*batches, return_exceptions=True)
    confirmed = sum(answer for answer in answers if isinstance(answer, int))
    assert {type(answer) for answer in answers} <= {int, Unavailable}
    own_redis.start()
    marked = await queue.marked([posted.event_id for posted in events])
    assert len(marked) >= confirmed > 0
    assert sorted(await bodies(own_client)) == sorted(posted.live[0] for posted in events if posted.event_id in marked)
    for name in ("timeline", "search"):
        assert set(await jobs(own_client, name)) == {f"{name}:{event_id}" for event_id in marked}
    assert await queue.dispatch(events) == 4_000 - len(marked)
    assert len(await bodies(own_client)) == 4_000


async def test_marks_of_several_minutes(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, 1_000)
    events = [event(0, ms=START_MS + minute * MINUTE_MS) for minute in range(3)]
    await queue.dispatch(events[:2])
    assert await queue.marked([posted.event_id for posted in events]) == {posted.event_id for posted in events[:2]}


async def test_the_relays_positions(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, 1_000)
    assert await queue.relay_position("graph") is None
    await queue.save_relay_position("graph", "17/é", START_MS)
    await queue.save_relay_position("tweets", "18", START_MS)
    assert await queue.relay_position("graph") == "17/é"
    assert await queue.relay_position("tweets") == "18"


async def test_marks_go_once_every_relay_is_past_their_minute(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, 1_000)
    await queue.dispatch([event(0, ms=START_MS + minute * MINUTE_MS) for minute in range(4)])

    async def short_lived() -> list[int]:
        keys = [f"dispatched:{START_MS // MINUTE_MS + minute}" for minute in range(4)]
        return [minute for minute, key in enumerate(keys) if await redis_client.ttl(key) <= 600]

    await queue.save_relay_position("graph", "a", START_MS + MINUTE_MS - 1)
    assert await short_lived() == []
    await queue.save_relay_position("graph", "b", START_MS + MINUTE_MS)
    assert await short_lived() == [0]
    await queue.save_relay_position("tweets", "a", START_MS)
    await queue.save_relay_position("graph", "c", START_MS + 3 * MINUTE_MS)
    assert await short_lived() == [0]
    await queue.save_relay_position("tweets", "b", START_MS + 2 * MINUTE_MS)
    assert await short_lived() == [0, 1]
    await queue.save_relay_position("tweets", "c", START_MS + 9 * MINUTE_MS)
    assert await short_lived() == [0, 1, 2]


async def test_a_job_is_enqueued_once_while_it_waits(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, 1_000)
    assert await queue.enqueue("timeline", "build", "build:7", 2**63 - 1, b"x", ["y"]) is True
    assert await queue.enqueue("timeline", "build", "build:7", 8) is False
    assert await jobs(redis_client, "timeline") == {"build:7": ("build", [2**63 - 1, b"x", ["y"]])}
    assert await queue.depth("timeline") == 1
    assert await queue.depth("search") == 0


async def test_dead_letters_are_kept_in_order(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, 1_000)
    before_ms = time.time_ns() // 1_000_000
    await queue.bury("search", "consume", [b"packed"], "KeyError: 1")
    await queue.bury("search", "build", [7], "ValueError: 2")
    letters = [deserialize(letter) for letter in await call(redis_client, "LRANGE", dead_key("search"), 0, -1)]
    times = [letter.pop("at") for letter in letters]
    assert letters == [
        {"f": "consume", "a": [b"packed"], "error": "KeyError: 1"},
        {"f": "build", "a": [7], "error": "ValueError: 2"},
    ]
    assert before_ms <= times[0] <= times[1] <= time.time_ns() // 1_000_000


async def run_worker(client: Client, name: str, function: Any) -> Worker:
    worker = Worker(
        [func(function, name=name)],
        queue_name=queue_key("timeline"),
        redis_pool=ArqRedis(connection_pool=client.connection_pool),
        burst=True,
        poll_delay=0.01,
        keep_result=0,
        handle_signals=False,
        job_serializer=serialize,
        job_deserializer=deserialize,
    )
    await asyncio.wait_for(worker.main(), 10)
    return worker


async def test_arqs_worker_takes_the_jobs_and_leaves_nothing_behind(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, 1_000)
    taken = []

    async def consume(context: dict[str, Any], packed: bytes) -> None:
        taken.append((context["job_id"], packed))
        if context["job_try"] == 1:
            raise Retry

    await queue.dispatch([event(0, queues=["timeline"])])
    worker = await run_worker(redis_client, CONSUMER, consume)
    assert taken == [(f"timeline:{event(0).event_id}", b"packed 0")] * 2
    assert (worker.jobs_complete, worker.jobs_retried, worker.jobs_failed) == (1, 1, 0)
    assert await redis_client.keys("arq:*") == []
    assert await queue.depth("timeline") == 0


async def test_a_failed_job_leaves_its_id_free(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, 1_000)
    taken = []

    async def build(_context: dict[str, Any], reader_id: int) -> None:
        taken.append(reader_id)
        raise ValueError(reader_id)

    for _ in range(2):
        assert await queue.enqueue("timeline", "build", "build:7", 7) is True
        worker = await run_worker(redis_client, "build", build)
        assert worker.jobs_failed == 1
    assert taken == [7, 7]
    assert await redis_client.keys("arq:*") == []


def test_what_msgpack_does_not_know_becomes_its_repr() -> None:
    assert deserialize(serialize({"r": ValueError(7), "a": (b"x", 2**63 - 1)})) == {
        "r": "ValueError(7)",
        "a": [b"x", 2**63 - 1],
    }
