"""A websocket client (RFC 6455) that costs next to nothing, so that one process holds ten thousand: a Protocol for
uvloop without tasks, streams, compression or fragments. What a server may not send fails it."""

import asyncio
from typing import cast

FIN_TEXT, FIN_CLOSE, FIN_PING, FIN_PONG = 0x81, 0x88, 0x89, 0x8A
NORMAL = 1000
MASKED = 0x80
MASK = bytes(4)
"""A mask of zeros is as good as any against a server of one's own, and the payload goes out as it is."""

KEY = "c3RhcmxpbmctYmVuY2gtMQ=="
HANDSHAKE = (
    "GET /graphql HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)
ACCEPTED = b"HTTP/1.1 101"
HEAD_END = b"\r\n\r\n"


class WebSocket(asyncio.Protocol):
    """Pings are answered; subclasses say what happens when it opens, with text, and when it is over."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._rest = b""
        self._is_open = False
        self._is_closing = False
        self._close_reason = "dropped"
        self._transport: asyncio.Transport | None = None

    def opened(self) -> None:
        """The handshake is done."""

    def text(self, payload: bytes) -> None:
        """A message has come."""

    def ended(self, reason: str) -> None:
        """The connection is gone, whoever ended it."""

    def send(self, payload: bytes) -> None:
        self._write(FIN_TEXT, payload)

    def close(self, code: int = NORMAL) -> None:
        """Asks for the end in order, or answers the server, which then ends the connection. Before the handshake is
        done, when no frame may be sent, it drops it, as browsers do."""
        if not self._is_open:
            self.drop()
        elif not self._is_closing:
            self._write(FIN_CLOSE, code.to_bytes(2))
        self._is_closing = True

    def drop(self) -> None:
        """The connection is gone at once, without a word."""
        if self._transport:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(HANDSHAKE.format(host=self._host).encode())

    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        self._rest = self._read_frames(data, 0) if self._is_open else self._read_head(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self.ended(repr(exc) if exc else self._close_reason)

    def _read_head(self, data: bytes) -> bytes:
        """What is left of the data after the answer to the handshake."""
        end = data.find(HEAD_END)
        if end < 0:
            return data
        if not data.startswith(ACCEPTED):
            self._fail(f"refused: {data[:end].splitlines()[0].decode(errors='replace')}")
            return b""
        self._is_open = True
        self.opened()
        return self._read_frames(data, end + len(HEAD_END))

    def _read_frames(self, data: bytes, at: int) -> bytes:
        """The beginning of a frame that is not there as a whole."""
        length = len(data)
        while length - at >= 2:
            size, start = data[at + 1], at + 2
            if size > 125:
                start += 2 if size == 126 else 8
                size = int.from_bytes(data[at + 2 : start])
            if start + size > length or start > length:
                break
            self._take(data[at], data[start : start + size])
            at = start + size
        return data[at:]

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == FIN_TEXT:
            self.text(payload)
        elif kind == FIN_PING:
            self._write(FIN_PONG, payload)
        elif kind == FIN_CLOSE:
            code = int.from_bytes(payload[:2])
            self._close_reason = f"closed with {code} {payload[2:].decode(errors='replace')}"
            self.close(code)
        elif kind != FIN_PONG:
            self._fail(f"a frame of kind {kind:#x}")

    def _write(self, kind: int, payload: bytes) -> None:
        if self._transport is None:
            return
        size = len(payload)
        head = bytes((kind, MASKED | size)) if size < 126 else bytes((kind, MASKED | 126)) + size.to_bytes(2)
        self._transport.write(head + MASK + payload)

    def _fail(self, reason: str) -> None:
        self._close_reason = reason
        self.drop()
