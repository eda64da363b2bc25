"""Stores and services in memory, which remember how they were called."""

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, TypeVar, cast

from domain.accounts import Account, Session
from domain.errors import Unavailable
from domain.global_id import Kind, encode
from domain.graph import User
from domain.live import TimelineEvent
from domain.page import Link, PageInfo, Window, encode_cursor
from domain.search import Hit, SearchType
from domain.timelines import TimelineEdge, TimelinePage, TimelineSource
from domain.tweets import Tweet, ViewerMarks
from loaders import Stores
from resolvers.context import Context
from schema import build_schema
from services import Services
from services.accounts import Origin, SignedIn
from services.tweets import TweetDraft

SCHEMA = build_schema()
logging.getLogger("strawberry.execution").disabled = True  # It writes a traceback per error: some have 10,000.
NOW = datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
K = TypeVar("K")
V = TypeVar("V")


def user_id(number: int) -> str:
    return encode(Kind.USER, number)


def tweet_id(number: int) -> str:
    return encode(Kind.TWEET, number)


def make_user(number: int, *, last_seen_at: datetime | None = None) -> User:
    return User(number, f"User{number}", f"Name {number}", "", 3, 1 << 40, last_seen_at)


def make_tweet(
    number: int,
    author: int = 1,
    text: str = "hello",
    *,
    root: int | None = None,
    reply_to: int | None = None,
    retweet_of: int | None = None,
    quote_of: int | None = None,
) -> Tweet:
    return Tweet(number, number, author, text, root or number, reply_to, retweet_of, quote_of, 1, 2, 3, 4)


