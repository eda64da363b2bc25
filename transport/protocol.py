"""uvicorn's websocket protocol, with a way to send frames at once: what many sockets get is neither encoded nor awaited
once for each."""

from collections.abc import Callable
from typing import Protocol, cast

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

OUTLET = "starling.outlet"
"""The ASGI extension under which a websocket's scope has its outlet."""

ABORT_SECONDS = 5.0
"""How long a peer that reads nothing may take to read that it is cut off."""

LAST_SECONDS = 1.0
"""The same at shutdown, behind which the process ends."""

INVALID_DATA = 1007


class Outlet(Protocol):
    """Where a socket's text frames go out, besides ASGI's `send` and in order with it."""

    is_writable: bool
    """Whether the peer keeps up with what was pushed."""

    def push(self, *parts: bytes) -> None:
        """Sends a text message of these parts; nothing where the socket is closed."""

    def forget_handshake(self) -> None:
        """Lets go of what nobody asks for any more: headers, and what was made of them."""

    def when_writable(self, then: Callable[[], None]) -> None:
        """Calls back once the peer has caught up, or is gone."""

    def cut_off(self, code: int, reason: str) -> None:
        """Closes the socket of a peer that may never read it."""


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Is its own outlet. No extension transforms frames: permessage-deflate must be off.

    Whichever side closes, and why: a peer that doesn't read up to the end is let go of after ABORT_SECONDS. uvicorn
    would wait for it for ever.
    """

    is_writable = True
    _waiting: list[Callable[[], None]] | None = None
    _pong = b""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            cast("dict[str, object]", self.scope["extensions"])[OUTLET] = self

    def push(self, *parts: bytes) -> None:
        if not self._is_closing:
            self.transport.write(b"".join((_header(sum(map(len, parts))), *parts)))

    def forget_handshake(self) -> None:
        """In place: coroutines that last as long as the socket refer to them."""
        cast("list[object]", self.scope["headers"]).clear()
        self.request.headers.clear()
        self.response.headers.clear()

    def when_writable(self, then: Callable[[], None]) -> None:
        self._waiting = [*(self._waiting or ()), then]

    def pause_writing(self) -> None:
        super().pause_writing()
        self.is_writable = False

    def resume_writing(self) -> None:
        super().resume_writing()
        self.is_writable = True
        pong, self._pong = self._pong, b""
        if pong and not self._is_closing:
            self.transport.write(pong)
        self._call_back()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.is_writable = True
        self._call_back()
        if self.handshake_initiated:
            # Else the two would hold on to each other until the garbage collector comes, which is seldom.
            cast("dict[str, object]", self.scope["extensions"]).pop(OUTLET, None)

    def cut_off(self, code: int, reason: str) -> None:
        if self._is_closing:
            return
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        if self.read_paused:  # The peer's own close frame is behind what it sent before.
            self.read_paused = False
            self.transport.resume_reading()
        self._abort_later(ABORT_SECONDS)

    async def send(self, message: ASGISendEvent) -> None:
        """Raises ClientDisconnected where the socket was closed meanwhile, and not by the application itself."""
        await self.writable.wait()
        if self.close_sent:
            raise ClientDisconnected
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True  # Else uvicorn would log one that is refused as a failure.

    def handle_ping(self) -> None:
        """A peer that reads nothing could have pongs pile up; the newest answers all (RFC 6455, section 5.5.3)."""
        if self.is_writable:
            super().handle_ping()
        elif pongs := self.conn.data_to_send():
            self._pong = pongs[-1]

    def handle_close(self, event: Frame) -> None:
        super().handle_close(event)
        self._abort_later(ABORT_SECONDS)

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._abort_later(ABORT_SECONDS)

    def handle_parser_exception(self) -> None:
        super().handle_parser_exception()
        self._abort_later(ABORT_SECONDS)

    def send_receive_event_to_app(self) -> None:
        """uvicorn would log a client's text that is no UTF-8 as a failure of the server's."""
        if self.close_sent or self.curr_msg_data_type == "bytes" or _is_utf8(b"".join(self.frames)):
            super().send_receive_event_to_app()
        else:
            self.frames = []
            self.conn.fail(INVALID_DATA, "Invalid UTF-8")
            self.handle_parser_exception()

    def shutdown(self) -> None:
        """uvicorn would wait for those that don't read for as long as it waits for anybody, and log that as a
        failure."""
        super().shutdown()
        self._abort_later(LAST_SECONDS)

    @property
    def _is_closing(self) -> bool:
        return self.close_sent or self.disconnected or self.transport.is_closing()

    def _abort_later(self, seconds: float) -> None:
        if self.close_timer:
            self.close_timer.cancel()
        self.close_timer = self.loop.call_later(seconds, self.transport.abort)

    def _call_back(self) -> None:
        waiting, self._waiting = self._waiting, None
        for then in waiting or ():
            then()


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _header(length: int) -> bytes:
    """That of an unfragmented, unmasked text frame (RFC 6455, section 5.2)."""
    if length < 126:
        return bytes((0x81, length))
    if length < 1 << 16:
        return b"\x81\x7e" + length.to_bytes(2)
    return b"\x81\x7f" + length.to_bytes(8)
