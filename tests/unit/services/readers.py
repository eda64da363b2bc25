"""Readers of one author in memory: their classes, lists and jobs; every call of a store is a step of its own."""

from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

from domain.activity import Activity, LastSeen, Windows
from domain.graph import Followees
from domain.page import Window
from domain.snowflake import EPOCH_MS, compose
from events import ActivityChanged, Event
from services.activity import ActivityService
from services.dispatch import Dispatcher
from services.snowflakes import Snowflakes
from services.timeline_builder import TimelineBuilder
from stores.graph import GraphStore
from stores.queue import Jobs
from stores.timelines import State, Timeline, TimelineStore
from stores.tweets import TweetStore

AUTHOR = 9
SIZE = 4
WINDOWS = Windows(active=timedelta(days=7), passive=timedelta(days=30))
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Readers:
    """`lists` are timelines. `events`: those that are to be consumed still; `jobs`: those that wait. `done`: what was
    written, in order."""

    activity: dict[int, Activity]
    last_seen: dict[int, datetime] = field(default_factory=dict)
    lists: dict[int, Timeline] = field(default_factory=dict)
    tweets: list[int] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    jobs: list[tuple[str, str, Sequence[int]]] = field(default_factory=list)
    done: list[tuple[object, ...]] = field(default_factory=list)
    now_ms: int = EPOCH_MS + 10**12
    minted: Iterator[int] = field(default_factory=lambda: count(7001))
    steps: Callable[[], Coroutine[Any, Any, None]] | None = None
    """Called before every step."""

    def __post_init__(self) -> None:
        stores = cast("GraphStore", self), cast("TweetStore", self), cast("TimelineStore", self)
        self.builder = TimelineBuilder(*stores, cast("TimelineStore", self), SIZE)
        self.service = ActivityService(
            cast("GraphStore", self),
            cast("TimelineStore", self),
            cast("Jobs", self),
            self.builder,
            cast("Dispatcher", self),
            cast("Snowflakes", self),
            WINDOWS,
        )

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.now_ms / 1000, UTC)

    @contextmanager
    def clock(self) -> Iterator[None]:
        """Services take the time from here."""
        with (
            patch("services.activity.datetime", SimpleNamespace(now=lambda _: self.now)),
            patch("services.timeline_builder.time", SimpleNamespace(time_ns=lambda: self.now_ms * 1_000_000)),
        ):
            yield

    def post(self, late_ms: int = 0) -> int:
        """Commits a tweet, whose id was minted so long before."""
        tweet_id = compose(self.now_ms - late_ms, 0, len(self.tweets))
        self.tweets.append(tweet_id)
        return tweet_id

    async def fan_out(self, tweet_id: int) -> None:
        """As the tweet processor does it: to those who are active when they are read."""
        await self._step()
        fed = [reader for reader, activity in self.activity.items() if activity is Activity.ACTIVE]
        await self._step()
        for reader in fed:
            timeline = self.lists.get(reader)
            if timeline:
                self.lists[reader] = replace(timeline, ids=[tweet_id, *timeline.ids])

    def faults(self) -> list[str]:
        """Lists that would be read wrongly."""
        found = []
        for reader, each in self.lists.items():
            top = each.top if each.state is State.RESTING else self.now_ms << 22
            missing = {tweet for tweet in self.tweets if each.floor <= tweet <= top} - set(each.ids)
            if each.state is not State.BUILDING and missing:
                found.append(f"{each.state} of {reader} misses {missing}")
            if each.state is State.READY and self.activity[reader] is not Activity.ACTIVE:
                found.append(f"{each.state} of {reader}, who is {self.activity[reader]}")
        return found

    async def _step(self) -> None:
        if self.steps:
            await self.steps()

    def mint(self) -> int:
        return next(self.minted)

    async def dispatch(self, event: Event) -> None:
        await self._step()
        self.done.append(("dispatched", event))

    async def enqueue(self, queue: str, function: str, job_id: str, reader_ids: Sequence[int]) -> bool:
        await self._step()
        assert queue == "timeline"
        self.jobs.append((function, job_id, reader_ids))
        return True

    async def seen(self, user_ids: Sequence[int], at: datetime) -> Sequence[int]:
        await self._step()
        self.done.append(("seen", list(user_ids), at))
        for user_id in user_ids:
            self.last_seen[user_id] = max(at, self.last_seen.get(user_id, NEVER))
        return [user_id for user_id in user_ids if self.activity[user_id] is not Activity.ACTIVE]

    async def activities(self, user_ids: Sequence[int]) -> dict[int, Activity]:
        await self._step()
        return {user_id: self.activity[user_id] for user_id in user_ids if user_id in self.activity}

    async def classed(
        self,
        activity: Activity,
        limit: int,
        *,
        since: datetime | None = None,
        before: datetime | None = None,
        after: LastSeen | None = None,
    ) -> Sequence[LastSeen]:
        await self._step()
        start = (after.at or NEVER, after.user_id) if after else (NEVER, 0)
        found = sorted(
            (self.last_seen.get(user_id, NEVER), user_id)
            for user_id, class_ in self.activity.items()
            if class_ is activity and self._was_seen(user_id, since, before)
        )
        return [LastSeen(self.last_seen.get(each), each) for at, each in found if (at, each) > start][:limit]

    def _was_seen(self, user_id: int, since: datetime | None, before: datetime | None) -> bool:
        at = self.last_seen.get(user_id, NEVER)
        return (since is None or at >= since) and (before is None or at < before)

    async def reclass(
        self,
        user_ids: Sequence[int],
        activity: Activity,
        event: Event,
        *,
        since: datetime | None = None,
        before: datetime | None = None,
    ) -> Sequence[int]:
        await self._step()
        assert event.body == ActivityChanged(tuple(user_ids))
        moved = [e for e in user_ids if self.activity[e] is not activity and self._was_seen(e, since, before)]
        self.activity |= dict.fromkeys(moved, activity)
        if moved:
            self.events.append(event)
            self.done.append(("reclassed", moved, activity))
        return moved

    async def followees(self, user_id: int) -> Followees:
        await self._step()
        return Followees(frozenset([AUTHOR]))

    async def ids_by_authors(self, author_ids: Sequence[int], window: Window) -> Sequence[int]:
        await self._step()
        reader_id, author_id = author_ids
        assert (reader_id in self.activity, author_id) == (True, AUTHOR)
        return sorted(self.tweets, reverse=True)[: window.limit]

    async def pulled_ids(self, author_id: int, window: Window) -> Sequence[int]:
        await self._step()
        return sorted(self.tweets, reverse=True)[: window.limit]

    async def read(self, owner_id: int) -> Timeline | None:
        await self._step()
        return self.lists.get(owner_id)

    async def begin(self, owner_id: int, epoch: bytes, built_at: int) -> None:
        await self._step()
        self.lists[owner_id] = Timeline(State.BUILDING, epoch, 0, 0, built_at, ())

    async def finish(
        self, owner_id: int, epoch: bytes, tweet_ids: Sequence[int], reach: int, *, top: int | None = None
    ) -> bool:
        await self._step()
        begun = self.lists.get(owner_id)
        if not begun or (begun.state, begun.epoch) != (State.BUILDING, epoch):
            return False
        ids = [*begun.ids, *(each for each in tweet_ids if each not in begun.ids)]
        state = State.READY if top is None else State.RESTING
        self.lists[owner_id] = Timeline(state, epoch, reach, top or 0, begun.built_at, ids)
        return True

    async def keep(self, owner_ids: Sequence[int]) -> None:
        await self._step()
        self.done.append(("kept", list(owner_ids)))

    async def drop(self, owner_ids: Sequence[int]) -> None:
        await self._step()
        if owner_ids:
            self.done.append(("dropped", list(owner_ids)))
        for owner_id in owner_ids:
            self.lists.pop(owner_id, None)
