"""A viewer's timeline in memory, in every state that the stores can leave it in, and what a page of it should show."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

from domain.access import OPEN, Boundaries
from domain.graph import Followees, User
from domain.page import Window
from domain.timelines import TimelineSource
from domain.tweets import Tweet
from events import Body, TweetsPosted
from services.live import LiveService
from services.ring import Ring
from services.timelines import TimelineService
from stores.graph import GraphStore
from stores.live import LiveLog, LogPosition
from stores.queue import Jobs
from stores.timelines import State, Timeline, TimelineStore
from stores.tweets import TweetStore
from tests.unit.services.live_services import live_service
from tests.unit.services.logs import BORN_MS, EPOCH, entry, tweet_at
from tests.unit.services.people import person

VIEWER = 1
FAMOUS = 4
"""Whose tweets are pulled."""

HOUR_MS = 3_600_000


def list_of(state: State, ids: Sequence[int], floor: int = 0, top: int = 0, built_at: int = 0) -> Timeline:
    return Timeline(state, b"epoch...", floor, top, built_at, ids)


@dataclass
class World:
    """Plays all the stores. `tweets` are in the order of their commits. `logged` of them are in the live log; those
    before it are older than the log, those after it on their way there. `timeline` is what Redis has of the viewer,
    `indexes` of authors; `famous` are those who may have one. `waves`: the calls of the stores, at once and after one
    another."""

    tweets: list[Tweet]
    logged: slice
    followees: set[int]
    deleted: set[int] = field(default_factory=set)
    timeline: Timeline | None = None
    indexes: dict[int, Timeline] = field(default_factory=dict)
    famous: set[int] = field(default_factory=set)
    boundaries: Boundaries = OPEN
    protected: frozenset[int] = frozenset()
    lags: bool = False
    enqueued: list[tuple[object, ...]] = field(default_factory=list)
    waves: list[list[str]] = field(default_factory=list)
    calls: int = 0
    pauses: Sequence[int] = (1,)
    """How many turns of the loop calls take before and after they have their answer, in turn."""

    def __post_init__(self) -> None:
        posted = self.tweets[self.logged]
        self.log: list[Body] = [TweetsPosted(((each.id, each.author_id),)) for each in posted]
        self.numbers = {each.id: 0 for each in self.tweets[: self.logged.start]}
        self.numbers |= {each.id: number for number, each in enumerate(posted, 1)}
        self.ring = Ring(1000)
        self._running = 0

    @property
    def hydrations(self) -> int:
        return sum(wave.count("tweets") for wave in self.waves)

    @property
    def visible(self) -> list[tuple[int, TimelineSource]]:
        """(tweet id, source) of what the viewer should see, newest first."""
        shown = {each.id: self._source(each) for each in self.tweets if each.id in self.numbers and self._shows(each)}
        return sorted(shown.items(), reverse=True)

    @property
    def jobs(self) -> list[tuple[object, ...]]:
        """What a page should ask for."""
        jobs: list[tuple[object, ...]] = []
        if self.timeline is None or self.timeline.state is not State.READY:
            jobs.append(("timeline", "build", f"build:{VIEWER}", VIEWER))
        if self.timeline and self.timeline.state is not State.BUILDING and not self.lags:
            jobs += [("timeline", "index", f"index:{author}", author) for author in sorted(self._missing)]
        return jobs

    @property
    def _missing(self) -> set[int]:
        ready = {author for author, index in self.indexes.items() if index.state is State.READY}
        return (self.followees & self.famous) - ready

    def _shows(self, tweet: Tweet) -> bool:
        if tweet.id in self.deleted or tweet.author_id not in self.followees | {VIEWER}:
            return False
        people = {tweet.author_id, tweet.retweet_of_author_id or tweet.author_id}
        walls = self.boundaries.blocks | self.boundaries.blocked_by | (self.protected - self.followees)
        return not people & (walls - {VIEWER}) and not people & self.boundaries.mutes

    def _source(self, tweet: Tweet) -> TimelineSource:
        timeline = self.timeline
        if timeline is None or timeline.state is State.BUILDING or self.lags or self._missing:
            return TimelineSource.STORE
        indexes = [self.indexes[author] for author in self.followees & self.famous]
        if tweet.id < max(each.floor for each in [timeline, *indexes]):
            return TimelineSource.STORE
        if timeline.state is State.RESTING and tweet.id > timeline.top:
            return TimelineSource.STORE
        if any(tweet.id in index.ids for index in indexes):
            return TimelineSource.MERGED
        return TimelineSource.PUSHED if tweet.id in timeline.ids else TimelineSource.LIVE

    async def service(self) -> TimelineService:
        """The service on this world, with a ring that has read the log."""
        await self.ring.restart(LogPosition(EPOCH, BORN_MS, 0), 0)
        await self.catch_up()
        return TimelineService(
            cast("TimelineStore", self),
            cast("TimelineStore", SimpleNamespace(read_many=self._read_indexes)),
            *self._stores,
            self.ring,
            cast("Jobs", self),
            lambda: self.lags,
        )

    def live(self) -> LiveService:
        return live_service(*self._stores, self.ring)

    @property
    def _stores(self) -> tuple[GraphStore, TweetStore, LiveLog]:
        graph = SimpleNamespace(followees=self._followees, boundaries=self._boundaries, users=self._users)
        tweets = SimpleNamespace(tweets=self._hydrate, ids_by_authors=self._ids_by_authors)
        return cast("GraphStore", graph), cast("TweetStore", tweets), cast("LiveLog", self)

    async def catch_up(self, up_to: int | None = None) -> None:
        """The ring reads on."""
        new = list(enumerate(self.log, 1))[self.ring.number : up_to]
        await self.ring.append([entry(number, body) for number, body in new])

    def committed(self, authors: set[int]) -> list[int]:
        return [each.id for each in self.tweets if each.author_id in authors]

    @asynccontextmanager
    async def _call(self, name: str) -> AsyncIterator[None]:
        if not self._running:
            self.waves.append([])
        self._running += 1
        self.waves[-1].append(name)
        await self._pause()
        yield
        await self._pause()
        self._running -= 1

    async def _pause(self) -> None:
        self.calls += 1
        for _ in range(self.pauses[self.calls % len(self.pauses)]):
            await asyncio.sleep(0)

    async def read(self, reader_id: int) -> Timeline | None:
        assert reader_id == VIEWER
        async with self._call("timeline"):
            return self.timeline

    async def position(self) -> LogPosition:
        async with self._call("position"):
            return LogPosition(EPOCH, BORN_MS, len(self.log))

    async def _followees(self, user_id: int) -> Followees:
        assert user_id == VIEWER
        async with self._call("followees"):
            return Followees(frozenset(self.followees), frozenset(self.followees & self.famous))

    async def _boundaries(self, user_id: int) -> Boundaries:
        assert user_id == VIEWER
        async with self._call("boundaries"):
            return self.boundaries

    async def _users(self, user_ids: Sequence[int]) -> dict[int, User]:
        assert len(set(user_ids)) == len(user_ids) > 0
        async with self._call("users"):
            return {each: person(each, is_protected=each in self.protected) for each in user_ids}

    async def _read_indexes(self, author_ids: Sequence[int]) -> dict[int, Timeline]:
        assert len(set(author_ids)) == len(author_ids) > 0
        async with self._call("indexes"):
            return {each: self.indexes[each] for each in author_ids if each in self.indexes}

    async def _ids_by_authors(self, author_ids: Sequence[int], window: Window) -> Sequence[int]:
        assert VIEWER in author_ids
        assert window.limit > 0
        async with self._call("ids"):
            found = [
                each.id
                for each in self.tweets
                if each.author_id in author_ids
                and each.id not in self.deleted
                and (window.high is None or each.id < window.high)
                and (window.low is None or each.id > window.low)
            ]
        return sorted(found, reverse=not window.ascending)[: window.limit]

    async def _hydrate(self, tweet_ids: Sequence[int]) -> dict[int, Tweet]:
        assert len(set(tweet_ids)) == len(tweet_ids) > 0
        async with self._call("tweets"):
            return {each.id: each for each in self.tweets if each.id in tweet_ids and each.id not in self.deleted}

    async def enqueue(self, *job: object) -> bool:
        self.enqueued.append(job)
        return True


def made(authors: Sequence[int], old: int, late: int) -> tuple[list[Tweet], slice]:
    """A tweet of each author in turn: the first `old` older than the live log, the last `late` not in it yet."""
    count = len(authors)
    late = min(late, count)
    old = min(old, count - late)
    at = [BORN_MS + 1000 * (number - old) + (HOUR_MS if number >= count - late else 0) for number in range(count)]
    tweets = [
        tweet_at(ms, author, sequence=number) for number, (ms, author) in enumerate(zip(at, authors, strict=True))
    ]
    return tweets, slice(old, count - late)
