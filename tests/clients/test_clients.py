"""The client libraries that people have, as they come, against a running server."""

import asyncio
import json
import subprocess
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from gql import Client, GraphQLRequest, gql
from gql.client import AsyncClientSession
from gql.transport.exceptions import TransportConnectionFailed
from gql.transport.websockets import WebsocketsTransport
from websockets import ClientConnection, Close, ConnectionClosed

from tests.faults.writes import LOG_OUT
from tests.support.clients import CREATE_TWEET, PATIENCE_SECONDS, TIMELINE, UPDATES, Account
from tests.support.servers import RunningServer
from web.build import Toolchain, machine_toolchain, wheel_toolchain

HERE = Path(__file__).parent
INSTALLED = HERE / "node_modules" / ".package-lock.json"
LIBRARIES = {"graphql-ws": 4401, "apollo": "Socket closed with event 4401 Unauthorized", "urql": 4401}
"""What each makes of a session that is over."""

MakeAccount = Callable[[], Awaitable[Account]]
Events = AsyncGenerator[dict[str, Any], None]


@pytest.fixture(scope="session")
def node() -> Toolchain:
    """Node with the libraries installed: the machine's, or the one of the wheel."""
    toolchain = machine_toolchain() or wheel_toolchain()
    if toolchain is None:
        pytest.skip("needs Node")
    lock = HERE / "package-lock.json"
    if not INSTALLED.exists() or INSTALLED.stat().st_mtime < lock.stat().st_mtime:
        installing = subprocess.run([*toolchain.npm, "ci"], cwd=HERE, capture_output=True, timeout=300, check=False)
        if installing.returncode:
            pytest.skip(f"needs the packages of tests/clients: {installing.stderr.decode()[-300:]}")
    return toolchain


class Script:
    """A library at work: what it tells, and what it is told to do."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def tells(self, *lines: dict[str, Any]) -> None:
        for line in lines:
            assert await self._line() == line

    def do(self, command: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{command}\n".encode())

    async def _line(self) -> Any:
        assert self._process.stdout
        async with asyncio.timeout(PATIENCE_SECONDS):
            line = await self._process.stdout.readline()
        assert line, (await self._errors())[-2000:]
        return json.loads(line)

    async def _errors(self) -> str:
        assert self._process.stderr
        return (await self._process.stderr.read()).decode()


@asynccontextmanager
async def running(node: Toolchain, library: str, url: str, account: Account) -> AsyncIterator[Script]:
    command = [*node.node, f"{library}.mjs", url, account.token]
    process = await asyncio.create_subprocess_exec(*command, cwd=HERE, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        yield Script(process)
    finally:
        process.kill()
        await process.communicate()


@pytest.mark.node
@pytest.mark.parametrize(("library", "failure"), LIBRARIES.items(), ids=LIBRARIES)
async def test_a_library_of_node(
    library: str, failure: object, node: Toolchain, running_server: RunningServer, make_account: MakeAccount
) -> None:
    reader, author = await make_account(), await make_account()
    await reader.follow(author)
    async with running(node, library, address(running_server), reader) as script:
        await script.tells({"connected": True}, {"viewer": reader.handle}, {"posted": "over the socket"})
        script.do("listen")
        await script.tells({"listening": True})
        await author.tweet("first")
        await script.tells({"event": "first"})
        script.do("cut")
        await script.tells({"closed": 1006}, {"waiting": True})
        await author.tweet("while it was cut")
        script.do("retry")
        await script.tells({"connected": True}, {"event": "while it was cut"})
        script.do("stop")
        await script.tells({"stopped": True})
        await author.tweet("while nobody listened")
        script.do("listen")
        await script.tells({"listening": True}, {"event": "while nobody listened"})
        await reader.ask(LOG_OUT)
        await script.tells({"closed": 4401}, {"failed": failure})
        script.do("end")
        await script.tells({"ended": True})  # Nor has it tried again.


async def test_gql_of_python(running_server: RunningServer, make_account: MakeAccount) -> None:
    reader, author = await make_account(), await make_account()
    await reader.follow(author)
    async with connected(running_server, reader) as session:
        viewer = await session.execute(gql("{ viewer { user { handle } } }"))
        assert viewer == {"viewer": {"user": {"handle": reader.handle}}}
        tweet = await session.execute(asking(CREATE_TWEET, input={"text": "over the socket"}))
        assert tweet["createTweet"]["tweet"]["text"] == "over the socket"
        page = await session.execute(asking(TIMELINE, first=1))
        events = session.subscribe(asking(UPDATES, after=page["timeline"]["liveCursor"]))
        await author.tweet("first")
        cursor = await check_next(events, "first")
        await events.aclose()
        await author.tweet("while nobody listened")
        events = session.subscribe(asking(UPDATES, after=cursor))
        cursor = await check_next(events, "while nobody listened")
        connection_of(session).transport.abort()
        assert await closing(events) is None
    await author.tweet("while it was cut")
    async with connected(running_server, reader) as session:
        events = session.subscribe(asking(UPDATES, after=cursor))
        await check_next(events, "while it was cut")
        await reader.ask(LOG_OUT)
        assert await closing(events) == Close(4401, "Unauthorized")
    with pytest.raises(TransportConnectionFailed) as refused:
        async with connected(running_server, reader):
            pass
    assert close_frame(refused.value) == Close(4401, "Unauthorized")


def address(server: RunningServer) -> str:
    return server.url.replace("http", "ws", 1) + "/graphql"


@asynccontextmanager
async def connected(server: RunningServer, account: Account) -> AsyncIterator[AsyncClientSession]:
    payload = {"authorization": f"Bearer {account.token}"}
    protocols: list[Any] = ["graphql-transport-ws"]
    async with Client(
        transport=WebsocketsTransport(address(server), subprotocols=protocols, init_payload=payload)
    ) as made:
        yield made


def asking(query: str, **variables: Any) -> GraphQLRequest:
    return GraphQLRequest(query, variable_values=variables)


async def check_next(events: Events, text: str) -> str:
    """The next event is of a tweet with that text; its cursor."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        event = (await anext(events))["timelineUpdates"]
    assert (event["__typename"], event["tweet"]["text"]) == ("TimelineTweetAdded", text)
    cursor: str = event["cursor"]
    return cursor


async def closing(events: Events) -> Close | None:
    """The close frame that ended a stream with its connection, if one was received."""
    with pytest.raises(TransportConnectionFailed) as failed:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await anext(events)
    return close_frame(failed.value)


def close_frame(failure: TransportConnectionFailed) -> Close | None:
    assert isinstance(failure.__cause__, ConnectionClosed)
    return failure.__cause__.rcvd


def connection_of(session: AsyncClientSession) -> ClientConnection:
    transport = session.transport
    assert isinstance(transport, WebsocketsTransport)
    connection = transport.adapter.websocket
    assert connection is not None
    return connection
