"""A small schema, both endpoints over it, and a client for each."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any

import orjson
import strawberry
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Scope

from domain.live import Stream
from schema.fields import stream
from tests.unit.transport.streams import Generated, Source
from tests.unit.transport.worlds import EXPIRES, FAILING, FAILURES, Context, SharedContext, world
from transport.http import GraphQLEndpoint
from transport.limits import Limits
from transport.operations import Operations
from transport.protocol import OUTLET
from transport.routes import routes
from transport.websocket import WebSocketEndpoint


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
    async def hangs(self) -> bool:
        world.hanging += 1
        try:
            return await asyncio.Event().wait()
        finally:
            world.hanging -= 1

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


async def count(to: int = 3) -> Stream:
    async def numbers() -> AsyncGenerator[int, None]:
        for number in range(to):
            yield number

    return Generated(numbers())


async def forever() -> Stream:
    async def nought() -> AsyncGenerator[int, None]:
        world.open_streams += 1
        try:
            yield 0
            await asyncio.Event().wait()
        finally:
            world.closed_streams += 1

    return Generated(nought())


async def broken(how: str) -> Stream:
    async def one() -> AsyncGenerator[int, None]:
        yield 1
        raise FAILURES[how]

    return Generated(one())


@strawberry.type
class Told:
    """An event. Its number is resolved late, if the world has a gate for it, and fails where it is in FAILING."""

    number: int

    @strawberry.field
    async def later(self) -> "Told":
        if self.number in world.gates:
            await world.gates[self.number].wait()
        if self.number in FAILING:
            raise FAILURES["forbidden"]
        return self

    @strawberry.field
    async def mine(self, info: strawberry.Info[Context | SharedContext, None]) -> bool | None:
        return info.context.mine(info.path.as_list())

    @strawberry.field
    async def cancelled(self) -> int:
        raise asyncio.CancelledError

    @strawberry.field
    def huge(self) -> strawberry.ID:
        return strawberry.ID("\ud800")

    @strawberry.field
    def text(self, chars: int) -> str:
        return "x" * chars

    @strawberry.field
    def echo(self, text: str) -> str:
        return text


async def source(viewer: int | None = None) -> Stream:
    world.sources.append(Source(viewer))
    return world.sources[-1]


async def told(to: int = 3, after: str | None = None) -> Stream:
    async def events() -> AsyncGenerator[Told, None]:
        for number in range(to):
            yield Told(number=number)

    return Generated(events())


@strawberry.type
class Subscription:
    count: AsyncGenerator[int, None] = stream(count, "")
    forever: AsyncGenerator[int, None] = stream(forever, "")
    broken: AsyncGenerator[int, None] = stream(broken, "")
    told: AsyncGenerator[Told, None] = stream(told, "")
    source: AsyncGenerator[Told, None] = stream(source, "")


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
            "extensions": {OUTLET: self, "websocket.http.response": {}},
        }
        self.writable = asyncio.Event()
        self.writable.set()
        self.waiting: list[Callable[[], None]] = []
        self.to_app: asyncio.Queue[Message] = asyncio.Queue()
        self.from_app: asyncio.Queue[Message] = asyncio.Queue()
        self.break_sends = False
        self.to_app.put_nowait({"type": "websocket.connect"})
        self.task: asyncio.Task[None] = asyncio.create_task(self._run(app))

    async def _run(self, app: ASGIApp) -> None:
        await app(self.scope, self.to_app.get, self._send)

    async def _send(self, message: Message) -> None:
        await self.writable.wait()
        if self.break_sends:
            raise OSError("gone")
        self.from_app.put_nowait(message)

    @property
    def is_writable(self) -> bool:
        return self.writable.is_set()

    def push(self, *parts: bytes) -> None:
        if not self.break_sends:
            self.from_app.put_nowait({"type": "websocket.send", "text": b"".join(parts).decode()})

    def forget_handshake(self) -> None:
        self.scope["headers"].clear()

    def when_writable(self, then: Callable[[], None]) -> None:
        self.waiting.append(then)

    def cut_off(self, code: int, reason: str) -> None:
        self.from_app.put_nowait({"type": "websocket.close", "code": code, "reason": reason})
        self.to_app.put_nowait({"type": "websocket.disconnect", "code": code})

    def fall_behind(self) -> None:
        """The peer reads nothing any more."""
        self.writable.clear()

    def keep_up(self) -> None:
        """The peer has read all that was sent."""
        self.writable.set()
        waiting, self.waiting = self.waiting, []
        for then in waiting:
            then()

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
