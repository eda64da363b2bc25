"""A server in the test's own loop, and a client that reads only when it is told to."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from socket import AF_INET, SO_RCVBUF, SO_SNDBUF, SOL_SOCKET, create_server, socket
from typing import Self

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from transport.protocol import OUTLET, WebSocketProtocol

PATIENCE_SECONDS = 10.0
BUFFER = 4_096
PROTOCOL = Subprotocol("graphql-transport-ws")


@asynccontextmanager
async def serving(app: ASGIApp, **options: float) -> AsyncIterator[str]:
    """The address of an application that is served as in production, but that the kernel buffers little of what is
    sent. `options` are uvicorn's."""
    with create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(SOL_SOCKET, SO_SNDBUF, BUFFER)
        config = uvicorn.Config(
            app,
            http="httptools",
            ws=WebSocketProtocol,
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            access_log=False,
            **{"timeout_graceful_shutdown": 1} | options,  # type: ignore[arg-type]
        )
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup([listener])
        try:
            yield f"ws://127.0.0.1:{listener.getsockname()[1]}/graphql"
        finally:
            await server.shutdown([listener])


class Wired:
    """An application that accepts one socket, and leaves the rest to the test. What it receives it notes, or leaves
    where it is until it is told to stop."""

    def __init__(self, *, receives: bool = True) -> None:
        self.stop = asyncio.Event()
        self._receives = receives
        self.outlet: asyncio.Future[WebSocketProtocol] = asyncio.get_running_loop().create_future()
        self.received: list[Message] = []
        self.send: Send | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        self.send = send
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
        self.outlet.set_result(scope["extensions"][OUTLET])
        if not self._receives:
            await self.stop.wait()
            return
        while not self.received or self.received[-1]["type"] != "websocket.disconnect":
            self.received.append(await receive())


class Raw:
    """A client that has shaken hands. It answers nothing unless it reads."""

    def __init__(self, url: str, wire: socket) -> None:
        self._wire = wire
        self.protocol = ClientProtocol(parse_uri(url), subprotocols=[PROTOCOL])
        self.pongs: list[bytes] = []

    @classmethod
    @asynccontextmanager
    async def connected(cls, url: str) -> AsyncIterator[Self]:
        uri = parse_uri(url)
        with socket(AF_INET) as wire:
            wire.setsockopt(SOL_SOCKET, SO_RCVBUF, BUFFER)
            wire.setblocking(False)
            await asyncio.get_running_loop().sock_connect(wire, (uri.host, uri.port))
            client = cls(url, wire)
            await client._shake_hands()
            yield client

    async def _shake_hands(self) -> None:
        self.protocol.send_request(self.protocol.connect())
        await self._flush()
        while not any(isinstance(event, Response) for event in await self._read()):
            pass

    async def send(self, text: str) -> None:
        self.protocol.send_text(text.encode())
        await self._flush()

    async def send_parts(self, parts: Sequence[bytes]) -> None:
        """One text message, in frames of these bytes."""
        first, *more = parts
        self.protocol.send_text(first, fin=not more)
        for at, part in enumerate(more, 1):
            self.protocol.send_continuation(part, fin=at == len(more))
        await self._flush()

    async def ping(self, data: bytes) -> None:
        self.protocol.send_ping(data)
        await self._flush()

    async def close(self) -> None:
        self.protocol.send_close(1000)
        await self._flush()

    async def send_raw(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._wire, data)

    async def texts(self, until: str | None = None) -> list[str]:
        """Reads to the end, and answers the server's close frame; or up to a text that has `until` in it. The texts
        that came."""
        texts: list[str] = []
        while not self.protocol.eof_sent and not (until and texts and until in texts[-1]):
            for event in await self._read():
                if isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                    texts.append(bytes(event.data).decode())
                elif isinstance(event, Frame) and event.opcode is Opcode.PONG:
                    self.pongs.append(bytes(event.data))
            if self.protocol.close_rcvd:
                break
        return texts

    async def _read(self) -> list[object]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            data = await asyncio.get_running_loop().sock_recv(self._wire, 65_536)
        if data:
            self.protocol.receive_data(data)
        else:
            self.protocol.receive_eof()
        await self._flush()
        return list(self.protocol.events_received())

    @property
    def closed(self) -> tuple[int, str] | None:
        """The server's close frame."""
        close = self.protocol.close_rcvd
        return (close.code, close.reason) if close else None

    async def is_over(self) -> bool:
        """Whether the server has closed the connection in order, with nothing behind what was read."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await asyncio.get_running_loop().sock_recv(self._wire, 1) == b""

    async def _flush(self) -> None:
        for data in self.protocol.data_to_send():
            if data:
                await self.send_raw(data)


async def come_true(condition: Callable[[], bool]) -> None:
    """Waits until something on the wire has happened."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.001)
