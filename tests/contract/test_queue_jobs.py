"""Jobs as arq's workers take them, and those that failed for good."""

import asyncio
import time
from typing import Any

import pytest
from arq import Retry, Worker, func
from arq.connections import ArqRedis

from domain.snowflake import compose
from stores.queue import QUEUES, DeadLetter, Dispatch, QueueState
from stores.queue.redis import RedisQueue
from stores.queue.redis.layout import CONSUMER, dead_key, deserialize, queue_key, serialize
from stores.redis import Client, call
from tests.contract.queue_contents import waiting

EVENT_ID = compose(1_800_000_000_000, 0, 0)


@pytest.fixture
def queue(redis_client: Client) -> RedisQueue:
    return RedisQueue(redis_client, 1_000, 1_000)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def test_a_job_is_enqueued_once_while_it_waits(redis_client: Client, queue: RedisQueue) -> None:
    assert await queue.enqueue("timeline", "build", "build:7", 2**63 - 1, b"x", ["y"]) is True
    assert await queue.enqueue("timeline", "build", "build:7", 8) is False
    assert await waiting(redis_client, "timeline") == {"build:7": ("build", [2**63 - 1, b"x", ["y"]])}
    assert await queue.depth("timeline") == 1
    assert await queue.depth("search") == 0


async def test_progress_is_saved_with_the_job(redis_client: Client, queue: RedisQueue) -> None:
    assert await queue.progress([]) == {}
    assert await queue.progress(["1:2"]) == {}
    await queue.enqueue("timeline", "deliver", "deliver:1", progress={"1:2": 2**63 - 1, "3:é": 0})
    assert await queue.progress(["1:2", "3:é", "4"]) == {"1:2": 2**63 - 1, "3:é": 0}
    assert 3500 < await redis_client.ttl("progress:1:2") <= 3600
    assert await queue.enqueue("timeline", "deliver", "deliver:1", progress={"3:é": 5}) is False
    assert await queue.progress(["3:é", "1:2"]) == {"3:é": 5, "1:2": 2**63 - 1}


async def test_failures_are_counted_per_job(redis_client: Client, queue: RedisQueue) -> None:
    assert [await queue.count_failure("build:7") for _ in range(3)] == [1, 2, 3]
    assert await queue.count_failure("build:8") == 1
    assert 3500 < await redis_client.ttl("failures:build:7") <= 3600


async def test_a_new_job_of_an_old_id_has_not_failed_yet(queue: RedisQueue) -> None:
    await queue.enqueue("timeline", "build", "build:7")
    await queue.count_failure("build:7")
    await queue.enqueue("timeline", "build", "build:7")
    assert await queue.count_failure("build:7") == 2
    await queue._client.delete("arq:job:build:7")
    await queue.enqueue("timeline", "build", "build:7")
    assert await queue.count_failure("build:7") == 1


async def test_dead_letters_are_kept_in_order(queue: RedisQueue) -> None:
    assert await queue.dead_letters("search") == []
    before_ms = now_ms()
    await queue.bury("search", "consume", [b"packed"], "KeyError: 1")
    await queue.bury("search", "build", [7, ["x"]], "ValueError: 2")
    letters = await queue.dead_letters("search")
    times = [letter.at_ms for letter in letters]
    assert letters == [
        DeadLetter("consume", [b"packed"], "KeyError: 1", times[0]),
        DeadLetter("build", [7, ["x"]], "ValueError: 2", times[1]),
    ]
    assert before_ms <= times[0] <= times[1] <= now_ms()
    assert await queue.dead_letters("timeline") == []


async def bury(client: Client, queue: str, *letters: tuple[int, int]) -> None:
    """Letters of the function build, by their time and argument."""
    for at_ms, reader_id in letters:
        letter = serialize({"f": "build", "a": [reader_id], "error": "E", "at": at_ms})
        await call(client, "RPUSH", dead_key(queue), letter)


async def test_dead_letters_from_a_time_on_become_jobs_again(redis_client: Client, queue: RedisQueue) -> None:
    await bury(redis_client, "timeline", (10, 1), (20, 2), (20, 2), (30, 3))
    await bury(redis_client, "search", (30, 4))
    assert await queue.replay_dead_letters("timeline", 20) == 3
    assert [letter.args for letter in await queue.dead_letters("timeline")] == [[1]]
    assert await waiting(redis_client, "timeline") == {
        "replay:1": ("build", [2]),
        "replay:2": ("build", [2]),
        "replay:3": ("build", [3]),
    }
    assert await queue.replay_dead_letters("timeline", 20) == 0
    assert len(await queue.dead_letters("search")) == 1
    await bury(redis_client, "timeline", (40, 3))
    assert await queue.replay_dead_letters("timeline", 0) == 2
    assert list(await waiting(redis_client, "timeline")) == [f"replay:{number}" for number in range(1, 6)]


async def test_two_replays_at_once_make_each_job_once(redis_client: Client, queue: RedisQueue) -> None:
    await bury(redis_client, "timeline", *((number, number) for number in range(250)))
    assert sum(await asyncio.gather(*(queue.replay_dead_letters("timeline", 0) for _ in range(3)))) == 250
    jobs = await waiting(redis_client, "timeline")
    assert sorted(args[0] for _, args in jobs.values()) == list(range(250))
    assert await queue.dead_letters("timeline") == []


async def test_states_of_all_queues(redis_client: Client, queue: RedisQueue) -> None:
    assert await queue.states() == dict.fromkeys(QUEUES, QueueState(0, 0.0, 0))
    await queue.enqueue("timeline", "build", "build:1")
    await queue.enqueue("timeline", "build", "build:2")
    await redis_client.zadd(queue_key("timeline"), {"build:1": now_ms() - 5_000})
    await redis_client.zadd(queue_key("graph"), {"deferred": now_ms() + 60_000})
    await queue.bury("search", "build", [], "E")
    states = await queue.states()
    age = states["timeline"].age_seconds
    assert 5 <= age < 15
    assert states == {
        "timeline": QueueState(2, age, 0),
        "search": QueueState(0, 0.0, 1),
        "graph": QueueState(1, 0.0, 0),
        "media": QueueState(0, 0.0, 0),
    }


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


async def test_arqs_worker_takes_the_jobs_and_leaves_nothing_behind(redis_client: Client, queue: RedisQueue) -> None:
    taken = []

    async def consume(context: dict[str, Any], packed: bytes) -> None:
        taken.append((context["job_id"], packed))
        if context["job_try"] == 1:
            raise Retry

    await queue.dispatch([Dispatch(EVENT_ID, b"packed", [], ["timeline"])])
    worker = await run_worker(redis_client, CONSUMER, consume)
    assert taken == [(f"timeline:{EVENT_ID}", b"packed")] * 2
    assert (worker.jobs_complete, worker.jobs_retried, worker.jobs_failed) == (1, 1, 0)
    assert await redis_client.keys("arq:*") == []
    assert await queue.depth("timeline") == 0


async def test_a_failed_job_leaves_its_id_free(redis_client: Client, queue: RedisQueue) -> None:
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
