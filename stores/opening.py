"""Picks the adapters by the schemes of the settings' URLs, and opens them."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
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
from stores.graph import GraphStore
from stores.graph.postgres import PostgresGraph
from stores.imports import ImportRuns
from stores.imports.postgres import PostgresImports
from stores.live import LiveLog
from stores.live.redis import RedisLiveLog
from stores.media import MediaFiles, MediaStore
from stores.media.postgres import PostgresMedia
from stores.nodes import NodeLeases
from stores.nodes.postgres import PostgresNodes
from stores.presence import Presence
from stores.presence.redis import RedisPresence
from stores.queue import Queue
from stores.queue.redis import RedisQueue
from stores.redis import Client
from stores.search import SearchStore
from stores.search.postgres import PostgresSearch
from stores.servers import Servers
from stores.timelines import TimelineStore
from stores.timelines.fleet import settle
from stores.timelines.redis import RedisTimelines
from stores.timelines.spread import SpreadTimelines
from stores.tweets import TweetStore
from stores.tweets.postgres import PostgresTweets
from stores.urls import CASSANDRA, ELASTICSEARCH, NEO4J, checked_timeline_urls, checked_urls

HEALTH_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Stores:
    """One adapter a port."""

    accounts: AccountStore
    graph: GraphStore
    tweets: TweetStore
    search: SearchStore
    media: MediaStore
    files: MediaFiles
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
    urls = checked_urls(settings)
    async with AsyncExitStack() as stack:
        servers = Servers(stack)
        database = await servers.postgres(urls["DATABASE_URL"])
        cache, queue = servers.redis("redis", urls["REDIS_URL"]), servers.redis("queue", urls["QUEUE_URL"])
        lists = await _timeline_servers(servers, settings)
        yield Stores(
            accounts=PostgresAccounts(database),
            graph=await _graph(servers, urls["GRAPH_URL"], Fame(settings.famous_followers)),
            tweets=await _tweets(servers, urls["TWEETS_URL"]),
            search=await _search(servers, urls["SEARCH_URL"]),
            media=PostgresMedia(database),
            files=await servers.media(urls["MEDIA_URL"], settings.origin),
            cache=RedisCache(cache),
            presence=RedisPresence(cache),
            timelines=_timelines(lists, settings.timeline_size, "timeline", _kept_seconds(settings)),
            pulled=_timelines(lists, settings.timeline_size, "pulled", None),
            live=RedisLiveLog(queue),
            queue=RedisQueue(queue, settings.live_log_entries, settings.queue_length),
            nodes=PostgresNodes(database),
            imports=PostgresImports(database),
            event_logs=tuple(servers.event_logs),
            checks=servers.checks,
        )


async def _graph(servers: Servers, url: str, fame: Fame) -> GraphStore:
    if urlsplit(url).scheme in NEO4J:
        return await servers.neo4j(url, fame)
    return PostgresGraph(await servers.postgres(url), fame)


async def _tweets(servers: Servers, url: str) -> TweetStore:
    if urlsplit(url).scheme in CASSANDRA:
        return await servers.cassandra(url)
    return PostgresTweets(await servers.postgres(url))


async def _search(servers: Servers, url: str) -> SearchStore:
    if urlsplit(url).scheme in ELASTICSEARCH:
        return await servers.elasticsearch(url)
    return PostgresSearch(await servers.postgres(url))


async def _timeline_servers(servers: Servers, settings: Settings) -> Sequence[Client]:
    urls = checked_timeline_urls(settings)
    names = [f"timelines-{number}" for number in range(1, len(urls) + 1)] if settings.timeline_urls else ["redis"]
    clients = [servers.redis(name, url) for name, url in zip(names, urls, strict=True)]
    await settle(clients)
    return clients


def _timelines(clients: Sequence[Client], size: int, kind: str, keep_seconds: int | None) -> TimelineStore:
    parts = [RedisTimelines(client, size, kind, keep_seconds) for client in clients]
    return SpreadTimelines(parts) if len(parts) > 1 else parts[0]


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
