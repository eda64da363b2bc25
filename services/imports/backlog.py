"""What is written but not yet in timelines and search: waited for by an importer."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from services.dispatch import plan
from services.imports.progress import Progress
from stores.events import EventLog
from stores.queue import Queue
from stores.search import SearchStore

POLL_SECONDS = 0.02
STALLED_SECONDS = 6.0
"""After so long without a job done, somebody should be told: more than the relay takes."""

JOBS_AHEAD = 50
"""An import waits while a queue is longer: what clients do queues up behind it, and Redis holds it all."""

EVENTS_AT_ONCE = 500
IDS_AT_ONCE = 10_000


class NotIndexed(Exception):
    """All jobs are done, and yet tweets are missing in the search index."""


class Backlog:
    def __init__(self, queue: Queue, logs: Sequence[EventLog], search: SearchStore, progress: Progress) -> None:
        self._queue = queue
        self._logs = logs
        self._search = search
        self._progress = progress
        self._looked: dict[tuple[str, str], tuple[str | None, str | None]] = {}

    async def room(self) -> None:
        """Waits until the queues are short enough to write on."""

        async def too_many() -> int:
            return max(state.jobs for state in (await self._queue.states()).values()) - JOBS_AHEAD

        await self._gone(too_many, lambda _: None)

    async def fanned_out(self) -> None:
        """Waits until what was posted is in timelines: those keep what arrived last, so that tweets must arrive in
        order."""
        await self.room()
        await self._gone(lambda: self._left("timeline"), lambda _: None)

    async def empty(self, phase: str, queue: str) -> None:
        """Waits until all that was committed has been consumed from a queue. People come first, since their consumer
        makes events for others."""

        async def left() -> int:
            return await self._left("graph") + await self._left(queue)

        self._progress.begin(phase, await left())
        await self._gone(left, self._progress.advance)
        self._progress.finish()

    async def check_indexed(self, tweet_ids: Sequence[int]) -> None:
        """Raises NotIndexed if, with its queue empty, the index misses some of the tweets."""
        missing = 0
        for start in range(0, len(tweet_ids), IDS_AT_ONCE):
            missing += len(await self._search.missing_tweets(tweet_ids[start : start + IDS_AT_ONCE]))
        if missing:
            raise NotIndexed(f"{missing} tweets are not in the search index: their jobs failed, see the workers' log.")

    async def _left(self, queue: str) -> int:
        """Events that wait for a queue, and its jobs."""
        return await self._undispatched(queue) + await self._queue.depth(queue)

    async def _undispatched(self, queue: str) -> int:
        """Events in the logs that have not reached a queue. Those before its relay, and those found to have reached it,
        are not looked at again."""
        missing = 0
        for log in self._logs:
            relayed = await self._queue.relay_position(log.name, queue)
            seen_from, position = self._looked.get((log.name, queue), (None, None))
            position = position if relayed == seen_from else relayed
            while logged := await log.read(position, EVENTS_AT_ONCE):
                had = await self._queue.marked(queue, [entry.event_id for entry in logged])
                missing += sum(queue in plan(each.event).queues for each in logged if each.event_id not in had)
                position = logged[-1].position
                if not missing:
                    self._looked[log.name, queue] = relayed, position
        return missing

    async def _gone(self, left: Callable[[], Awaitable[int]], advance: Callable[[int], None]) -> None:
        before, moved_at, told = await left(), time.monotonic(), False
        while before > 0:
            await asyncio.sleep(POLL_SECONDS)
            now = await left()
            if now < before:
                advance(before - now)
                moved_at = time.monotonic()
            elif not told and time.monotonic() - moved_at > STALLED_SECONDS:
                self._progress.say("No job is done: is a worker running? `make worker` starts one. Waiting for it.")
                told = True
            before = now
