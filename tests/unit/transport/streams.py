"""Streams that tell what a test has them tell."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from domain.access import OPEN, Access
from domain.errors import BadUserInput, StarlingError
from domain.live import Happening, Listener

SLOW = BadUserInput("slow")


class Generated:
    """A stream of what a generator yields, at the pace of its listener."""

    too_slow: Happening | StarlingError = SLOW
    coalesces = False

    def __init__(self, events: AsyncGenerator[object, None], viewer_id: int | None = None) -> None:
        self._events = events
        self.access = Access(viewer_id, OPEN, ())
        self._task: asyncio.Task[None] | None = None

    def __aiter__(self) -> AsyncGenerator[object, None]:
        return self._events

    def listen(self, listener: Listener) -> None:
        self._task = asyncio.create_task(self._tell(listener))

    def close(self) -> None:
        if self._task and self._task is not asyncio.current_task():
            self._task.cancel()

    async def _tell(self, listener: Listener) -> None:
        error: Exception | None = None
        try:
            async with aclosing(self._events) as events:
                async for event in events:
                    await listener.room()
                    listener.happened(Happening(event))
        except Exception as failure:
            error = failure
        listener.ended(None, error)


class Source:
    """A stream that tells what it is made to."""

    def __init__(
        self, viewer_id: int | None, too_slow: Happening | StarlingError = SLOW, *, coalesces: bool = False
    ) -> None:
        self.access = Access(viewer_id, OPEN, ())
        self.too_slow = too_slow
        self.coalesces = coalesces
        self.is_closed = False
        self._listener: Listener | None = None

    def __aiter__(self) -> AsyncIterator[object]:
        raise NotImplementedError

    def listen(self, listener: Listener) -> None:
        self._listener = listener

    def close(self) -> None:
        self.is_closed = True

    def tell(self, happening: Happening) -> None:
        if self._listener and not self.is_closed:
            self._listener.happened(happening)

    def end(self, last: Happening | None = None, error: Exception | None = None) -> None:
        if self._listener and not self.is_closed:
            self.is_closed = True
            self._listener.ended(last, error)
