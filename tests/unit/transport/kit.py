"""A small schema, both endpoints over it, and a client for each."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import strawberry
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Scope

from domain.errors import BadUserInput, Forbidden, RateLimited, Unauthenticated, Unavailable
from transport.context import Client, Cookies
from transport.http import GraphQLEndpoint
from transport.limits import Limits
from transport.operations import Operations
from transport.routes import routes
from transport.websocket import WebSocketEndpoint

FAILURES: dict[str, Exception] = {
    "secret": RuntimeError("password=hunter2"),
    "forbidden": Forbidden("Not yours."),
    "input": BadUserInput("'first' must be at most 100."),
    "rate": RateLimited("Too many attempts.", 7),
    "unavailable": Unavailable("graph"),
}
EXPIRES = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class Context:
    client: Client
    cookies: Cookies | None


@dataclass
class World:
    """What the resolvers of a test did, and what the context factory is told to do."""

    contexts: list[Context] = field(default_factory=list)
    refuse: Exception | None = None
    closed_streams: int = 0
    open_streams: int = 0

    def reset(self) -> None:
        self.contexts, self.refuse, self.closed_streams, self.open_streams = [], None, 0, 0

    async def make_context(self, client: Client, cookies: Cookies | None) -> Context:
        if self.refuse:
            raise self.refuse
        if client.token == "bad" and not client.token_from_cookie:
            raise Unauthenticated("The token is not valid.")
        if client.token == "bad" and cookies:
            cookies.clear_session()
        self.contexts.append(Context(client, cookies))
        return self.contexts[-1]


world = World()


@strawberry.input
class Deep:
    deep: "Deep | None" = None


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"Hello, {name}!"

    @strawberry.field
    async def token(self, info: strawberry.Info[Context, None]) -> str | None:
        return info.context.client.token

    @strawberry.field
    def me(self) -> "Query":
        return Query()

    @strawberry.field
    def fail(self, how: str) -> str | None:
        raise FAILURES[how]

    @strawberry.field
    async def cancelled(self) -> str | None:
        raise asyncio.CancelledError

    @strawberry.field
    def must(self) -> str:
        raise FAILURES["secret"]

    @strawberry.field
    def limited(self, first: int = 20) -> int:
        return first

    @strawberry.field
    def huge(self) -> strawberry.ID:
        return strawberry.ID("\ud800")

    @strawberry.field
    def nested(self, value: Deep | None = None) -> bool:
        return value is not None


@strawberry.type
class Mutation:
    @strawberry.mutation
    def log_in(self, info: strawberry.Info[Context, None]) -> bool:
        if info.context.cookies is None:
            return False
        info.context.cookies.set_session("T0", EXPIRES)
        return True

    @strawberry.mutation
    def fail(self, how: str) -> str | None:
        raise FAILURES[how]


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, to: int = 3) -> AsyncGenerator[int, None]:
        for number in range(to):
            yield number

    @strawberry.subscription
    async def forever(self) -> AsyncGenerator[int, None]:
        world.open_streams += 1
        try:
            yield 0
            await asyncio.Event().wait()
        finally:
            world.closed_streams += 1

    @strawberry.subscription
    async def broken(self, how: str) -> AsyncGenerator[int, None]:
        yield 1
        raise FAILURES[how]


SCHEMA = strawberry.Schema(Query, Mutation, Subscription)


@dataclass
class App:
    app: Starlette
    websocket: WebSocketEndpoint
    operations: Operations


def build_app(limits: Limits | None = None) -> App:
    limits = limits or Limits()
    operations = Operations(SCHEMA, limits)
    http = GraphQLEndpoint(operations, world.make_context, lambda _: HTMLResponse("<p>GraphiQL"), limits)
    websocket = WebSocketEndpoint(operations, world.make_context, ["https://friend.example"], limits)
    return App(Starlette(routes=routes(http, websocket)), websocket, operations)


class Socket:
    """A client of one websocket, that talks to the application without a network."""

    def __init__(
        self, app: ASGIApp, headers: dict[str, str] | None = None, subprotocol: str | None = "graphql-transport-ws"
    ) -> None:
        sent = {"host": "starling.test", **(headers or {})}
        self.scope: Scope = {
            "type": "websocket",
            "path": "/graphql",
            "query_string": b"",
            "headers": [(key.encode(), value.encode()) for key, value in sent.items()],
            "client": ("192.0.2.1", 1),
            "subprotocols": [subprotocol] if subprotocol else [],
        }
        self.to_app: asyncio.Queue[Message] = asyncio.Queue()
        self.from_app: asyncio.Queue[Message] = asyncio.Queue()
        self.break_sends = False
        self.to_app.put_nowait({"type": "websocket.connect"})
        self.task: asyncio.Task[None] = asyncio.create_task(self._run(app))

    async def _run(self, app: ASGIApp) -> None:
        await app(self.scope, self.to_app.get, self._send)

    async def _send(self, message: Message) -> None:
        if self.break_sends:
            raise OSError("gone")
        self.from_app.put_nowait(message)

    def send_text(self, text: str) -> None:
        self.to_app.put_nowait({"type": "websocket.receive", "text": text})

    def send(self, **message: object) -> None:
        self.send_text(orjson.dumps(message).decode())

    def subscribe(self, query: str, identifier: str = "1", **payload: object) -> None:
        self.send(id=identifier, type="subscribe", payload={"query": query, **payload})

    def disconnect(self) -> None:
        self.to_app.put_nowait({"type": "websocket.disconnect", "code": 1001})

    async def event(self) -> Message:
        return await asyncio.wait_for(self.from_app.get(), 5)

    async def receive(self) -> dict[str, Any]:
        event = await self.event()
        assert event["type"] == "websocket.send", event
        message = orjson.loads(event["text"])
        assert isinstance(message, dict)
        return message

    async def closed(self) -> tuple[int, str]:
        """The close frame, after which the application must end."""
        event = await self.event()
        assert event["type"] == "websocket.close", event
        await asyncio.wait_for(self.task, 5)
        return event["code"], event["reason"]

    async def start(self, payload: object = None) -> "Socket":
        """Waits for the handshake and exchanges connection_init and connection_ack."""
        assert await self.event() == {
            "type": "websocket.accept",
            "subprotocol": "graphql-transport-ws",
            "headers": [],
        }
        self.send(type="connection_init", payload=payload)
        assert await self.receive() == {"type": "connection_ack"}
        return self


async def eventually(condition: Callable[[], bool]) -> None:
    """Waits until the condition holds, at most 5 s."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)
