"""What stands between arq and a consumer. arq ends a job for good at an ordinary exception, so that none may reach
it."""

import asyncio
import logging
import math
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

from arq import ArqRedis, Retry
from arq.constants import in_progress_key_prefix
from redis.exceptions import RedisError

from domain.errors import Unavailable
from domain.snowflake import milliseconds
from events import Event, decode
from faults import crash_point
from services.unfinished import Unfinished
from stores.queue import Jobs
from workers.pause import Pause

_logger = logging.getLogger(__name__)

HELD_SECONDS = 3.0
"""How long a job is still kept from other workers once its own was killed: a mark in Redis that a live worker renews.
Should it lapse under one that lives, the job is done twice, which is the same as once."""

REDELIVERED_MS = 30_000
"""A job of an event older than this may well have been delivered before."""

MAX_TRIES = 5
LONGEST_DELAY_SECONDS = 30.0

Job = Callable[..., Awaitable[None]]
ArqJob = Callable[..., Coroutine[Any, Any, None]]


class Consumer(Protocol):
    async def consume(self, event: Event, *, redelivered: bool) -> None: ...


def delay(job_try: int) -> float:
    """Seconds until the next try: doubling, with jitter, so that jobs that failed together don't return together."""
    longest = min(0.1 * math.pow(2, min(job_try, 10)), LONGEST_DELAY_SECONDS)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311


def careful(jobs: Jobs, queue: str, function: str, work: Job, *, seconds: float, pause: Pause) -> ArqJob:
    """The job as arq gets it: a store that is down is waited for, other failures and tries longer than `seconds` are
    counted and tried again, and in the end the job lies among the dead letters."""

    async def run(ctx: dict[str, Any], *args: Any) -> None:
        job_try: int = ctx["job_try"]
        job_id: str = ctx["job_id"]
        last_pause = pause.number
        try:
            async with asyncio.timeout(seconds), _held(ctx["redis"], job_id):
                await work(*args, redelivered=job_try > 1)
            crash_point(f"{queue}.{function}.worked")
        except Unavailable as error:
            pause.failed(last_pause, error)
            raise Retry(defer=delay(job_try)) from error
        except Unfinished as unfinished:
            pause.succeeded(last_pause)
            raise Retry from unfinished
        except Exception as error:
            _logger.exception("%s: try %d of %s failed", queue, job_try, job_id)
            if not await _given_up(jobs, queue, function, job_id, args, error):
                raise Retry(defer=delay(job_try)) from error
        else:
            pause.succeeded(last_pause)

    return run


async def _given_up(
    jobs: Jobs, queue: str, function: str, job_id: str, args: tuple[Any, ...], error: Exception
) -> bool:
    """Whether this failure was the job's last, and it lies among the dead letters now."""
    try:
        if await jobs.count_failure(job_id) < MAX_TRIES:
            return False
        await jobs.bury(queue, function, args, repr(error))
    except Unavailable:
        return False
    return True


@asynccontextmanager
async def _held(redis: ArqRedis, job_id: str) -> AsyncIterator[None]:
    async def renew() -> None:
        while True:
            await asyncio.sleep(HELD_SECONDS / 3)
            with suppress(RedisError, OSError):
                await redis.pexpire(in_progress_key_prefix + job_id, int(HELD_SECONDS * 1000))

    renewal = asyncio.create_task(renew(), name=f"hold {job_id}")
    try:
        yield
    finally:
        renewal.cancel()


def consuming(consumer: Consumer) -> Job:
    """The job of an event: its one argument is the packed event."""

    async def work(packed: bytes, *, redelivered: bool) -> None:
        event = decode(packed)
        late = time.time() * 1000 - milliseconds(event.id) > REDELIVERED_MS
        await consumer.consume(event, redelivered=redelivered or late)

    return work
