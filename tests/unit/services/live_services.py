"""Streams of a hub that runs for as long as they are read, on stores in memory."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection
from contextlib import aclosing, asynccontextmanager
from typing import Any, cast

from domain.accounts import Session
from services.live import LiveService, WatchedSessions
from services.live.streams import LiveStream
from services.presence import PresenceService
from services.ring import Ring
from stores.graph import GraphStore
from stores.live import LiveLog
from stores.tweets import TweetStore


class Presence:
    """Those who have a stream open, once for each time that they were noted."""

    def __init__(self) -> None:
        self.here: list[int] = []

    def came(self, account_id: int) -> None:
        self.here.append(account_id)

    def left(self, account_id: int) -> None:
        self.here.remove(account_id)


async def _current(session: Session) -> Session | None:
    return session


async def _used(_: Collection[int]) -> None:
    """Nobody looks."""


def live_service(
    graph: object, tweets: object, log: object, ring: Ring, presence: Presence | None = None
) -> LiveService:
    return LiveService(
        cast("GraphStore", graph),
        cast("TweetStore", tweets),
        cast("LiveLog", log),
        ring,
        cast("PresenceService", presence or Presence()),
        WatchedSessions(_current, _used),
    )


@asynccontextmanager
async def running(service: LiveService) -> AsyncIterator[LiveService]:
    """Its hub runs, from where the ring is now."""
    service.hub.start()
    hub = asyncio.create_task(service.hub.run())
    try:
        yield service
    finally:
        hub.cancel()
        await asyncio.gather(hub, return_exceptions=True)


async def told(service: LiveService, ask: Callable[[LiveService], Awaitable[LiveStream]]) -> AsyncGenerator[Any]:
    """What a stream tells, of a hub that runs meanwhile."""
    async with running(service), aclosing(aiter(await ask(service))) as events:
        async for event in events:
            yield event
