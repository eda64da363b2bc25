"""Picks the adapters by the schemes of the settings' URLs, and opens them."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from domain.activity import Fame
from domain.errors import Unavailable
from settings import Settings
from stores.accounts import AccountStore
from stores.accounts.postgres import PostgresAccounts
from stores.cache import Cache
from stores.cache.redis import RedisCache
from stores.events import EventLog
from stores.events.postgres import PostgresEvents
from stores.graph import GraphStore
from stores.graph.postgres import PostgresGraph
from stores.imports import ImportRuns
from stores.imports.postgres import PostgresImports
from stores.live import LiveLog
from stores.live.redis import RedisLiveLog
from stores.nodes import NodeLeases
from stores.nodes.postgres import PostgresNodes
from stores.postgres import Database
from stores.presence import Presence
from stores.presence.redis import RedisPresence
from stores.queue import Queue
from stores.queue.redis import RedisQueue
from stores.redis import Client, answering, open_client
from stores.search import SearchStore
from stores.search.postgres import PostgresSearch
from stores.timelines import TimelineStore
from stores.timelines.redis import RedisTimelines
from stores.tweets import TweetStore
from stores.tweets.postgres import PostgresTweets

POSTGRES_SCHEMES = ("postgres", "postgresql")
REDIS_SCHEMES = ("redis", "rediss", "unix")
HEALTH_SECONDS = 2.0


class WrongUrl(Exception):
    """A store's URL is missing or names no adapter; the message names the setting and the mend."""


@dataclass(frozen=True, slots=True)
class Stores:
    """One adapter a port."""

    accounts: AccountStore
    graph: GraphStore
    tweets: TweetStore
    search: SearchStore
    cache: Cache
    presence: Presence
    timelines: TimelineStore
    pulled: TimelineStore
    live: LiveLog
    queue: Queue
    nodes: NodeLeases
    imports: ImportRuns
    event_logs: tuple[EventLog, ...]
    checks: Mapping[str, Callable[[], Awaitable[object]]]
    """A cheap call to each server, by its name."""

    async def health(self) -> dict[str, float | None]:
        """Milliseconds that each server took to answer; None for one that does not within HEALTH_SECONDS."""
        latencies = await asyncio.gather(*map(_latency_ms, self.checks.values()))
        return dict(zip(self.checks, latencies, strict=True))


@asynccontextmanager
async def open_stores(settings: Settings) -> AsyncIterator[Stores]:
    """Opens all stores; one pool per server, whichever ports it serves. Raises WrongUrl, or Unavailable."""
    async with AsyncExitStack() as stack:
        database = await Database.open(store_url("DATABASE_URL", settings.database_url, POSTGRES_SCHEMES))
        stack.push_async_callback(database.close)
        cache = open_client(store_url("REDIS_URL", settings.redis_url, REDIS_SCHEMES))
        stack.push_async_callback(cache.aclose)
        queue = cache
        if settings.queue_url and settings.queue_url != settings.redis_url:
            queue = open_client(store_url("QUEUE_URL", settings.queue_url, REDIS_SCHEMES))
            stack.push_async_callback(queue.aclose)
        yield _assemble(settings, database, cache, queue)


def _assemble(settings: Settings, database: Database, cache: Client, queue: Client) -> Stores:
    return Stores(
        accounts=PostgresAccounts(database),
        graph=PostgresGraph(database, Fame(settings.famous_followers)),
        tweets=PostgresTweets(database),
        search=PostgresSearch(database),
        cache=RedisCache(cache),
        presence=RedisPresence(cache),
        timelines=RedisTimelines(cache, settings.timeline_size, keep_seconds=_kept_seconds(settings)),
        pulled=RedisTimelines(cache, settings.timeline_size, "pulled"),
        live=RedisLiveLog(queue),
        queue=RedisQueue(queue, settings.live_log_entries, settings.queue_length),
        nodes=PostgresNodes(database),
        imports=PostgresImports(database),
        event_logs=(PostgresEvents(database),),
        checks={
            "postgres": lambda: _ask_postgres(database),
            "redis": lambda: _ping(cache, "cache"),
            "queue": lambda: _ping(queue, "queue"),
        },
    )


def _kept_seconds(settings: Settings) -> int:
    """Timelines expire with the window in which readers are active. A passive reader's must last until it is refreshed
    again."""
    return math.ceil(max(settings.active_days * 86_400, settings.refresh_hours * 7_200))


async def _latency_ms(check: Callable[[], Awaitable[object]]) -> float | None:
    started = time.perf_counter()
    try:
        async with asyncio.timeout(HEALTH_SECONDS):
            await check()
    except (Unavailable, TimeoutError):
        return None
    return round((time.perf_counter() - started) * 1000, 1)


async def _ask_postgres(database: Database) -> None:
    async with database.connection("accounts") as connection:
        await connection.execute("SELECT 1")


async def _ping(client: Client, store: str) -> None:
    async with answering(store):
        await client.ping()


def store_url(name: str, url: str | None, schemes: tuple[str, ...]) -> str:
    """The URL, where its scheme is one of these. Raises WrongUrl."""
    if url is None or urlsplit(url).scheme not in schemes:
        given = f"it has {urlsplit(url).scheme}://" if url else "it is not set"
        raise WrongUrl(f"STARLING_{name} must be a URL of {' or '.join(f'{s}://' for s in schemes)}; {given}.")
    return url
