"""What goes on while a page is read: posts, deletions, changes of relations and buildings of lists, each as the steps
that the services make one after another, any number of them at once."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from domain.tweets import Tweet
from events import Blocked, Body, Followed, Muted, TweetsDeleted, TweetsPosted, Unfollowed, Unmuted
from stores.timelines import State
from tests.unit.services.logs import BORN_MS, tweet_at
from tests.unit.services.timelines import FAMOUS, HOUR_MS, VIEWER, World, list_of

Step = Callable[[], object]
POSTS = ("post", "dated post", "retweet")
RELATIONS = ("follow", "unfollow", "mute", "unmute", "block")
KINDS = ("post", "post", *POSTS, "delete", *RELATIONS, "build", "expire", "index", "lose index")


class Happenings:
    """Of a world, in which nothing else changes."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._posted = 0
        self._begun = 0

    async def go_on(self, happenings: Sequence[tuple[str, int]], turns: Sequence[int], pace: Sequence[int]) -> None:
        """Makes all their steps, each time one of the happening whose turn it is. The ring reads the log now and then,
        and all of it in the end."""
        left = [deque(self._steps(kind, person)) for kind, person in happenings]
        for at in range(sum(map(len, left))):
            left = [steps for steps in left if steps]
            left[turns[at % len(turns)] % len(left)].popleft()()
            pauses = pace[at % len(pace)]
            for _ in range(pauses):
                await asyncio.sleep(0)
            if pauses % 2:
                await self.world.catch_up()
        await self.world.catch_up()

    def _steps(self, kind: str, person: int) -> Iterator[Step]:
        by_nobody = {
            "delete": self._delete,
            "build": self._build,
            "index": self._index,
            "expire": self._expire,
            "lose index": self._lose_index,
        }
        if kind in by_nobody:
            return by_nobody[kind]()
        return self._post(kind, person) if kind in POSTS else self._relate(kind, 2 + person % 3)

    def _post(self, kind: str, author: int) -> Iterator[Step]:
        """Committed, told to the log, and only then written to lists: to those of who follows then, and of one from
        long ago to resting ones as well."""
        self._posted += 1
        tweet = tweet_at(
            BORN_MS + 10 * HOUR_MS + self._posted,
            author,
            sequence=1000 + self._posted,
            dated_ms=BORN_MS + 1000 * self._posted if kind == "dated post" else None,
            retweet_of=5 if kind == "retweet" else None,
            pulled=author == FAMOUS,
        )
        yield lambda: self._commit(tweet)
        yield lambda: self._tell(TweetsPosted(((tweet.id, author),)), tweet.id)
        if tweet.pulled:
            yield lambda: self._push_to_index(tweet.id)
        else:
            yield lambda: self._push(tweet, set(State) if kind == "dated post" else {State.READY, State.BUILDING})

    def _commit(self, tweet: Tweet) -> None:
        self.world.tweets.append(tweet)
        if tweet.pulled:
            self.world.famous.add(tweet.author_id)

    def _tell(self, body: Body, tweet_id: int | None = None) -> None:
        self.world.log.append(body)
        if tweet_id:
            self.world.numbers[tweet_id] = len(self.world.log)

    def _push(self, tweet: Tweet, states: set[State]) -> None:
        timeline = self.world.timeline
        if timeline and timeline.state in states and tweet.author_id in self.world.followees | {VIEWER}:
            self.world.timeline = replace(timeline, ids=[tweet.id, *timeline.ids])

    def _push_to_index(self, tweet_id: int) -> None:
        index = self.world.indexes.get(FAMOUS) or list_of(State.READY, self._pulled())
        self.world.indexes[FAMOUS] = replace(index, ids=[tweet_id, *index.ids])

    def _pulled(self) -> list[int]:
        return [each.id for each in self.world.tweets if each.pulled and each.author_id == FAMOUS]

    def _delete(self) -> Iterator[Step]:
        """Of the oldest tweet that is left by then."""
        gone: list[tuple[int, int]] = []

        def commit() -> None:
            left = [(each.id, each.author_id) for each in self.world.tweets if each.id not in self.world.deleted]
            gone.extend(left[:1])
            self.world.deleted.update(tweet_id for tweet_id, _ in gone)

        yield commit
        yield lambda: self.world.log.extend(TweetsDeleted((tweet,)) for tweet in gone)

    def _relate(self, kind: str, other: int) -> Iterator[Step]:
        """A follow is merged, into whatever list there is, before the log tells of it."""
        followees, edge = self.world.followees, ((VIEWER, other),)
        match kind:
            case "follow":
                yield lambda: followees.add(other)
                yield lambda: self._merge(other)
                yield lambda: self._tell(Followed(edge))
            case "unfollow":
                yield lambda: followees.discard(other)
                yield lambda: self._tell(Unfollowed(edge))
            case "mute":
                yield lambda: self._mute(other, muted=True)
                yield lambda: self._tell(Muted(edge))
            case "unmute":
                yield lambda: self._mute(other, muted=False)
                yield lambda: self._tell(Unmuted(edge))
            case "block":
                yield lambda: self._be_blocked(other)
                yield lambda: self._tell(Blocked(((other, VIEWER),)))

    def _merge(self, followee: int) -> None:
        timeline = self.world.timeline
        if timeline:
            self.world.timeline = replace(timeline, ids=[*timeline.ids, *self.world.committed({followee})])

    def _mute(self, other: int, *, muted: bool) -> None:
        walls = self.world.boundaries
        self.world.boundaries = replace(walls, mutes=walls.mutes | {other} if muted else walls.mutes - {other})

    def _be_blocked(self, other: int) -> None:
        walls = self.world.boundaries
        self.world.boundaries = replace(walls, blocked_by=walls.blocked_by | {other})
        self.world.followees.discard(other)

    def _build(self) -> Iterator[Step]:
        """Begun, before follows and tweets are read; not ended where another one began meanwhile."""
        world = self.world
        self._begun += 1
        building = replace(list_of(State.BUILDING, ()), epoch=b"%08d" % self._begun)
        authors: set[int] = set()
        ids: list[int] = []

        def finish() -> None:
            if world.timeline and world.timeline.epoch == building.epoch:
                world.timeline = replace(world.timeline, state=State.READY, ids=[*world.timeline.ids, *ids])

        yield lambda: setattr(world, "timeline", building)
        yield lambda: authors.update(world.followees, {VIEWER})
        yield lambda: ids.extend(world.committed(authors))
        yield finish

    def _expire(self) -> Iterator[Step]:
        yield lambda: setattr(self.world, "timeline", None)

    def _lose_index(self) -> Iterator[Step]:
        yield lambda: self.world.indexes.pop(FAMOUS, None)

    def _index(self) -> Iterator[Step]:
        world = self.world
        self._begun += 1
        building = replace(list_of(State.BUILDING, ()), epoch=b"%08d" % self._begun)
        ids: list[int] = []

        def begin() -> None:
            index = world.indexes.get(FAMOUS)
            if not index or index.state is not State.READY:
                world.indexes[FAMOUS] = building

        def finish() -> None:
            index = world.indexes.get(FAMOUS)
            if index and index.epoch == building.epoch:
                world.indexes[FAMOUS] = replace(index, state=State.READY, ids=[*index.ids, *ids])

        yield begin
        yield lambda: ids.extend(self._pulled())
        yield finish
