"""arq's worker for one queue, as this project needs it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from arq.connections import ArqRedis
from arq.cron import CronJob
from arq.worker import Function, Worker, func

from stores.queue import Jobs
from stores.queue.redis.layout import deserialize, queue_key, serialize, wake_key
from workers.jobs import HELD_SECONDS, Job, careful
from workers.pause import Pause

POLL_SECONDS = 0.05
"""How long a worker waits at most before it looks at its queue again: for jobs that were put off, or that another
worker was woken for."""

ARQ_GRACE_SECONDS = 5
"""How much later arq's own limit for a try comes, so that it is never reached."""

RETRIES_WITHOUT_END = 1_000_000_000
"""How often a job is tried is for workers.jobs to say: a store that is down for long costs none of a job's tries."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`jobs`: how many a process works on at once. `seconds`: how long one try may take."""

    jobs: int
    seconds: float


class _Functions(dict[str, Function | CronJob]):
    """Also has those of names that only a later version knows: arq would drop such jobs without a trace."""

    def __init__(self, known: Mapping[str, Function | CronJob], make: Callable[[str, Job], Function]) -> None:
        super().__init__(known)
        self._make = make

    def __missing__(self, name: str) -> Function:
        return self._make(name, _unknown)


class _Worker(Worker):
    """Looks at its queue as soon as a job is added, and doesn't look again at those that it is working on."""

    async def _poll_iteration(self) -> None:
        before = self._jobs_started()
        await super()._poll_iteration()
        if self.tasks and self.job_counter >= self.max_jobs:
            await asyncio.wait(self.tasks.values(), timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        elif self._jobs_started() == before:
            await self._added()

    async def start_jobs(self, job_ids: list[bytes]) -> None:
        """At once, as many as there is room for: each start takes several answers of a server that may be busy."""
        new = [job_id for job_id in job_ids if job_id.decode() not in self.tasks]
        room = max(0, self.max_jobs - self.job_counter)
        await asyncio.gather(*(super(_Worker, self).start_jobs([job_id]) for job_id in new[:room]))

    async def _added(self) -> None:
        """Returns when a job is added, or after POLL_SECONDS. One look is enough for all that were added."""
        key = wake_key(self.queue_name)
        if await self.pool.execute_command("BLPOP", key, POLL_SECONDS):  # type: ignore[no-untyped-call]
            await self.pool.delete(key)


def make_worker(queue: str, functions: Mapping[str, Job], jobs: Jobs, pool: ArqRedis, limits: Limits) -> Worker:
    """To be run by async_run in the running loop. What it doesn't know or can't do ends among the dead letters."""

    def stop() -> None:
        worker.max_jobs = 0  # unlike allow_pick_jobs this also ends a look at the queue that has begun

    def go_on() -> None:
        worker.max_jobs = limits.jobs

    pause = Pause(queue, stop=stop, go_on=go_on)

    def make(name: str, job: Job) -> Function:
        return func(careful(jobs, queue, name, job, seconds=limits.seconds, pause=pause), name=name)

    worker = _Worker(
        [make(name, job) for name, job in functions.items()],
        queue_name=queue_key(queue),
        redis_pool=pool,
        handle_signals=False,
        max_jobs=limits.jobs,
        job_timeout=limits.seconds + ARQ_GRACE_SECONDS,
        keep_result=0,
        poll_delay=0,
        max_tries=RETRIES_WITHOUT_END,
        job_serializer=serialize,
        job_deserializer=deserialize,
        log_results=False,
    )
    worker.functions = _Functions(worker.functions, make)
    worker.in_progress_timeout_s = HELD_SECONDS
    return worker


async def _unknown(*_: object, redelivered: bool) -> None:
    raise LookupError("this version knows no such function")
