"""The live log in memory: what arrived lately, in the order of arrival, by author. One per server process."""

import asyncio
import logging
import time
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import metrics
from domain.errors import Unavailable
from domain.snowflake import milliseconds
from domain.tweets import Tweet
from events import (
    Blocked,
    Body,
    Event,
    Followed,
    Muted,
    TweetsPosted,
    Unblocked,
    Unfollowed,
    UnknownKind,
    Unmuted,
    decode,
)
from stores.live import LogEntry, LogPosition

_logger = logging.getLogger(__name__)

REACH_SECONDS = 2.0
"""How long a page waits for the ring to catch up with the log; it mostly has."""

CLOCK_SLACK_MS = 10_000
"""How far apart the clocks of the process that wrote an event and of the log may be."""


@dataclass(frozen=True, slots=True)
class RingEntry:
    """`body` is None for an event of a kind that only a later version knows."""

    number: int
    at_ms: int
    body: Body | None


def viewers_changed(body: Body | None) -> Iterable[int]:
    """Ids of those whose timeline an event changes as a whole: whom they follow, block or mute, or who blocks them."""
    match body:
        case Followed(edges) | Unfollowed(edges) | Muted(edges) | Unmuted(edges):
            return (viewer_id for viewer_id, _ in edges)
        case Blocked(edges) | Unblocked(edges):
            return (viewer_id for edge in edges for viewer_id in edge)
    return ()


class Ring:
    """Holds at most `capacity` entries. All are of one epoch, and their numbers are dense."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._changed = asyncio.Condition()
        self._start(LogPosition("", 0, 0), 0)

    @property
    def number(self) -> int:
        """That of the newest entry."""
        return self._before + len(self._entries)

    @property
    def oldest(self) -> RingEntry | None:
        """The oldest entry that it holds; numbers are dense from there on."""
        return self._entries[0] if self._entries else None

    @property
    def since_ms(self) -> int:
        """Unix time from which on every event that was dispatched is in the ring."""
        if self._complete:
            return self._born_ms
        return self._entries[0].at_ms + CLOCK_SLACK_MS if self._entries else 1 << 62

    @property
    def reach_seconds(self) -> float | None:
        """For how long entries have been kept at least; None where it has all there ever were."""
        if self._complete:
            return None
        return max(0.0, time.time() - self._entries[0].at_ms / 1000) if self._entries else 0.0

    @property
    def size(self) -> int:
        """How many entries it holds."""
        return len(self._entries)

    async def restart(self, position: LogPosition, before: int) -> None:
        """Forgets all: entries are to follow from number `before` + 1 on, of the position's epoch."""
        self._start(position, before)
        await self._wake()

    async def append(self, entries: Iterable[LogEntry], *, are_news: bool = False) -> None:
        """`are_news`: they arrived just now, and what they tell becomes visible here."""
        for entry in entries:
            event = _event(entry)
            self._add(RingEntry(entry.number, entry.at_ms, event.body if event else None))
            if are_news and event and isinstance(event.body, TweetsPosted):
                metrics.visible("live", milliseconds(event.id))
        reach = self.reach_seconds
        metrics.ring(self.size, time.time() - self._born_ms / 1000 if reach is None else reach)
        await self._wake()

    async def reached(self, position: LogPosition) -> None:
        """Waits until all up to a position is here. Raises Unavailable after REACH_SECONDS."""
        try:
            async with asyncio.timeout(REACH_SECONDS), self._changed:
                await self._changed.wait_for(lambda: self.epoch == position.epoch and self.number >= position.number)
        except TimeoutError as timeout:
            raise Unavailable("queue") from timeout

    async def changed(self, epoch: str, number: int) -> None:
        """Waits until there is something after a number, or another epoch."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.epoch != epoch or self.number > number)

    def holds(self, epoch: str, number: int) -> bool:
        """Whether reading can go on after that number without a gap."""
        return epoch == self.epoch and self._before <= number <= self.number

    def after(self, number: int, limit: int) -> Sequence[RingEntry]:
        """The next entries after a number that it holds."""
        start = number - self._before
        return [self._entries[at] for at in range(start, min(start + limit, len(self._entries)))]

    def posted_by(self, authors: Iterable[int], up_to: int) -> set[int]:
        """Ids of the tweets that these authors posted, up to a number."""
        posted: set[int] = set()
        for author in self._authors.keys() & set(authors):
            numbers, ids = self._authors[author]
            posted.update(ids[: bisect_right(numbers, up_to)])
        return posted

    def shown_at(self, tweet: Tweet, number: int) -> bool:
        """Whether a page that a stream goes on from at this number may show the tweet: one that is not in the log yet,
        or after the number, comes by the stream alone."""
        logged = self._numbers.get(tweet.id)
        if logged is not None:
            return logged <= number
        return milliseconds(tweet.event_id) < self.since_ms

    def viewer_changed(self, user_id: int, after: int) -> bool:
        """Whether somebody's follows, blocks or mutes changed after a number."""
        return self._viewers.get(user_id, 0) > after

    def _start(self, position: LogPosition, before: int) -> None:
        self.epoch = position.epoch
        self._born_ms = position.born_ms
        self._before = before
        self._complete = before == 0
        self._entries: deque[RingEntry] = deque()
        self._numbers: dict[int, int] = {}
        self._authors: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        self._viewers: dict[int, int] = {}

    def _add(self, entry: RingEntry) -> None:
        self._entries.append(entry)
        match entry.body:
            case TweetsPosted(((tweet_id, author_id),), _):
                self._numbers[tweet_id] = entry.number
                numbers, ids = self._authors[author_id]
                numbers.append(entry.number)
                ids.append(tweet_id)
            case changed:
                self._viewers.update((viewer_id, entry.number) for viewer_id in viewers_changed(changed))
        if len(self._entries) > self._capacity:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        oldest = self._entries.popleft()
        self._before = oldest.number
        self._complete = False
        match oldest.body:
            case TweetsPosted(((tweet_id, author_id),), _):
                self._numbers.pop(tweet_id, None)
                numbers, ids = self._authors[author_id]
                del numbers[0], ids[0]
                if not numbers:
                    del self._authors[author_id]
            case changed:
                for viewer_id in viewers_changed(changed):
                    if self._viewers.get(viewer_id) == oldest.number:
                        del self._viewers[viewer_id]

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()


def _event(entry: LogEntry) -> Event | None:
    try:
        return decode(entry.body)
    except UnknownKind as kind:
        _logger.warning("live log: entry %d is of a kind that this version does not know: %s", entry.number, kind)
        return None
