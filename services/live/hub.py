"""The hub: tells this process's streams what the live log tells, in its order."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from domain.errors import Unavailable
from domain.graph import User
from domain.tweets import Tweet
from events import Body, TweetsPosted
from services.live.viewers import Viewers
from services.ring import Ring, RingEntry
from stores.graph import GraphStore
from stores.live import LogPosition
from stores.tweets import TweetStore

_logger = logging.getLogger(__name__)

BATCH = 100
RETRY_SECONDS = 0.2
REACH_SECONDS = 2.0


@dataclass
class Place:
    """Where the hub is in the log: streams have been told all up to here."""

    epoch: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """Tweets that are not deleted, and those whose words they show, by their ids."""

    tweets: dict[int, Tweet] = field(default_factory=dict)
    people: dict[int, User] = field(default_factory=dict)


class Finder:
    """Reads what the log tells of by ids alone."""

    def __init__(self, tweets: TweetStore, graph: GraphStore) -> None:
        self._tweets = tweets
        self._graph = graph

    async def find(self, tweet_ids: Iterable[int]) -> Found:
        """Raises Unavailable."""
        found = Found()
        await self.find_more(found, list(tweet_ids))
        return found

    async def find_more(self, found: Found, tweet_ids: Sequence[int]) -> None:
        """Adds to what was found."""
        if not tweet_ids:
            return
        found.tweets.update(await self._tweets.tweets(tweet_ids))
        authors = {author_id for tweet in found.tweets.values() for author_id in tweet.author_ids}
        if missing := authors - found.people.keys():
            found.people.update(await self._graph.users(list(missing)))


class Audience(Protocol):
    """The streams of one kind."""

    def wants(self, posted: TweetsPosted) -> bool:
        """Whether the tweet that the entry tells of has to be read for it."""

    def tell(self, entry: RingEntry, found: Found) -> None:
        """Tells the streams that it concerns."""

    def lose(self, *, is_same_log: bool) -> None:
        """Entries were lost, of this log or with it: ends all streams."""


class Hub:
    def __init__(
        self, ring: Ring, finder: Finder, viewers: Viewers, place: Place, audiences: Sequence[Audience]
    ) -> None:
        self._ring = ring
        self._finder = finder
        self._viewers = viewers
        self._place = place
        self._moved = asyncio.Condition()
        self._audiences = audiences

    def start(self) -> None:
        """Begins behind all that the ring has now: nobody listens yet."""
        self._place.epoch, self._place.number = self._ring.epoch, self._ring.number

    async def run(self) -> None:
        """Tells for as long as the process lives."""
        while True:
            await self._ring.changed(self._place.epoch, self._place.number)
            try:
                await self.tell_more()
                async with self._moved:
                    self._moved.notify_all()
            except Unavailable as unavailable:
                _logger.warning("live: %s", unavailable)
                await asyncio.sleep(RETRY_SECONDS)

    async def reached(self, position: LogPosition) -> None:
        """Waits until all up to a position was told, or for REACH_SECONDS."""
        place = self._place
        with suppress(TimeoutError):
            async with asyncio.timeout(REACH_SECONDS), self._moved:
                await self._moved.wait_for(lambda: place.epoch == position.epoch and place.number >= position.number)

    async def tell_more(self) -> None:
        """Tells the next entries of the ring. Raises Unavailable, and then has told nothing of them."""
        place = self._place
        if not self._ring.holds(place.epoch, place.number):
            self._lose()
            return
        entries = self._next()
        found = await self._find(entries)
        for entry in entries:
            place.number = entry.number
            self._viewers.hear(entry.body)
            for audience in self._audiences:
                self._tell(audience, entry, found)

    @staticmethod
    def _tell(audience: Audience, entry: RingEntry, found: Found) -> None:
        """One that fails loses its streams; the others are told all the same."""
        try:
            audience.tell(entry, found)
        except Exception:
            _logger.exception("live: entry %d could not be told by %s", entry.number, type(audience).__name__)
            audience.lose(is_same_log=True)

    def _next(self) -> Sequence[RingEntry]:
        """Up to a change of what somebody here follows or may see: only then is it known what is wanted behind it."""
        entries = self._ring.after(self._place.number, BATCH)
        changes = (at for at, entry in enumerate(entries, 1) if self._viewers.changed_by(entry.body))
        return entries[: next(changes, BATCH)]

    async def _find(self, entries: Sequence[RingEntry]) -> Found:
        """What is wanted of them; also by those who came while it was read."""
        found = Found()
        asked: set[int] = set()
        while wanted := {tweet_id for tweet_id in self._wanted(entries) if tweet_id not in asked}:
            await self._finder.find_more(found, list(wanted))
            asked |= wanted
        return found

    def _wanted(self, entries: Sequence[RingEntry]) -> Iterable[int]:
        for entry in entries:
            posted = posted_in(entry.body)
            if posted and any(audience.wants(posted) for audience in self._audiences):
                yield posted.tweets[0][0]

    def _lose(self) -> None:
        is_same_log = self._place.epoch == self._ring.epoch
        self.start()
        for audience in self._audiences:
            audience.lose(is_same_log=is_same_log)


def posted_in(body: Body | None) -> TweetsPosted | None:
    """An entry's tweet, of which there is one, if it tells of one."""
    return body if isinstance(body, TweetsPosted) else None