def make_session(account_id: int, number: int = 900) -> Session:
    return Session(number, account_id, b"", "curl", NOW, NOW)


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
    liked: set[tuple[int, int]] = field(default_factory=set)
    lists: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    calls: list[tuple[str, int]] = field(default_factory=list)
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
        fakes = SimpleNamespace(accounts=FakeAccounts(self), graph=FakeGraph(self), tweets=FakeTweets(self))
        return cast("Stores", fakes)


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

    async def followers(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return _pages(self.world, "graph", "followers", user_ids, window)

    async def following(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return _pages(self.world, "graph", "following", user_ids, window)


class FakeTweets:
    def __init__(self, world: World) -> None:
        self.world = world

    async def tweets(self, tweet_ids: Sequence[int]) -> Mapping[int, Tweet]:
        self.world.record("tweets", "tweets", tweet_ids)
        return _found(self.world.tweets, tweet_ids)

    async def viewer_marks(self, viewer_id: int, tweet_ids: Sequence[int]) -> Mapping[int, ViewerMarks]:
        self.world.record("tweets", "viewer_marks", tweet_ids)
        return {each: ViewerMarks((viewer_id, each) in self.world.liked, retweeted=False) for each in tweet_ids}

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


def _found(rows: Mapping[K, V], keys: Sequence[K]) -> dict[K, V]:
    return {key: rows[key] for key in keys if key in rows}


def _pages(world: World, store: str, name: str, keys: Sequence[int], window: Window) -> dict[int, list[Link]]:
    world.record(store, name, keys)
    return {key: links(world.lists.get((name, key), ()), window) for key in keys if (name, key) in world.lists}


class FakeServices:
    """Acts on a world; keeps what it was called with in `acts`. `refusal`, where given, is raised by every write."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.acts: list[tuple[object, ...]] = []
        self.refusal: Exception | None = None
        self.timeline: list[Tweet] = []
        self.found: list[Hit] = []
        self.events: list[TimelineEvent] = []
        self.streams_closed = 0

    def act(self, *what: object) -> None:
        if self.refusal:
            raise self.refusal
        self.acts.append(what)

    def services(self) -> Services:
        rest = dict.fromkeys(("accounts", "graph", "timelines", "search", "live"), self)
        return cast("Services", SimpleNamespace(**rest, tweets=FakeTweetService(self)))

    async def sign_up(
        self, *, handle: str, email: str, password: str, display_name: str | None, origin: Origin
    ) -> SignedIn:
        self.act("sign_up", handle, email, password, display_name, origin)
        return SignedIn("secret", make_session(2))

    async def log_in(self, *, login: str, password: str, origin: Origin) -> SignedIn:
        self.act("log_in", login, password, origin)
        return SignedIn("secret", make_session(2))

    async def log_out(self, session: Session, *, everywhere: bool) -> None:
        self.act("log_out", session.id, everywhere)

    async def revoke_session(self, session: Session, session_id: int) -> None:
        self.act("revoke_session", session.id, session_id)

    async def sessions(self, account_id: int) -> Sequence[Session]:
        return [make_session(account_id), make_session(account_id, 901)]

    async def follow(self, viewer_id: int, followee_id: int) -> None:
        self.act("follow", viewer_id, followee_id)
        self.world.follows.add((viewer_id, followee_id))

    async def unfollow(self, viewer_id: int, followee_id: int) -> None:
        self.act("unfollow", viewer_id, followee_id)
        self.world.follows.discard((viewer_id, followee_id))

    async def update_profile(self, viewer_id: int, *, display_name: str | None, bio: str | None) -> None:
        self.act("update_profile", viewer_id, display_name, bio)

    async def page(
        self, viewer_id: int, *, first: int | None, after: str | None, last: int | None, before: str | None
    ) -> TimelinePage:
        self.act("timeline", viewer_id, first, after, last, before)
        shown = self.timeline[:first]
        edges = [TimelineEdge(encode_cursor("timeline", tweet.id), tweet, TimelineSource.PUSHED) for tweet in shown]
        return TimelinePage(edges, PageInfo(False, False, None, None), "live")

    async def hits(self, query: str, kind: SearchType, limit: int, after: str | None) -> Sequence[tuple[str, Hit]]:
        self.act("search", query, kind, limit, after)
        return [(f"c{hit.id}", hit) for hit in self.found[:limit]]

    async def timeline_updates(self, viewer_id: int, after: str | None) -> AsyncGenerator[TimelineEvent, None]:
        self.act("timeline_updates", viewer_id, after)
        try:
            for event in self.events:
                yield event
        finally:
            self.streams_closed += 1


class FakeTweetService:
    def __init__(self, services: FakeServices) -> None:
        self.act = services.act
        self.world = services.world

    async def create(self, viewer_id: int, draft: TweetDraft) -> int:
        self.act("create", viewer_id, draft)
        self.world.tweets[77] = make_tweet(77, viewer_id, draft.text)
        return 77

    async def delete(self, viewer_id: int, number: int) -> None:
        self.act("delete", viewer_id, number)
        del self.world.tweets[number]

    async def like(self, viewer_id: int, number: int) -> int:
        self.act("like", viewer_id, number)
        self.world.liked.add((viewer_id, number))
        return number

    async def unlike(self, viewer_id: int, number: int) -> int:
        self.act("unlike", viewer_id, number)
        self.world.liked.discard((viewer_id, number))
        return number

    async def retweet(self, viewer_id: int, number: int) -> tuple[int, int]:
        self.act("retweet", viewer_id, number)
        self.world.tweets[78] = make_tweet(78, viewer_id, "", retweet_of=number)
        return 78, number

    async def unretweet(self, viewer_id: int, number: int) -> tuple[int, int | None]:
        self.act("unretweet", viewer_id, number)
        return number, 78 if self.world.tweets.pop(78, None) else None


@dataclass
class FakeCookies:
    session: tuple[str, datetime] | None = None
    cleared: bool = False

    def set_session(self, token: str, expires: datetime) -> None:
        self.session = (token, expires)

    def clear_session(self) -> None:
        self.cleared = True


@dataclass
class Api:
    """The schema over a world. Each query is an operation of its own, by `viewer`."""

    world: World = field(default_factory=World)
    viewer: Session | None = None
    cookies: FakeCookies | None = None

    def __post_init__(self) -> None:
        self.fake = FakeServices(self.world)

    def context(self) -> Context:
        client = SimpleNamespace(address="192.0.2.1", user_agent="curl")
        return Context(self.viewer, client, self.cookies, self.fake.services(), self.world.stores())

    async def run(self, query: str) -> tuple[Any, list[tuple[list[str | int], Exception]]]:
        """Data, and (path, cause) of each error."""
        result = await SCHEMA.execute(query, context_value=self.context())
        return result.data, [(error.path or [], error.original_error or error) for error in result.errors or ()]

    async def data(self, query: str) -> Any:
        """The data of a query that must succeed."""
        data, errors = await self.run(query)
        assert errors == []
        assert data is not None
        return data
