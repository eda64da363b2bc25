"""Jobs of a real worker on a real Redis: no failure ends one unseen, and an outage costs no try."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from arq import Worker
from arq.connections import RedisSettings, create_pool

from domain.errors import Unavailable
from services.unfinished import Unfinished
from stores.queue import DeadLetter
from stores.queue.redis import RedisQueue
from stores.queue.redis.layout import deserialize, serialize
from stores.redis import Client, open_client
from tests.contract.redis_fixtures import RedisServer
from tests.faults.waiting import eventually
from workers.arq_worker import Limits, make_worker
from workers.jobs import MAX_TRIES, Job

pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated close:DeprecationWarning")  # as arq does

AT_ONCE = 3
PATIENCE_SECONDS = 20.0


@pytest.fixture(scope="module")
def redis_server() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.remove()


@pytest.fixture
async def client(redis_server: RedisServer) -> AsyncIterator[Client]:
    opened = open_client(redis_server.url, 10)
    await opened.flushall()
    yield opened
    await opened.aclose()


@pytest.fixture
def queue(client: Client) -> RedisQueue:
    return RedisQueue(client, 1_000, 1_000)


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.jobs.delay", lambda _: 0.01)


@asynccontextmanager
async def working(server: RedisServer, queue: RedisQueue, work: Job, seconds: float = 10) -> AsyncIterator[Worker]:
    """A worker of the search queue, which knows one function."""
    settings = RedisSettings.from_dsn(server.url)
    pool = await create_pool(settings, job_serializer=serialize, job_deserializer=deserialize)
    worker = make_worker("search", {"index": work}, queue, pool, Limits(AT_ONCE, seconds))
    running = asyncio.create_task(worker.async_run())
    try:
        yield worker
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await worker.close()
        await pool.aclose()


def done(queue: RedisQueue) -> Callable[[], Awaitable[None]]:
    async def check() -> None:
        assert await queue.depth("search") == 0

    return check


async def test_a_job_that_always_takes_too_long_ends_among_the_dead_letters(
    redis_server: RedisServer, client: Client, queue: RedisQueue
) -> None:
    tries = 0

    async def hang(_: int, *, redelivered: bool) -> None:
        nonlocal tries
        assert redelivered == (tries > 0)
        tries += 1
        await asyncio.Event().wait()

    await queue.enqueue("search", "index", "index:7", 7)
    async with working(redis_server, queue, hang, seconds=0.01):
        await eventually(done(queue), PATIENCE_SECONDS)
    assert tries == MAX_TRIES
    (letter,) = await queue.dead_letters("search")
    assert letter == DeadLetter("index", [7], "TimeoutError()", letter.at_ms)
    assert await client.keys("arq:*") == []


async def test_a_function_that_only_a_later_version_knows_ends_among_the_dead_letters(
    redis_server: RedisServer, queue: RedisQueue
) -> None:
    async def work(*_: object, redelivered: bool) -> None:
        raise AssertionError

    await queue.enqueue("search", "index_better", "index:7", 7)
    async with working(redis_server, queue, work):
        await eventually(done(queue), PATIENCE_SECONDS)
    (letter,) = await queue.dead_letters("search")
    error = "LookupError('this version knows no such function')"
    assert letter == DeadLetter("index_better", [7], error, letter.at_ms)


async def test_a_job_goes_on_where_it_was_for_as_long_as_it_has_more_to_do(
    redis_server: RedisServer, queue: RedisQueue
) -> None:
    begun: list[int] = []

    async def work(_: int, *, redelivered: bool) -> None:
        begun.append(len(begun))
        if len(begun) < 2 * MAX_TRIES:
            raise Unfinished

    await queue.enqueue("search", "index", "index:7", 7)
    async with working(redis_server, queue, work):
        await eventually(done(queue), PATIENCE_SECONDS)
    assert begun == list(range(2 * MAX_TRIES))
    assert await queue.dead_letters("search") == []


async def test_a_store_that_is_down_pauses_the_worker(
    redis_server: RedisServer, queue: RedisQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other jobs than those that it worked on are not tried, not even those of the look at the queue that has begun."""
    monkeypatch.setattr("workers.pause.FIRST_SECONDS", 60.0)
    monkeypatch.setattr("workers.pause.LONGEST_SECONDS", 60.0)
    tried: list[int] = []
    looks = 0

    async def work(number: int, *, redelivered: bool) -> None:
        tried.append(number)
        raise Unavailable("search")

    for number in range(30):
        await queue.enqueue("search", "index", f"index:{number}", number)
    async with working(redis_server, queue, work) as worker:
        heart_beat = worker.heart_beat

        async def count() -> None:
            nonlocal looks
            looks += bool(tried)
            await heart_beat()

        async def looked_again() -> None:
            assert looks > 3

        monkeypatch.setattr(worker, "heart_beat", count)
        await eventually(looked_again, PATIENCE_SECONDS)
        assert 0 < len(tried) == len(set(tried)) <= AT_ONCE
        assert await queue.depth("search") == 30


async def test_an_outage_costs_no_try_and_is_told_of_once(
    redis_server: RedisServer,
    client: Client,
    queue: RedisQueue,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level("WARNING")
    down, worked = True, []
    failures = 0

    async def work(number: int, *, redelivered: bool) -> None:
        nonlocal failures
        if down:
            failures += 1
            raise Unavailable("search")
        worked.append(number)

    async def long_enough() -> None:
        assert failures > AT_ONCE * MAX_TRIES

    for number in range(10):
        await queue.enqueue("search", "index", f"index:{number}", number)
    monkeypatch.setattr("workers.pause.LONGEST_SECONDS", 0.05)
    async with working(redis_server, queue, work):
        await eventually(long_enough, PATIENCE_SECONDS)
        assert await client.keys("failures:*") == []
        down = False
        await eventually(done(queue), PATIENCE_SECONDS)
    assert sorted(worked) == list(range(10))
    assert await queue.dead_letters("search") == []
    assert caplog.messages == [
        "search: takes no jobs for now: The search store does not answer now; try again.",
        "search: takes jobs again",
    ]
