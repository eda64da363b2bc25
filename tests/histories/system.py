"""The real thing as a history drives it: through its schema, on a real Postgres and Valkey, in this process, with
people and tweets by the numbers that the oracle gives them."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import asyncpg

from composition import Process
from domain.global_id import Kind, encode
from domain.graph import Follow
from events import Event, Followed
from stores.live.redis import KEYS as LIVE_KEYS
from stores.redis import Client
from tests.api.in_process import add_people, ask
from tests.histories import documents
from tests.histories.held_jobs import HeldJobs
from tests.support.clients import Json

KEPT_TABLES = ("migrations", "node_leases")
WORD = "harbour"
"""A word of every tweet."""


@dataclass(frozen=True, slots=True)
class Page:
    """Tweets by their numbers, with their cursors."""

    numbers: list[int]
    cursors: list[str]
    has_next: bool
    has_previous: bool
    end_cursor: str | None
    start_cursor: str | None


@dataclass
class System:
    process: Process
    client: Client
    database: asyncpg.Connection
    jobs: HeldJobs
    empty: Callable[[], Awaitable[None]]
    """Leaves those stores as good as new that are not in Postgres."""

    sources: Counter[str] = field(default_factory=Counter)
    """Of entries: how each got onto its page."""

    pages: Counter[str] = field(default_factory=Counter)
    """By what they were read from, as metrics tell."""

    user_ids: list[int] = field(default_factory=list)
    tweets: list[str] = field(default_factory=list)
    """Global ids by number."""

    async def reset(self) -> None:
        """As good as new. The live log goes on: what it tells is of people who are no more."""
        await self.jobs.forget()
        tables = await self.database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        names = {row["tablename"] for row in tables} - {*KEPT_TABLES}
        await self.empty()
        await self.database.execute(";".join(f"DELETE FROM {name}" for name in names))  # noqa: S608
        if rest := [key for key in await self.client.keys() if key.decode() not in LIVE_KEYS]:
            await self.client.delete(*rest)
        self.user_ids, self.tweets = [], []

    # Acts; whether they were done.

    async def populate(self, people: int, edges: Iterable[tuple[int, int]]) -> None:
        """People without a log-in, and who of them follows whom."""
        self.user_ids += await add_people(self.process, people, "p")
        mint = self.process.snowflakes.mint
        follows = [Follow(mint(), self.user_ids[who], self.user_ids[whom]) for who, whom in edges]
        pairs = tuple((follow.follower_id, follow.followee_id) for follow in follows)
        await self.process.stores.graph.follow(follows, Event(mint(), Followed(pairs)))

    async def sign_up(self) -> bool:
        name = f"p{len(self.user_ids)}"
        account = {"handle": name, "email": f"{name}@example.org", "password": "correct horse battery"}
        data = await ask(self.process, None, documents.SIGN_UP, input=account)
        payload = data["signUp"]
        [user_id] = (await self.process.stores.graph.ids_by_handle([name])).values()
        self.user_ids.append(user_id)
        return _done(payload)

    async def act(self, mutation: str, who: int, whom: int) -> bool:
        """One of those that take a person."""
        return _done(await self._mutate(documents.act(mutation), who, id=self._known()[whom]))

    async def protect(self, who: int, *, protected: bool) -> bool:
        return _done(await self._mutate(documents.PROTECT, who, protected=protected))

    async def post(self, who: int, *, reply_to: int | None = None, quote_of: int | None = None) -> bool:
        text = f"the {WORD}, number {len(self.tweets)}"
        draft = {"text": text, "inReplyToId": self._tweet(reply_to), "quoteOfId": self._tweet(quote_of)}
        payload = await self._mutate(documents.POST, who, input=draft)
        return _done(payload) and self._note(payload["tweet"]["id"])

    async def retweet(self, who: int, number: int) -> bool:
        payload = await self._mutate(documents.RETWEET, who, id=self.tweets[number])
        return _done(payload) and self._note(payload["retweet"]["id"])

    async def unretweet(self, who: int, number: int) -> bool:
        return _done(await self._mutate(documents.UNRETWEET, who, id=self.tweets[number]))

    async def delete(self, who: int, number: int) -> bool:
        return _done(await self._mutate(documents.DELETE, who, id=self.tweets[number]))

    # What passes by itself.

    async def saw(self, who: int, days: float) -> None:
        await self.process.activity.seen([self.user_ids[who]], _at(days))

    async def classify(self, days: float) -> None:
        await self.process.activity.classify(_at(days))

    async def refresh(self) -> None:
        await self.process.activity.refresh()

    async def lose_timelines(self, readers: Collection[int]) -> None:
        await self.process.stores.timelines.drop([self.user_ids[reader] for reader in readers])

    async def lose_indexes(self, authors: Collection[int]) -> None:
        await self.process.stores.pulled.drop([self.user_ids[author] for author in authors])

    async def settle(self) -> None:
        """All jobs are done, and later the live log holds nothing of that any more: pages are those of the lists."""
        await self.jobs.release()
        await self.jobs.run_others()
        await self.forget()

    async def forget(self) -> None:
        """An hour later the live log is empty, and whoever reads knows whether jobs wait since before that."""
        live, ring = self.process.stores.live, self.process.ring
        position = await live.position()
        await ring.reached(position)
        await live.trim(int((datetime.now(UTC).timestamp() + 1) * 1000))
        await ring.restart(position, position.number)
        await self.process.lag._look()

    # Reading.

    async def page(self, viewer: int, **arguments: Json) -> Page:
        timeline = (await self._ask(documents.TIMELINE, viewer, **arguments))["timeline"]
        edges, info = timeline["edges"], timeline["pageInfo"]
        self.sources.update(edge["source"] for edge in edges)
        return Page(
            numbers=self._tweet_numbers(edge["node"] for edge in edges),
            cursors=[edge["cursor"] for edge in edges],
            has_next=info["hasNextPage"],
            has_previous=info["hasPreviousPage"],
            start_cursor=info["startCursor"],
            end_cursor=info["endCursor"],
        )

    async def tweets_for(self, viewer: int | None) -> tuple[list[int], list[int]]:
        """The tweets that there are for a viewer, newest first: one by one, and by a search for all."""
        asked = self.tweets[::-1]
        data = await self._ask(documents.TWEETS, viewer, ids=asked, word=WORD)
        return self._tweet_numbers(filter(None, data["nodes"])), self._tweet_numbers(data["search"]["nodes"])

    async def people_for(self, viewer: int) -> list[Json]:
        """Everybody as a viewer sees them; lists are of numbers."""
        found: list[Json] = (await self._ask(documents.PEOPLE, viewer, ids=self._known()))["nodes"]
        for person in found:
            person["tweets"] = self._tweet_numbers(person["tweets"]["nodes"])
            person |= {name: self._people(person[name]) for name in ("followers", "following")}
        return found

    async def oneself(self, viewer: int) -> Json:
        """The lists that are for oneself alone, of numbers."""
        found = (await self._ask(documents.ONESELF, viewer))["viewer"]
        return {name: self._people(found[name]) for name in found}

    async def activity(self, person: int) -> str:
        """Somebody's class."""
        activity: str = (await self._ask("{ viewer { user { activity } } }", person))["viewer"]["user"]["activity"]
        return activity

    async def _ask(self, query: str, viewer: int | None, **variables: Json) -> Json:
        return await ask(self.process, None if viewer is None else self.user_ids[viewer], query, **variables)

    async def _mutate(self, query: str, who: int, **variables: Json) -> Json:
        [payload] = (await self._ask(query, who, **variables)).values()
        return payload

    def _note(self, tweet_id: str) -> bool:
        """Gives a tweet the next number, if it is new."""
        if tweet_id not in self.tweets:
            self.tweets.append(tweet_id)
        return True

    def _tweet(self, number: int | None) -> str | None:
        return None if number is None else self.tweets[number]

    def _tweet_numbers(self, nodes: Iterable[Json]) -> list[int]:
        return [self.tweets.index(node["id"]) for node in nodes]

    def _people(self, connection: Json) -> list[int]:
        known = self._known()
        return [known.index(node["id"]) for node in connection["nodes"]]

    def _known(self) -> list[str]:
        return [encode(Kind.USER, user_id) for user_id in self.user_ids]


def _done(payload: Json) -> bool:
    return not payload["userErrors"]


def _at(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)
