"""Fixtures: the world behind the resolvers, and a client for each endpoint."""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
import uvloop
from starlette.types import ASGIApp

from tests.unit.transport.kit import Socket, build_app
from tests.unit.transport.worlds import World, world


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Servers run on the loop that they run on in production: what a transport does when it is full differs."""
    on_wire = item.path.name.startswith("test_transport_wire")
    return {"uvloop": uvloop.new_event_loop} if on_wire else {"asyncio": asyncio.new_event_loop}


@pytest.fixture(autouse=True)
def fresh_world() -> World:
    world.reset()
    return world


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(build_app().app)
    async with httpx.AsyncClient(transport=transport, base_url="http://starling.test") as client:
        yield client


@pytest.fixture
async def connect() -> AsyncIterator[Callable[..., Socket]]:
    """Opens sockets: `connect(app=…, headers=…, subprotocol=…)`. Afterwards no application may still run."""
    sockets: list[Socket] = []
    default = build_app().app

    def open_socket(
        app: ASGIApp = default, headers: dict[str, str] | None = None, subprotocol: str | None = "graphql-transport-ws"
    ) -> Socket:
        sockets.append(Socket(app, headers, subprotocol))
        return sockets[-1]

    yield open_socket
    for socket in sockets:
        socket.disconnect()
        await asyncio.wait_for(socket.task, 5)
