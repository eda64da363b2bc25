"""Subscriptions on sockets of their own, of which it is known when they have begun."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest

from tests.conftest import MakeAccount
from tests.support.clients import Account, Json, Subscription, socket
from tests.support.servers import RunningServer

STREAMS = re.compile(r"^starling_live_streams (\d+)", re.MULTILINE)
BEGIN_SECONDS = 20.0

Listen = Callable[..., Awaitable[Subscription]]
Reader = Account | None
"""None: a guest."""


@pytest.fixture(params=["account", "guest"])
async def reader(request: pytest.FixtureRequest, make_account: MakeAccount) -> Reader:
    return await make_account() if request.param == "account" else None


@pytest.fixture
async def listening(running_server: RunningServer, http: httpx.AsyncClient) -> AsyncIterator[Listen]:
    """Subscribes for a reader, and waits until the server tells what happens from now on."""
    url, opened = running_server.url, 0
    await until_streams(http, url, 0)
    async with AsyncExitStack() as stack:

        async def listen(reader: Reader, query: str, **variables: Json) -> Subscription:
            nonlocal opened
            subscription = await stack.enter_async_context(subscribed(url, reader, query, **variables))
            opened += 1
            await until_streams(http, url, opened)
            return subscription

        yield listen


@asynccontextmanager
async def subscribed(url: str, reader: Reader, query: str, **variables: Json) -> AsyncIterator[Subscription]:
    """Whether or not it has begun, or is over."""
    async with socket(url, reader.token if reader else None) as live:
        yield await live.subscribe(query, **variables)


async def ids_until(subscription: Subscription, last: str) -> list[str]:
    """Ids of what is told up to a tweet."""
    return [event["id"] for event in await subscription.until(lambda event: event["id"] == last)]


async def until_streams(http: httpx.AsyncClient, url: str, number: int) -> None:
    """Waits until so many subscriptions are listened to at the server."""
    async with asyncio.timeout(BEGIN_SECONDS):
        while True:
            found = STREAMS.search((await http.get(f"{url}/metrics")).text)
            if found and int(found[1]) == number:
                return
            await asyncio.sleep(0.02)
