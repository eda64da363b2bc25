"""A bound on what is on its way."""

import asyncio
from collections import deque


class Slots:
    """Some may be taken at once; who comes when there are too few waits in turn."""

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, slots: int) -> None:
        """No more than there are altogether."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((slots, turn))
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self.give(slots)
            self._admit()
            raise

    def give(self, slots: int) -> None:
        """Gives them back."""
        self._free += slots
        self._admit()

    def _admit(self) -> None:
        while self._waiting and (self._waiting[0][1].cancelled() or self._free >= self._waiting[0][0]):
            slots, turn = self._waiting.popleft()
            if not turn.cancelled():
                self._free -= slots
                turn.set_result(None)
