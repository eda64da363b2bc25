"""The workers: who consumes which queue, and how much at once. `python -m workers.settings QUEUE...` runs those of some
queues in a process of their own; without names, of all."""

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Mapping, Sequence

import uvloop
from arq.connections import RedisSettings, create_pool

from composition import Process, process
from startup import CannotStart, failures_told, log_to_stderr, read_settings, serve_metrics
from stores.queue import LIVE, QUEUES
from stores.queue.redis.layout import CONSUMER, deserialize, serialize
from workers.arq_worker import Limits, make_worker
from workers.classifier import Classifier
from workers.jobs import Job, consuming
from workers.media_renderer import collect, media_jobs
from workers.people_merger import PeopleMerger
from workers.relay import Relay
from workers.retention import keep_to_retention
from workers.search_indexer import SearchIndexer
from workers.tweet_processor import timeline_jobs

LIMITS = {
    "timeline": Limits(jobs=120, seconds=25),  # most of which wait for a fan-out of their author's to share
    "search": Limits(jobs=10, seconds=25),
    "graph": Limits(jobs=4, seconds=25),
    "media": Limits(jobs=4, seconds=300),  # of a video that is copied from and to a bucket
}


def jobs(composed: Process, queue: str) -> Mapping[str, Job]:
    """What a queue's worker does, by the name of the function."""
    match queue:
        case "timeline":
            return timeline_jobs(composed)
        case "search":
            return {CONSUMER: consuming(SearchIndexer(composed.services.search))}
        case "media":
            return media_jobs(composed)
        case _:
            return {CONSUMER: consuming(PeopleMerger(composed.services.graph))}


async def spawn_workers(composed: Process, queues: Sequence[str] = QUEUES) -> None:
    """Starts, among the process's background tasks, a worker and a relay for each of the queues; that of the live log
    with the timelines, into which it merges follows."""
    logging.getLogger("arq").setLevel(logging.WARNING)
    stores, background = composed.stores, composed.background
    for queue in queues:
        _spawn_worker(composed, queue)
        background.spawn(f"relay {queue}", Relay(queue, stores.event_logs, stores.queue).run)
    if "timeline" in queues:
        relay = Relay(LIVE, stores.event_logs, stores.queue, composed.fan_out.followed)
        background.spawn(f"relay {LIVE}", relay.run)
        background.spawn("classifier", _classifier(composed).run)
    if "media" in queues:
        background.spawn("removal of media", lambda: collect(composed.removal, stores.cache))
    background.spawn("retention", lambda: keep_to_retention(stores.event_logs, stores.live))


def _classifier(composed: Process) -> Classifier:
    settings, stores = composed.settings, composed.stores
    return Classifier(composed.activity, stores.graph, stores.cache, settings.classify_seconds, settings.refresh_hours)


def _spawn_worker(composed: Process, queue: str) -> None:
    url = composed.settings.queue_url or composed.settings.redis_url or ""

    async def work() -> None:
        pool = await create_pool(RedisSettings.from_dsn(url), job_serializer=serialize, job_deserializer=deserialize)
        worker = make_worker(queue, jobs(composed, queue), composed.stores.queue, pool, LIMITS[queue])
        try:
            await worker.async_run()
        finally:
            try:
                await worker.close()
            finally:
                await pool.aclose()  # which arq leaves open where one of its jobs was cut off

    composed.background.spawn(f"worker {queue}", work)


def asked_for(names: Sequence[str]) -> Sequence[str]:
    """The queues that a command line names; all where it names none. Raises CannotStart."""
    if unknown := [name for name in names if name not in QUEUES]:
        raise CannotStart(f"there is no queue {', '.join(unknown)}; the queues are {', '.join(QUEUES)}")
    return [queue for queue in QUEUES if queue in names] or QUEUES


async def main(queues: Sequence[str]) -> None:
    """Runs until SIGTERM or SIGINT."""
    settings = read_settings()
    if settings.embedded:
        message = "without URLs the workers run inside `make run`; to run them alone set STARLING_DATABASE_URL and "
        raise CannotStart(message + "STARLING_REDIS_URL")
    log_to_stderr(settings)
    serve_metrics(settings)
    stopped = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stopped.set)
    async with process(settings) as composed:
        await spawn_workers(composed, queues)
        logging.getLogger(__name__).info("workers run: %s", ", ".join(queues))
        await stopped.wait()
        logging.getLogger(__name__).info("workers stop")


if __name__ == "__main__":
    with failures_told(), contextlib.suppress(KeyboardInterrupt):
        uvloop.run(main(asked_for(sys.argv[1:])))
