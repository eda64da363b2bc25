"""A viewer's timeline in memory, in every state that the stores can leave it in, and what a page of it should show."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import cast

from hypothesis import strategies as st

from domain.page import Window
from domain.timelines import TimelineSource
from domain.tweets import Tweet
from events import Followed, TweetsPosted
from services.ring import Ring
from services.timelines import TimelineService
from stores.graph import GraphStore
from stores.live import LiveLog, LogPosition
from stores.queue import Queue
from stores.timelines import Timeline, TimelineStore
from stores.tweets import TweetStore
from tests.unit.services.logs import BORN_MS, EPOCH, entry, tweet_at

VIEWER = 1
AUTHORS = st.integers(1, 4)
HOUR_MS = 3_600_000


@dataclass
class World:
    """`tweets` in the order of posting. `logged` of them are in the live log; those before it are older than the log,
    those after it on their way there. `timeline` is what Redis has."""

    tweets: list[Tweet]
    logged: slice
    followees: set[int]
    deleted: set[int] = field(default_factory=set)
    timeline: Timeline | None = None
    enqueued: list[tuple[object, ...]] = field(default_factory=list)
    between: Callable[[], Awaitable[None]] | None = None
    """Called before and after every call of a store."""

    reads: int = 0
    hydrations: int = 0

    @property
    def visible(self) -> list[tuple[int, TimelineSource]]:
        """(tweet id, source) of what the viewer should see, newest first."""
        authors = self.followees | {VIEWER}
        shown = [each.id for each in self.tweets[: self.logged.stop] if each.author_id in authors]
        return [(each, self._source(each)) for each in sorted(shown, reverse=True) if each not in self.deleted]

    def _source(self, tweet_id: int) -> TimelineSource:
        if self.timeline is None or not self.timeline.ready or tweet_id < self.timeline.floor:
            return TimelineSource.STORE
        return TimelineSource.PUSHED if tweet_id in self.timeline.ids else TimelineSource.LIVE

    async def service(self) -> TimelineService:
        """The service on this world, which plays all the stores."""
        self.ring = Ring(1000)
        await self.ring.restart(LogPosition(EPOCH, BORN_MS, 0), 0)
        posted = [TweetsPosted(((each.id, each.author_id),)) for each in self.tweets[self.logged]]
        await self.ring.append(entry(at, body) for at, body in enumerate(posted, 1))
        return TimelineService(
            cast("TimelineStore", self),
            cast("GraphStore", SimpleNamespace(followees=self._followees)),
            cast("TweetStore", SimpleNamespace(tweets=self._hydrate, ids_by_authors=self._ids_by_authors)),
            cast("LiveLog", self),
            self.ring,
            cast("Queue", self),
        )

    def change(self, followee: int) -> Iterator[Callable[[], Awaitable[None]]]:
        """The steps of a follow or unfollow by the viewer."""

        async def commit() -> None:
            self.followees ^= {followee}

        async def merge() -> None:
            if self.timeline and followee in self.followees:
                missing = [each.id for each in self.tweets[: self.logged.stop] if each.author_id == followee]
                self.timeline = replace(self.timeline, ids=[*self.timeline.ids, *missing])

        async def log() -> None:
            await self.ring.append([entry(self.ring.number + 1, Followed(((VIEWER, followee),)))])

        yield from (commit, merge, log)

    async def _pass(self) -> None:
        if self.between:
            await self.between()

    async def read(self, reader_id: int) -> Timeline | None:
        assert reader_id == VIEWER
        self.reads += 1
        await self._pass()
        timeline = self.timeline
        await self._pass()
        return timeline

    async def position(self) -> LogPosition:
        await self._pass()
        position = LogPosition(EPOCH, BORN_MS, self.ring.number)
        await self._pass()
        return position

    async def _followees(self, user_id: int) -> Sequence[int]:
        assert user_id == VIEWER
        await self._pass()
        followees = list(self.followees)
        await self._pass()
        return followees

    async def _ids_by_authors(self, author_ids: Sequence[int], window: Window) -> Sequence[int]:
        assert VIEWER in author_ids
        assert window.limit > 0
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
        self.hydrations += 1
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


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Any floor; entries that are deleted, of people who are followed no more, below the floor, twice in the list, or
    not yet in it; a timeline that is missing or being built."""
    authors = draw(st.lists(AUTHORS, max_size=40))
    tweets, logged = made(authors, draw(st.integers(0, 40)), draw(st.integers(0, 3)))
    ids = [each.id for each in tweets]
    world = World(tweets, logged, draw(st.sets(AUTHORS)))
    world.deleted = set(draw(st.lists(st.sampled_from(ids), max_size=40))) if ids else set()
    if draw(st.booleans()):
        world.timeline = draw(timelines(world, ids))
    return world


@st.composite
def timelines(draw: st.DrawFn, world: World, ids: list[int]) -> Timeline:
    """Complete in [floor, newest] but for what is in the live log."""
    floor = draw(st.sampled_from([0, 1, *ids, *(each + 1 for each in ids)]))
    on_its_way = {each.id for each in world.tweets[world.logged] if draw(st.booleans())}
    listed = [each.id for each in world.tweets[: world.logged.stop] if each.id not in on_its_way]
    below = {each for each in listed if each < floor and draw(st.booleans())}
    entries = [each for each in listed if each >= floor or each in below]
    again = draw(st.lists(st.sampled_from(entries), max_size=3)) if entries else []
    order = draw(st.permutations(entries + again))
    return Timeline(draw(st.integers(0, 4)) > 0, b"epoch...", floor, 0, order)


def building(built_at: int) -> Timeline:
    return Timeline(False, b"epoch...", 0, built_at, ())
