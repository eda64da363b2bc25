"""Stores in memory, which remember how they were called."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TypeVar, cast

from domain.access import OPEN, Boundaries
from domain.accounts import Account
from domain.errors import Unavailable
from domain.graph import User
from domain.media import Media
from domain.page import Link, Window
from domain.tweets import Tweet, ViewerMarks
from loaders import Stores

K = TypeVar("K")
V = TypeVar("V")


def links(keys: Iterable[int], window: Window) -> list[Link]:
    """The window's part of a list whose keys are 1,000 above its nodes' ids."""
    inside = [key for key in keys if (window.high is None or key < window.high)]
    return [Link(key, key - 1000) for key in sorted(inside, reverse=True)[: window.limit]]


@dataclass
class World:
    """What the stores hold, and `calls`: (method, number of keys) of each call. Stores in `down` are unavailable."""

    accounts: dict[int, Account] = field(default_factory=dict)
    users: dict[int, User] = field(default_factory=dict)
    tweets: dict[int, Tweet] = field(default_factory=dict)
    follows: set[tuple[int, int]] = field(default_factory=set)
    requests: set[tuple[int, int]] = field(default_factory=set)
    boundaries: dict[int, Boundaries] = field(default_factory=dict)
    present: set[int] = field(default_factory=set)
    liked: set[tuple[int, int]] = field(default_factory=set)
    retweeted: set[tuple[int, int]] = field(default_factory=set)
    lists: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    calls: list[tuple[str, int]] = field(default_factory=list)
    media: dict[int, Media] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)

    @property
    def counts(self) -> Counter[str]:
        """Calls by method."""
        return Counter(method for method, _ in self.calls)

    def record(self, store: str, method: str, keys: Sequence[object]) -> None:
        assert len(set(keys)) == len(keys), f"{method}: a key was asked for twice"
        self.calls.append((f"{store}.{method}", len(keys)))
        if store in self.down:
            raise Unavailable(store)

    def stores(self) -> Stores:
        fakes = FakeAccounts(self), FakeGraph(self), FakeTweets(self), FakeMedia(self), FakePresence(self)
        names = "accounts", "graph", "tweets", "media", "presence"
        return cast("Stores", SimpleNamespace(**dict(zip(names, fakes, strict=True))))


class FakeAccounts:
    def __init__(self, world: World) -> None:
        self.world = world

    async def by_ids(self, account_ids: Sequence[int]) -> Mapping[int, Account]:
        self.world.record("accounts", "by_ids", account_ids)
        return _found(self.world.accounts, account_ids)


class FakeGraph:
    def __init__(self, world: World) -> None:
        self.world = world

    async def users(self, user_ids: Sequence[int]) -> Mapping[int, User]:
        self.world.record("graph", "users", user_ids)
        return _found(self.world.users, user_ids)

    async def ids_by_handle(self, handles: Sequence[str]) -> Mapping[str, int]:
        self.world.record("graph", "ids_by_handle", handles)
        return _found({user.handle.lower(): user.id for user in self.world.users.values()}, handles)

    async def following_among(self, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
        pairs = list(pairs)
        self.world.record("graph", "following_among", pairs)
        return self.world.follows.intersection(pairs)

    async def requests_among(self, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
        pairs = list(pairs)
        self.world.record("graph", "requests_among", pairs)
        return self.world.requests.intersection(pairs)

    async def boundaries(self, user_id: int) -> Boundaries:
        self.world.record("graph", "boundaries", [user_id])
        return self.world.boundaries.get(user_id, OPEN)

    async def followers(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return _pages(self.world, "graph", "followers", user_ids, window)

    async def following(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return _pages(self.world, "graph", "following", user_ids, window)

    async def follow_requests(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return _pages(self.world, "graph", "follow_requests", user_ids, window)

    async def blocked(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return _pages(self.world, "graph", "blocked", user_ids, window)

    async def muted(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return _pages(self.world, "graph", "muted", user_ids, window)


class FakeTweets:
    def __init__(self, world: World) -> None:
        self.world = world

    async def tweets(self, tweet_ids: Sequence[int]) -> Mapping[int, Tweet]:
        self.world.record("tweets", "tweets", tweet_ids)
        return _found(self.world.tweets, tweet_ids)

    async def viewer_marks(self, viewer_id: int, tweet_ids: Sequence[int]) -> Mapping[int, ViewerMarks]:
        self.world.record("tweets", "viewer_marks", tweet_ids)
        liked, retweeted = self.world.liked, self.world.retweeted
        return {each: ViewerMarks((viewer_id, each) in liked, (viewer_id, each) in retweeted) for each in tweet_ids}

    async def likes_among(self, user_ids: Collection[int], tweet_ids: Collection[int]) -> set[tuple[int, int]]:
        self.world.record("tweets", "likes_among", list(tweet_ids))
        return {(user, tweet) for user, tweet in self.world.liked if user in user_ids and tweet in tweet_ids}

    async def retweets_among(self, user_ids: Collection[int], tweet_ids: Collection[int]) -> set[tuple[int, int]]:
        self.world.record("tweets", "retweets_among", list(tweet_ids))
        return {(user, tweet) for user, tweet in self.world.retweeted if user in user_ids and tweet in tweet_ids}

    async def tweet_counts(self, author_ids: Sequence[int]) -> Mapping[int, int]:
        self.world.record("tweets", "tweet_counts", author_ids)
        authors = Counter(tweet.author_id for tweet in self.world.tweets.values())
        return {author: authors[author] for author in author_ids}

    async def by_author(
        self, author_ids: Sequence[int], window: Window, *, include_replies: bool
    ) -> Mapping[int, Sequence[Link]]:
        name = "posts_and_replies" if include_replies else "posts"
        return _pages(self.world, "tweets", name, author_ids, window)

    async def replies(self, tweet_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return _pages(self.world, "tweets", "replies", tweet_ids, window)

    async def quotes(self, tweet_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return _pages(self.world, "tweets", "quotes", tweet_ids, window)

    async def ancestors(self, tweet_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return _pages(self.world, "tweets", "ancestors", tweet_ids, window)

    async def likes(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return _pages(self.world, "tweets", "likes", user_ids, window)

    async def liked_by(self, tweet_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return _pages(self.world, "tweets", "liked_by", tweet_ids, window)

    async def retweeted_by(self, tweet_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return _pages(self.world, "tweets", "retweeted_by", tweet_ids, window)


class FakeMedia:
    def __init__(self, world: World) -> None:
        self.world = world

    async def media(self, media_ids: Sequence[int]) -> Mapping[int, Media]:
        self.world.record("media", "media", media_ids)
        return _found(self.world.media, media_ids)


class FakePresence:
    def __init__(self, world: World) -> None:
        self.world = world

    async def present(self, account_ids: Sequence[int]) -> set[int]:
        self.world.record("presence", "present", account_ids)
        return self.world.present.intersection(account_ids)


def _found(rows: Mapping[K, V], keys: Sequence[K]) -> dict[K, V]:
    return {key: rows[key] for key in keys if key in rows}


def _pages(world: World, store: str, name: str, keys: Sequence[int], window: Window) -> dict[int, list[Link]]:
    world.record(store, name, keys)
    return {key: links(world.lists.get((name, key), ()), window) for key in keys if (name, key) in world.lists}
