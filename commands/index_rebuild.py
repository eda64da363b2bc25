"""The search index made anew from the stores that it is about, while the old one serves."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from domain.page import Part
from events import Event, UnknownKind
from services.dispatch import plan
from services.search import SearchService, now
from stores.events import EventLog, LoggedEvent
from stores.graph import GraphStore
from stores.queue import Dispatching
from stores.search import Rebuild, SearchStore
from stores.tweets import TweetStore
from workers.search_indexer import SearchIndexer

ROWS = 1_000
EVENTS = 1_000
QUEUE = "search"

SETTLING_SECONDS = 10.0
"""How long after the swap events are still read: until then what a consumer wrote into the old index is in the log, and
no transaction is open any more that began before."""
PAUSE_SECONDS = 0.5

Row = TypeVar("Row")


class RebuildProgress(Protocol):
    def begin(self, phase: str, total: int) -> None: ...

    def advance(self, count: int) -> None: ...

    def expect(self, total: int) -> None: ...

    def finish(self) -> None: ...


class IndexRebuild:
    """Walks through all people and tweets; then catches up by the event logs, from where the consumer was as the walk
    began; has the new index serve; and catches up once more. What was done is noted in the index's own store, so that
    one that is broken off goes on there."""

    def __init__(
        self,
        search: SearchStore,
        tweets: TweetStore,
        graph: GraphStore,
        logs: Sequence[EventLog],
        queue: Dispatching,
        progress: RebuildProgress,
        settling_seconds: float = SETTLING_SECONDS,
    ) -> None:
        self._search = search
        self._tweets = tweets
        self._graph = graph
        self._logs = logs
        self._queue = queue
        self._progress = progress
        self._settling_seconds = settling_seconds

    async def run(self) -> None:
        """Raises Unavailable."""
        rebuild = await self._search.rebuild()
        for log in self._logs:
            if _key(log) not in rebuild.notes:
                position = await self._queue.relay_position(log.name, QUEUE)
                await rebuild.note(rebuild.notes | {_key(log): position})
        await self._walk(rebuild, "people", self._graph.scan, rebuild.index.index_people)
        await self._walk(rebuild, "tweets", self._tweets.scan, rebuild.index.index_tweets)
        self._progress.begin("events", 0)
        await self._catch_up(rebuild)
        settled_at = time.monotonic() + (self._settling_seconds if await rebuild.serve() else 0)
        settled = False
        while not settled:
            settled = time.monotonic() >= settled_at
            await self._catch_up(rebuild)
            await asyncio.sleep(0 if settled else PAUSE_SECONDS)
        self._progress.finish()
        await rebuild.finish()

    async def _walk(
        self,
        rebuild: Rebuild,
        what: str,
        scan: Callable[[str | None, int], Awaitable[Part[Row]]],
        write: Callable[[Sequence[Row], int], Awaitable[None]],
    ) -> None:
        """Notes None as the position once all is through."""
        position, walked = rebuild.notes.get(what), what in rebuild.notes
        self._progress.begin(what, 0)
        estimate = Estimate()
        while position or not walked:
            read_at, walked = now(), True
            part = await scan(position, ROWS)
            await write(part.rows, read_at)
            await rebuild.note(rebuild.notes | {what: part.next})
            position = part.next
            self._progress.expect(estimate.total(len(part.rows), part.done))
            self._progress.advance(len(part.rows))
        self._progress.finish()

    async def _catch_up(self, rebuild: Rebuild) -> None:
        """Reads the logs to their ends, as far as these don't move on meanwhile."""
        indexer = SearchIndexer(SearchService(rebuild.index, self._tweets, self._graph))
        for log in self._logs:
            more = True
            while more:
                logged = await log.read(rebuild.notes[_key(log)], EVENTS)
                await indexer.consume_all(list(_for_search(logged)))
                if logged:
                    await rebuild.note(rebuild.notes | {_key(log): logged[-1].position})
                self._progress.advance(len(logged))
                more = len(logged) == EVENTS


class Estimate:
    """How many rows there will be, by how many there were between two places of the way, the first one being where this
    walk was taken up."""

    def __init__(self) -> None:
        self._count = 0
        self._first: tuple[int, float] | None = None

    def total(self, count: int, done: float) -> int:
        """After so many rows more, and with so much of the way done."""
        self._count += count
        first_count, first_done = self._first = self._first or (self._count, done)
        if done <= first_done:
            return self._count
        return self._count + round((self._count - first_count) * (1 - done) / (done - first_done))


def _key(log: EventLog) -> str:
    return f"log {log.name}"


def _for_search(logged: Sequence[LoggedEvent]) -> Iterator[Event]:
    """Not those of a kind for a later version, nor what is for other consumers."""
    for entry in logged:
        try:
            event = entry.event
        except UnknownKind:
            continue
        if QUEUE in plan(event).queues:
            yield event
