"""arq's workers: which queues there are and who consumes them. `python -m workers.settings` runs all in one process."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Sequence

from arq.connections import ArqRedis, RedisSettings, create_pool
from arq.worker import Worker, func

from composition import Process, process
from startup import CannotStart, failures_told, log_to_stderr, read_settings
from stores.queue import QUEUES
from stores.queue.redis import CONSUMER, deserialize, queue_key, serialize
from workers.jobs import ARQ_SECONDS, HELD_SECONDS, Consumer, Job, careful, consuming
from workers.people_merger import PeopleMerger
from workers.relay import Relay
from workers.search_indexer import SearchIndexer
from workers.tweet_processor import TweetProcessor

POLL_SECONDS = 0.05
MAX_JOBS = 10
RETRIES_WITHOUT_END = 1_000_000_000
"""How often a job is tried is for workers.jobs to say: a store that is down for long costs none of a job's tries."""


def jobs(composed: Process, queue: str) -> dict[str, Job]:
    """What a queue's worker does, by the name of the function."""

    async def build(reader_id: int, *, redelivered: bool) -> None:
        await composed.builder.build(reader_id)

    consumers: dict[str, Consumer] = {
        "timeline": TweetProcessor(composed.fan_out),
        "search": SearchIndexer(composed.services.search),
        "graph": PeopleMerger(composed.services.graph),
    }
    return {CONSUMER: consuming(consumers[queue])} | ({"build": build} if queue == "timeline" else {})


def make_worker(composed: Process, queue: str, pool: ArqRedis) -> Worker:
    """arq's worker for one queue; to be run by async_run in the running loop."""
    functions = [
        func(careful(composed.stores.queue, queue, name, job), name=name)  # type: ignore[arg-type]
        for name, job in jobs(composed, queue).items()
    ]
    worker = Worker(
        functions,
        queue_name=queue_key(queue),
        redis_pool=pool,
        handle_signals=False,
        max_jobs=MAX_JOBS,
        job_timeout=ARQ_SECONDS,
        keep_result=0,
        poll_delay=POLL_SECONDS,
        max_tries=RETRIES_WITHOUT_END,
        job_serializer=serialize,
        job_deserializer=deserialize,
        log_results=False,
    )
    worker.in_progress_timeout_s = HELD_SECONDS
    return worker


async def spawn_workers(composed: Process, queues: Sequence[str] = QUEUES) -> None:
    """Starts a worker a queue, and the relay, among the process's background tasks."""
    logging.getLogger("arq").setLevel(logging.WARNING)
    url = composed.settings.queue_url or composed.settings.redis_url or ""
    for queue in queues:

        async def work(queue: str = queue) -> None:
            pool = await create_pool(
                RedisSettings.from_dsn(url), job_serializer=serialize, job_deserializer=deserialize
            )
            worker = make_worker(composed, queue, pool)
            try:
                await worker.async_run()
            finally:
                try:
                    await worker.close()
                finally:
                    await pool.aclose()  # which arq leaves open where one of its jobs was cut off

        composed.background.spawn(f"worker {queue}", work)
    relay = Relay(composed.stores.event_logs, composed.stores.live, composed.stores.queue, composed.fan_out)
    composed.background.spawn("relay", relay.run)


async def main() -> None:
    """Runs until SIGTERM or SIGINT."""
    settings = read_settings()
    if settings.embedded:
        message = "without URLs the workers run inside `make run`; to run them alone set STARLING_DATABASE_URL and "
        raise CannotStart(message + "STARLING_REDIS_URL")
    log_to_stderr(settings)
    stopped = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stopped.set)
    async with process(settings) as composed:
        await spawn_workers(composed)
        logging.getLogger(__name__).info("workers run: %s", ", ".join(QUEUES))
        await stopped.wait()
        logging.getLogger(__name__).info("workers stop")


if __name__ == "__main__":
    with failures_told(), contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
