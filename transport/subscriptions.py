"""One subscription of a socket: what its stream tells goes out in order, as fast as the socket takes it."""

import asyncio
from collections.abc import Callable

from domain.access import Access
from domain.live import Happening, Stream
from transport import messages
from transport.broadcast import Batch, Broadcast
from transport.context import SocketContext, new_request_id
from transport.errors import failure_of
from transport.protocol import Outlet

OUTBOX = 100
"""Events that may wait for their bytes or for the socket. Who has more to come reads too slowly."""

ROOM = 20
"""Events waiting above which no others are fetched from the past."""

SLOW_SECONDS = 10.0
"""How long a socket may take to read that it was too slow."""


class Subscription:
    """A stream's listener. `over` is called at its end by itself, before its last frame: the id is free again before
    the client can know of the end."""

    __slots__ = (
        "_broadcast",
        "_error",
        "_is_closed",
        "_is_over",
        "_is_waiting",
        "_outbox",
        "_outlet",
        "_over",
        "_prefix",
        "_room",
        "_stream",
        "context",
        "identifier",
    )

    def __init__(
        self,
        identifier: str,
        broadcast: Broadcast,
        context: SocketContext,
        stream: Stream,
        outlet: Outlet,
        over: Callable[["Subscription"], None],
    ) -> None:
        self.identifier = identifier
        self.context = context
        self._broadcast = broadcast
        self._stream = stream
        self._outlet = outlet
        self._over = over
        self._prefix = messages.next_prefix(identifier)
        self._outbox: dict[Batch, bytes | None] = {}
        self._room: asyncio.Future[None] | None = None
        self._error: Exception | None = None
        self._is_over = False
        self._is_closed = False
        self._is_waiting = False

    @property
    def access(self) -> Access:
        return self._stream.access

    def start(self) -> None:
        self._stream.listen(self)

    def close(self) -> None:
        """Sends nothing more."""
        self._stream.close()
        self._outbox.clear()
        self._is_closed = True
        self._make_room()

    def happened(self, happening: Happening) -> None:
        if self._stream.coalesces:
            self._outbox.clear()
        if len(self._outbox) >= OUTBOX:
            self._fall_behind()
        else:
            self._outbox[self._broadcast.take(happening, self)] = None

    def ended(self, last: Happening | None, error: Exception | None) -> None:
        self._is_over, self._error = True, error
        if last:
            self._outbox[self._broadcast.take(last, self)] = None
        else:
            self._send()

    async def room(self) -> None:
        while len(self._outbox) >= ROOM:
            self._room = self._room or asyncio.get_running_loop().create_future()
            await self._room

    def settle(self, batch: Batch, payload: bytes) -> None:
        """The bytes of what waits for this batch are there."""
        outbox = self._outbox
        if batch not in outbox:
            return
        if len(outbox) == 1 and self._outlet.is_writable and not self._is_over:  # as it mostly is
            outbox.clear()
            self._outlet.push(self._prefix, payload, b"}")
        else:
            outbox[batch] = payload
            self._send()

    def _send(self) -> None:
        """All that is there, in order, as far as the socket takes it."""
        self._push()
        if len(self._outbox) < ROOM:
            self._make_room()
        if self._is_closed or not (self._outbox or self._is_over):
            return
        if not self._outlet.is_writable:
            self._await_peer()
        elif not self._outbox:
            self._finish()

    def _push(self) -> None:
        while self._outbox and self._outlet.is_writable:
            batch = next(iter(self._outbox))
            payload = self._outbox[batch]
            if payload is None:
                return
            del self._outbox[batch]
            self._outlet.push(self._prefix, payload, b"}")

    def _await_peer(self) -> None:
        if not self._is_waiting:
            self._is_waiting = True
            self._outlet.when_writable(self._go_on)

    def _go_on(self) -> None:
        self._is_waiting = False
        self._send()

    def _make_room(self) -> None:
        if self._room and not self._room.done():
            self._room.set_result(None)
        self._room = None

    def _finish(self) -> None:
        if self._error:
            frame = messages.error_frame(self.identifier, failure_of(self._error, new_request_id()))
        else:
            frame = messages.complete_frame(self.identifier)
        self._is_closed = True
        self._over(self)
        self._outlet.push(frame.encode())

    def _fall_behind(self) -> None:
        """The outbox is given up for the one thing that is still to be said. Whoever does not even take that is cut
        off."""
        slow = self._stream.too_slow
        self._stream.close()
        self._outbox.clear()
        asyncio.get_running_loop().call_later(SLOW_SECONDS, self._cut_off)
        if isinstance(slow, Happening):
            self.ended(slow, None)
        else:
            self.ended(None, slow)

    def _cut_off(self) -> None:
        """Who has taken it may be slow again by now, at something else."""
        if not self._is_closed and not self._outlet.is_writable:
            self._outlet.cut_off(messages.TOO_SLOW, "Reads too slowly")
