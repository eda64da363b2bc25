"""How many sockets an address and an account may have open, on a server that allows few; one that has closed makes
room for another, however it closed."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.api.conftest import FAILURES
from tests.api.test_bad_sockets import closing
from tests.embedded.owners import new_folder
from tests.support.clients import PATIENCE_SECONDS, sign_up
from tests.support.servers import RunningServer

PER_ACCOUNT, PER_ADDRESS = 2, 4
TOO_MANY = (1013, "At most 2 sockets per account")
PROTOCOLS = [Subprotocol("graphql-transport-ws")]

Open = Callable[[], Awaitable[ClientConnection]]
End = Callable[[ClientConnection], Awaitable[None]]


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    limits = {"sockets_per_account": str(PER_ACCOUNT), "sockets_per_address": str(PER_ADDRESS)}
    with new_folder() as folder:
        server = RunningServer(folder, **limits).start()
        yield server
        server.close()
        assert not FAILURES.search(server.log_path.read_bytes()), server.log_path.read_text()


@pytest.fixture
async def open_socket(server: RunningServer) -> AsyncIterator[Open]:
    """Shakes hands. Raises InvalidStatus where that is refused."""
    async with AsyncExitStack() as stack:

        async def opened() -> ClientConnection:
            url = server.url.replace("http", "ws", 1) + "/graphql"
            return await stack.enter_async_context(connect(url, subprotocols=PROTOCOLS))

        yield opened


async def initialised(connection: ClientConnection, token: str | None = None) -> bool:
    """Whether it was acknowledged; else it is closed since its account has too many."""
    payload = {"authorization": f"Bearer {token}"} if token else {}
    await connection.send(json.dumps({"type": "connection_init", "payload": payload}))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert json.loads(await connection.recv()) == {"type": "connection_ack"}
    except ConnectionClosed:
        assert await closing(connection) == TOO_MANY
        return False
    return True


async def check_refused(open_socket: Open) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await open_socket()
    response = refused.value.response
    assert (response.status_code, response.body) == (429, b"At most 4 sockets per address")


async def admitted(open_socket: Open) -> ClientConnection:
    """As soon as there is room: the server takes a moment to know that another has closed."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                return await open_socket()
            except InvalidStatus:
                await asyncio.sleep(0.01)


async def close(connection: ClientConnection) -> None:
    await connection.close()


async def cut(connection: ClientConnection) -> None:
    connection.transport.abort()


async def misbehave(connection: ClientConnection) -> None:
    """The server closes it."""
    await connection.send("{")
    assert (await closing(connection))[0] == 4400


ENDS = [close, cut, misbehave]


@pytest.mark.parametrize("end", ENDS)
async def test_an_address(open_socket: Open, end: End) -> None:
    """Guests count as well, and sockets that have not said yet whose they are."""
    sockets = [await admitted(open_socket) for _ in range(PER_ADDRESS)]
    assert await initialised(sockets[0])
    await check_refused(open_socket)
    await check_refused(open_socket)
    for connection in sockets[:2]:
        await end(connection)
        await admitted(open_socket)
        await check_refused(open_socket)
    assert await initialised(sockets[2])


@pytest.mark.parametrize("end", ENDS)
async def test_an_account(server: RunningServer, http: httpx.AsyncClient, open_socket: Open, end: End) -> None:
    """Sockets that it is refused take no room of its address, and those of others go on."""
    mine, theirs = await sign_up(http, server.url), await sign_up(http, server.url)
    sockets = [await admitted(open_socket) for _ in range(PER_ACCOUNT)]
    assert [await initialised(connection, mine.token) for connection in sockets] == [True] * PER_ACCOUNT
    other = await admitted(open_socket)
    for _ in range(PER_ADDRESS + 1):
        assert not await initialised(await admitted(open_socket), mine.token)
    assert await initialised(other, theirs.token)
    await end(sockets[0])
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await initialised(await admitted(open_socket), mine.token):
            pass
    assert not await initialised(await admitted(open_socket), mine.token)
    assert await (await sockets[1].ping()) >= 0
    assert await (await other.ping()) >= 0
