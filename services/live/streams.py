"""One subscription's stream, as the hub and its audiences tell it."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable

import metrics
from domain.access import Access
from domain.errors import RateLimited, StarlingError
from domain.live import Happening, Listener, TimelineReset, TimelineResetReason
from services.live.viewers import Viewer

RESETS = {reason: Happening(TimelineReset(reason)) for reason in TimelineResetReason}

BEHIND = RateLimited("Tweets come faster than you read them; subscribe again.", retry_after=1)
"""What streams end with that have no event to say it by."""


class LiveStream:
    """`number`: what the log told up to there it doesn't tell any more, or was caught up with. `begin` is called when
    somebody listens, `leave` when it is closed. What `tell` is given its listener gets."""

    __slots__ = ("_begin", "_leave", "_listener", "coalesces", "is_closed", "number", "tell", "too_slow", "viewer")

    def __init__(
        self,
        viewer: Viewer,
        begin: Callable[["LiveStream"], None],
        leave: Callable[["LiveStream"], None],
        *,
        number: int = 0,
        too_slow: Happening | StarlingError = BEHIND,
        coalesces: bool = False,
    ) -> None:
        self.viewer = viewer
        self.number = number
        self.too_slow = too_slow
        self.coalesces = coalesces
        self.is_closed = False
        self._begin = begin
        self._leave = leave
        self._listener: Listener | None = None
        self.tell: Callable[[Happening], None] = _ignore

    @property
    def access(self) -> Access:
        return self.viewer.access

    def listen(self, listener: Listener) -> None:
        self._listener = listener
        self.tell = listener.happened
        metrics.streaming(1)
        self._begin(self)

    async def room(self) -> None:
        """Returns when the listener can take more."""
        if self._listener:
            await self._listener.room()

    def end(self, last: Happening | None = None, error: Exception | None = None) -> None:
        """Closes it, and says so to its listener."""
        listener = self._listener
        self.close()
        if listener:
            listener.ended(last, error)

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            if self._listener:
                metrics.streaming(-1)
            self._listener, self.tell = None, _ignore
            self._leave(self)

    async def __aiter__(self) -> AsyncGenerator[object]:
        """Its events, for who sends them nowhere."""
        reader = _Reader()
        self.listen(reader)
        try:
            async for event in reader.events():
                yield event
        finally:
            self.close()


def _ignore(_: Happening) -> None:
    """What is told where nobody listens."""


class _Reader:
    """Takes one event at a time."""

    def __init__(self) -> None:
        self._told: deque[object] = deque()
        self._end: Exception | None = None
        self._is_over = False
        self._changed = asyncio.Event()

    def happened(self, happening: Happening) -> None:
        self._told.append(happening.event)
        self._changed.set()

    def ended(self, last: Happening | None, error: Exception | None) -> None:
        if last:
            self._told.append(last.event)
        self._is_over, self._end = True, error
        self._changed.set()

    async def room(self) -> None:
        while self._told:
            self._changed.clear()
            await self._changed.wait()

    async def events(self) -> AsyncGenerator[object]:
        while True:
            while self._told:
                yield self._told.popleft()
                self._changed.set()
            if self._is_over:
                break
            self._changed.clear()
            await self._changed.wait()
        if self._end:
            raise self._end
