"""Sessions that end while their sockets are idle: these are closed soon, in whichever process, and no others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.api.asking import LOG_IN, LOG_OUT, REVOKE
from tests.faults.deployment import Deployment
from tests.support.clients import PASSWORD, UPDATES, Account, Socket, ask, sign_up, socket
from tests.support.servers import RunningServer

CLOSED_SECONDS = 5.0
EXPIRES = """UPDATE sessions SET expires_at = now() + interval '2 seconds'
    WHERE account_id = (SELECT id FROM accounts WHERE handle = $1) RETURNING expires_at"""

End = Callable[[Account, str, str], Awaitable[None]]
"""Ends the session of the second token, asked at the server of this URL, of an account with another one."""


@pytest.fixture(scope="module")
def another(deployment: Deployment) -> Iterator[RunningServer]:
    """The one process that holds the sockets."""
    with deployment.another_server() as server:
        yield server


async def log_out(account: Account, token: str, url: str) -> None:
    assert (await ask(account.http, url, LOG_OUT, token))["logOut"] == {"ok": True, "userErrors": []}


async def log_out_everywhere(account: Account, token: str, url: str) -> None:
    payload = (await ask(account.http, url, LOG_OUT, account.token, everywhere=True))["logOut"]
    assert payload == {"ok": True, "userErrors": []}


async def revoke(account: Account, token: str, url: str) -> None:
    """By the account's other session."""
    viewer = (await ask(account.http, url, "{ viewer { sessions { id isCurrent } } }", token))["viewer"]
    [current] = [each["id"] for each in viewer["sessions"] if each["isCurrent"]]
    payload = (await ask(account.http, url, REVOKE, account.token, id=current))["revokeSession"]
    assert payload == {"revokedSessionId": current, "userErrors": []}


async def log_in(account: Account) -> str:
    given = {"login": account.handle, "password": PASSWORD}
    token: str = (await ask(account.http, account.url, LOG_IN, input=given))["logIn"]["token"]
    return token


@asynccontextmanager
async def idle(url: str, token: str) -> AsyncIterator[list[Socket]]:
    """Two sockets: one that has asked for nothing, and one with a stream that tells nothing."""
    async with socket(url, token) as silent, socket(url, token) as listening:
        await listening.subscribe(UPDATES)
        await check_open(listening)
        yield [silent, listening]


async def check_open(live: Socket) -> None:
    await live.send({"type": "ping"})
    assert await live.receive() == {"type": "pong"}


async def check_closed(sockets: list[Socket]) -> None:
    async with asyncio.timeout(CLOSED_SECONDS):
        for live in sockets:
            with pytest.raises(ConnectionClosed) as closed:
                await live.receive()
            assert closed.value.rcvd
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4401, "Unauthorized")


@pytest.mark.parametrize("is_elsewhere", [False, True])
@pytest.mark.parametrize("end", [log_out, revoke, log_out_everywhere])
async def test_a_session_that_is_revoked(
    end: End, is_elsewhere: bool, deployment: Deployment, another: RunningServer, http: httpx.AsyncClient
) -> None:
    account, stranger = await sign_up(http, another.url), await sign_up(http, another.url)
    token = await log_in(account)
    at = deployment.server.url if is_elsewhere else another.url
    async with (
        idle(another.url, token) as ended,
        idle(another.url, account.token) as others,
        idle(another.url, stranger.token) as strangers,
    ):
        await end(account, token, at)
        await check_closed(ended + (others if end is log_out_everywhere else []))
        for live in strangers + ([] if end is log_out_everywhere else others):
            await check_open(live)


async def test_a_session_that_expires(deployment: Deployment, another: RunningServer, http: httpx.AsyncClient) -> None:
    account, stranger = await sign_up(http, another.url), await sign_up(http, another.url)
    database = await asyncpg.connect(deployment.postgres.url)
    try:
        expires: datetime = await database.fetchval(EXPIRES, account.handle)
    finally:
        await database.close()
    async with idle(another.url, stranger.token) as strangers, idle(another.url, account.token) as ended:
        await check_closed(ended)
        assert expires <= datetime.now(UTC)
        for live in strangers:
            await check_open(live)
