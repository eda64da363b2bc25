"""The client libraries that people have, as they come, against a running server."""

import asyncio
import json
import subprocess
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from gql import Client, GraphQLRequest
from gql.transport.exceptions import TransportClosed, TransportConnectionFailed
from gql.transport.websockets import WebsocketsTransport

from tests.faults.writes import LOG_OUT
from tests.support.clients import PATIENCE_SECONDS, TIMELINE, UPDATES, Account
from tests.support.servers import RunningServer
from web.build import Toolchain, machine_toolchain, wheel_toolchain

HERE = Path(__file__).parent
INSTALLED = HERE / "node_modules" / ".package-lock.json"
LIBRARIES = ["graphql-ws", "apollo", "urql"]

MakeAccount = Callable[[], Awaitable[Account]]


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
@pytest.mark.parametrize("library", LIBRARIES)
async def test_a_library_of_node(
    library: str, node: Toolchain, running_server: RunningServer, make_account: MakeAccount
) -> None:
    reader, author = await make_account(), await make_account()
    await reader.follow(author)
    address = running_server.url.replace("http", "ws", 1) + "/graphql"
    async with running(node, library, address, reader) as script:
        asked: list[dict[str, Any]] = [{"viewer": reader.handle}, {"posted": "over the socket"}, {"listening": True}]
        await script.tells({"connected": True}, *asked)
        await author.tweet("first")
        await script.tells({"event": "first"})
        script.do("cut")
        await script.tells({"closed": 1006}, {"connected": True})
        await author.tweet("second")
        await script.tells({"event": "second"})
        script.do("stop")
        await script.tells({"stopped": True})
        await author.tweet("while nobody listened")
        script.do("listen")
        await script.tells({"event": "while nobody listened"})
        await reader.ask(LOG_OUT)
        await script.tells({"closed": 4401})


async def test_gql_of_python(running_server: RunningServer, make_account: MakeAccount) -> None:
    reader, author = await make_account(), await make_account()
    await reader.follow(author)
    address = running_server.url.replace("http", "ws", 1) + "/graphql"
    payload = {"authorization": f"Bearer {reader.token}"}
    transport = WebsocketsTransport(address, subprotocols=["graphql-transport-ws"], init_payload=payload)
    async with Client(transport=transport) as session:
        assert await session.execute(GraphQLRequest("{ viewer { user { handle } } }")) == {
            "viewer": {"user": {"handle": reader.handle}}
        }
        page = await session.execute(GraphQLRequest(TIMELINE, variable_values={"first": 1}))
        after = {"after": page["timeline"]["liveCursor"]}
        events = session.subscribe(GraphQLRequest(UPDATES, variable_values=after))
        await author.tweet("first")
        assert (await anext(events))["timelineUpdates"]["tweet"]["text"] == "first"
        await reader.ask(LOG_OUT)
        with pytest.raises((TransportClosed, TransportConnectionFailed)):
            await anext(events)
