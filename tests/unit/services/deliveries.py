"""What the tweet processor works on, in memory: followers, tweets, lists and jobs, with a record of what it did."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import cast

from domain.page import Link, Window
from domain.snowflake import EPOCH_MS, compose
from domain.tweets import Tweet
from events import Event, TweetsPosted
from services.dispatch import Dispatcher
from services.fan_out import FanOut
from services.snowflakes import Snowflakes
from services.timeline_builder import TimelineBuilder
from stores.graph import GraphStore
from stores.queue import Jobs
from stores.timelines import State, Timeline, TimelineStore
from stores.tweets import TweetStore
from tests.unit.services.timelines import list_of

AUTHOR = 100
PAGE = 5
SIZE = 10
NOW_MS = EPOCH_MS + 10**9


def tweet_id(number: int, age_ms: int = 0) -> int:
    return compose(NOW_MS - age_ms, 0, number)


def event_of(number: int) -> int:
    return compose(NOW_MS, 1, number)


EVENT = event_of(1)
TWEET = tweet_id(1)


class Killed(Exception):
    """Stands for the end of a process."""


@dataclass
class Lists:
    """Lists of one kind, by owner: those that are there take what is pushed."""

    name: str
    done: list[tuple[object, ...]]
    of: dict[int, Timeline] = field(default_factory=dict)

    async def read(self, owner_id: int) -> Timeline | None:
        return self.of.get(owner_id)

    async def existing(self, owner_ids: Sequence[int]) -> Sequence[int]:
        return [owner for owner in owner_ids if owner in self.of]

    async def push(self, owner_ids: Sequence[int], tweet_ids: Sequence[int], *, redelivered: bool) -> int:
        self.done.append((self.name, list(owner_ids), list(tweet_ids), redelivered))
        return sum(owner in self.of for owner in owner_ids) * len(tweet_ids)

    async def drop(self, owner_ids: Sequence[int]) -> None:
        self.done.append(("drop", list(owner_ids)))

    async def merge(self, owner_id: int, tweet_ids: Sequence[int], reach: int) -> bool:
        self.done.append(("merge", owner_id, list(tweet_ids), reach))
        return owner_id in self.of


@dataclass
class Deliveries:
    """`follows` are (follower, followee) with the id of the follow; of the followers the `active` are fed. `jobs` wait
    by their id, and what was saved with them is `saved`. `crash_at`: before which job a process is killed."""

    follows: dict[tuple[int, int], int] = field(default_factory=dict)
    active: set[int] = field(default_factory=set)
    posted: dict[int, int] = field(default_factory=dict)
    retweets: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    jobs: dict[str, tuple[object, ...]] = field(default_factory=dict)
    saved: dict[str, int] = field(default_factory=dict)
    crash_at: int | None = None
    done: list[tuple[object, ...]] = field(default_factory=list)
    minted: Iterator[int] = field(default_factory=lambda: count(9001))

    def __post_init__(self) -> None:
        self.timelines = Lists("timelines", self.done)
        self.pulled = Lists("pulled", self.done)

    def followed_by(self, author: int, readers: Sequence[int], *, active: bool = True) -> None:
        self.follows |= {(reader, author): 50_000 - reader for reader in readers}
        if active:
            self.active |= set(readers)

    def service(self, *, own_pages: int = 0) -> FanOut:
        return FanOut(
            cast("GraphStore", self),
            cast("TweetStore", self),
            cast("TimelineStore", self.timelines),
            cast("TimelineStore", self.pulled),
            cast("Jobs", self),
            cast("TimelineBuilder", self),
            cast("Dispatcher", self),
            cast("Snowflakes", self),
            SIZE,
            PAGE,
            own_pages,
        )

    def post(self, *tweets: tuple[int, int], pulled: Sequence[int] = ()) -> TweetsPosted:
        """(tweet id, author) of each."""
        self.posted |= dict(tweets)
        return TweetsPosted(tweets, tuple(pulled))

    def taken(self) -> list[tuple[object, ...]]:
        """What was done since the last time."""
        done = list(self.done)
        self.done.clear()
        return done

    def mint(self) -> int:
        return next(self.minted)

    async def dispatch(self, event: Event) -> None:
        self.done.append(("dispatched", event))

    async def index(self, author_id: int) -> bool:
        self.done.append(("index", author_id))
        self.pulled.of[author_id] = list_of(State.READY, ())
        return True

    async def feeding(self, followee_id: int, after: int, limit: int) -> Sequence[int]:
        assert 0 < limit <= PAGE
        feeding = (reader for reader, followee in self.follows if followee == followee_id and reader in self.active)
        return sorted(reader for reader in feeding if reader > after)[:limit]

    async def followers(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        assert window.ascending
        low = window.low or 0
        links = [Link(key, reader) for (reader, followee), key in self.follows.items() if [followee] == [*user_ids]]
        return {user_ids[0]: sorted((e for e in links if e.key > low), key=lambda link: link.key)[: window.limit]}

    async def tweets(self, tweet_ids: Sequence[int]) -> Mapping[int, Tweet]:
        return {each: cast("Tweet", object()) for each in tweet_ids if each in self.posted}

    async def ids_by_authors(self, author_ids: Sequence[int], window: Window) -> Sequence[int]:
        low = window.low or 0
        found = (each for each, author in self.posted.items() if author in author_ids and each > low)
        return sorted(found, reverse=True)[: window.limit]

    async def retweets_of(self, tweet_id: int, limit: int) -> Sequence[tuple[int, int]]:
        return self.retweets.get(tweet_id, [])[:limit]

    async def delete(self, tweet_id: int, event: Event) -> bool:
        self.done.append(("delete", tweet_id, event))
        for retweets in self.retweets.values():
            retweets[:] = [each for each in retweets if each[0] != tweet_id]
        return self.posted.pop(tweet_id, None) is not None

    async def progress(self, names: Sequence[str]) -> Mapping[str, int]:
        return {name: self.saved[name] for name in names if name in self.saved}

    async def forget_progress(self, names: Sequence[str]) -> None:
        assert names
        for name in names:
            self.saved.pop(name, None)

    async def enqueue(
        self, queue: str, function: str, job_id: str, *args: object, progress: Mapping[str, int] | None = None
    ) -> bool:
        assert queue == "timeline"
        if self.crash_at is not None:
            self.crash_at -= 1
            if self.crash_at < 0:
                raise Killed
        self.saved |= progress or {}
        self.done.append(("saved", dict(progress or {})))
        if job_id in self.jobs:
            return False
        self.jobs[job_id] = (function, *args)
        return True


def packed(*ids: int) -> bytes:
    return struct.pack(f">{len(ids)}Q", *ids)


async def finish(world: Deliveries, service: FanOut) -> None:
    """Does the jobs that wait, in the order of their making."""
    for function, readers, tweets, event_id in list(world.jobs.values()):
        assert function == "deliver"
        await service.deliver(cast("bytes", readers), cast("bytes", tweets), cast("int", event_id), redelivered=False)
    world.jobs.clear()


def received(done: Sequence[tuple[object, ...]]) -> dict[int, list[int]]:
    """The tweets that came to each reader, in order."""
    got: dict[int, list[int]] = {}
    for name, *what in done:
        if name == "timelines":
            readers, tweets, _ = cast("tuple[list[int], list[int], bool]", what)
            for reader in readers:
                got.setdefault(reader, []).extend(tweets)
    return got
