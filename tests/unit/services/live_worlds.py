"""A live service on stores in memory, whose hub goes on when a test says so, and listeners that note what they hear."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from domain.access import Boundaries
from domain.errors import Unavailable
from domain.graph import Followees, User
from domain.live import Happening
from domain.tweets import Tweet
from events import Body, TweetsPosted
from services.live.counts import WatchedTweets
from services.live.hub import Audience, Finder, Hub, Place
from services.live.streams import LiveStream
from services.live.timelines import HomeTimelines
from services.live.tweets import by_author, by_conversation
from services.live.viewers import Viewers
from services.presence import PresenceService
from services.ring import Ring
from stores.graph import GraphStore
from stores.live import LogPosition
from stores.tweets import TweetStore
from tests.unit.services.live_services import Presence
from tests.unit.services.logs import BORN_MS, EPOCH, entry
from tests.unit.services.people import Edge, person
from tests.unit.services.tweets import tweet

DEADLINE_SECONDS = 10.0


async def turns(number: int = 5) -> None:
    """Lets others have their turns."""
    for _ in range(number):
        await asyncio.sleep(0)


async def until(holds: Callable[[], object]) -> None:
    """Waits until it holds. Raises TimeoutError."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not holds():
            await asyncio.sleep(0)


@dataclass
class Listening:
    """What a listener was told; `slow` for as long as it has no room. `ends` are the errors of its ends, or None."""

    told: list[Any] = field(default_factory=list)
    ends: list[Exception | None] = field(default_factory=list)
    roomy: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.roomy.set()

    def happened(self, happening: Happening) -> None:
        assert not self.ends
        self.told.append(happening.event)

    def ended(self, last: Happening | None, error: Exception | None) -> None:
        if last:
            self.told.append(last.event)
        self.ends.append(error)

    async def room(self) -> None:
        await self.roomy.wait()


@dataclass
class Stores:
    """Graph and tweets. Methods in `down` are unavailable; what is read is so once `reading` has returned. `asked` are
    the calls."""

    people: dict[int, User] = field(default_factory=lambda: {each: person(each) for each in range(1, 10)})
    rows: dict[int, Tweet] = field(default_factory=dict)
    follows: set[Edge] = field(default_factory=set)
    blocks: set[Edge] = field(default_factory=set)
    mutes: set[Edge] = field(default_factory=set)
    down: set[str] = field(default_factory=set)
    asked: list[tuple[str, list[int]]] = field(default_factory=list)
    reading: Callable[[str], Awaitable[None]] | None = None

    async def tweets(self, tweet_ids: Sequence[int]) -> Mapping[int, Tweet]:
        found = {each: self.rows[each] for each in tweet_ids if each in self.rows}
        await self._ask("tweets", tweet_ids)
        return found

    async def users(self, user_ids: Sequence[int]) -> Mapping[int, User]:
        await self._ask("users", user_ids)
        return {each: self.people[each] for each in user_ids if each in self.people}

    async def ids_by_handle(self, handles: Sequence[str]) -> Mapping[str, int]:
        await self._ask("ids_by_handle", [])
        return {each.handle: each.id for each in self.people.values() if each.handle in handles}

    async def followees(self, user_id: int) -> Followees:
        await self._ask("followees", [user_id])
        return Followees(frozenset(followee for follower, followee in self.follows if follower == user_id))

    async def boundaries(self, user_id: int) -> Boundaries:
        await self._ask("boundaries", [user_id])
        return Boundaries(
            blocks=frozenset(blocked for blocker, blocked in self.blocks if blocker == user_id),
            blocked_by=frozenset(blocker for blocker, blocked in self.blocks if blocked == user_id),
            mutes=frozenset(muted for muter, muted in self.mutes if muter == user_id),
        )

    async def _ask(self, method: str, ids: Sequence[int]) -> None:
        self.asked.append((method, sorted(ids)))
        if self.reading:
            await self.reading(method)
        if method in self.down:
            raise Unavailable("graph")


class LiveWorld:
    """`others` are audiences beside the usual ones, before them."""

    def __init__(self, *others: Audience, capacity: int = 100) -> None:
        self.stores = Stores()
        self.ring = Ring(capacity)
        self.place = Place()
        self.presence = Presence()
        self.finder = Finder(cast("TweetStore", self.stores), cast("GraphStore", self.stores))
        self.viewers = Viewers(cast("GraphStore", self.stores), cast("PresenceService", self.presence))
        self.timelines = HomeTimelines(self.ring, self.finder, self.viewers, self.place)
        self.authors = by_author(self.viewers)
        self.conversations = by_conversation(self.viewers)
        self.counts = WatchedTweets(self.finder, self.viewers)
        audiences = (*others, self.timelines, self.authors, self.conversations, self.counts)
        self.hub = Hub(self.ring, self.finder, self.viewers, self.place, audiences)

    async def begin(self, *, epoch: str = EPOCH, before: int = 0) -> None:
        """The ring begins anew; the hub is told nothing."""
        await self.ring.restart(LogPosition(epoch, BORN_MS, before), before)

    async def happens(self, *bodies: Body | None) -> None:
        """The ring reads what the log tells; the hub does not yet."""
        await self.ring.append([entry(self.ring.number + at, body) for at, body in enumerate(bodies, 1)])

    async def post(self, *tweets: Tweet) -> None:
        """They are committed, and in the ring."""
        self.stores.rows |= {each.id: each for each in tweets}
        await self.happens(*(TweetsPosted(((each.id, each.author_id),)) for each in tweets))

    async def tell(self) -> None:
        """The hub goes on to where the ring is."""
        while self.place.epoch != self.ring.epoch or self.place.number < self.ring.number:
            await self.hub.tell_more()

    async def home(self, viewer_id: int, number: int | None = None, epoch: str | None = None) -> LiveStream:
        """The stream of a home timeline, from a number on, by default that of the ring."""
        viewer = await self.viewers.enter(viewer_id)
        number = self.ring.number if number is None else number
        return self.timelines.stream(viewer, epoch or self.ring.epoch, number)


def listen(stream: LiveStream) -> Listening:
    listening = Listening()
    stream.listen(listening)
    return listening


def tweets_by(author_id: int, *tweet_ids: int) -> list[Tweet]:
    return [tweet(each, author_id) for each in tweet_ids]
