"""Events given to their consumers once more, whatever marks they bear."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence

from domain.snowflake import milliseconds
from events import UnknownKind
from services.dispatch import plan
from services.imports.progress import Progress
from stores.events import EventLog, LoggedEvent
from stores.queue import Dispatch, Jobs
from stores.queue.redis.layout import CONSUMER

EVENTS_PER_READ = 1_000
JOBS_AT_ONCE = 50
POLL_SECONDS = 0.1
STALLED_SECONDS = 10.0


class EventReplay:
    """One run; the ids of its jobs carry its number, since a job whose id waits or runs is not added twice."""

    def __init__(
        self, logs: Sequence[EventLog], jobs: Jobs, queues: Sequence[str], queue_length: int, progress: Progress
    ) -> None:
        """Waits where a queue would become longer than `queue_length`."""
        self._logs = logs
        self._jobs = jobs
        self._queue_length = queue_length
        self._progress = progress
        self._number = time.time_ns()
        self._given = dict.fromkeys(queues, 0)

    async def since(self, since_ms: int) -> Mapping[str, int]:
        """Of the events since a Unix time, those that their logs hold now; how many each queue got."""
        total = 0
        async for events in self._read(since_ms):
            total += len(events)
        self._progress.begin("events", total)
        async for events in self._read(since_ms):
            await self._give(events)
        self._progress.finish()
        return self._given

    async def _read(self, since_ms: int) -> AsyncIterator[Sequence[LoggedEvent]]:
        for log in self._logs:
            position = None
            while logged := await log.read(position, EVENTS_PER_READ):
                yield [entry for entry in logged if milliseconds(entry.event_id) >= since_ms]
                position = logged[-1].position
                if len(logged) < EVENTS_PER_READ:
                    break

    async def _give(self, events: Sequence[LoggedEvent]) -> None:
        size = min(JOBS_AT_ONCE, self._queue_length)
        for start in range(0, len(events), size):
            batch = events[start : start + size]
            dispatches = [dispatch for entry in batch if (dispatch := self._planned(entry))]
            for queue in self._given:
                await self._enqueue(queue, [each for each in dispatches if queue in each.queues])
            self._progress.advance(len(batch))

    def _planned(self, entry: LoggedEvent) -> Dispatch | None:
        try:
            return plan(entry.event)
        except UnknownKind as unknown:
            self._progress.say(f"Left out: event {entry.event_id}, of a kind for a later version: {unknown}")
            return None

    async def _enqueue(self, queue: str, dispatches: Sequence[Dispatch]) -> None:
        if not dispatches:
            return
        await self._room(queue, len(dispatches))
        await asyncio.gather(
            *(
                self._jobs.enqueue(queue, CONSUMER, f"replay:{self._number}:{queue}:{each.event_id}", each.packed)
                for each in dispatches
            )
        )
        self._given[queue] += len(dispatches)

    async def _room(self, queue: str, jobs: int) -> None:
        told_at = time.monotonic() + STALLED_SECONDS
        while await self._jobs.depth(queue) + jobs > self._queue_length:
            if time.monotonic() > told_at:
                self._progress.say(f"The {queue} queue is full. Waiting for its worker: `make worker` starts one.")
                told_at = float("inf")
            await asyncio.sleep(POLL_SECONDS)
