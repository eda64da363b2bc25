"""How late the tweet processor is, as far as pages have to know."""

import asyncio
import logging

from domain.errors import Unavailable
from services.ring import Ring
from stores.queue import Queue

_logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
MARGIN_SECONDS = 5.0
"""How much sooner than it matters lists are left alone: ages are told a little late, by different clocks."""

TOLD_SECONDS = 30.0


class Lag:
    """Lists miss what has not been delivered yet. The ring has it, unless it was posted before the ring's oldest entry:
    then the lists must not be read."""

    def __init__(self, queue: Queue, ring: Ring) -> None:
        self._queue = queue
        self._ring = ring
        self._seconds: float | None = None

    def beyond_ring(self) -> bool:
        """Whether tweets may wait for delivery that the ring no longer holds; as long as nobody has looked, they
        may."""
        reach = self._ring.reach_seconds
        if reach is None or self._seconds == 0:
            return False
        return self._seconds is None or self._seconds + MARGIN_SECONDS > reach

    async def run(self) -> None:
        """Looks on for as long as the process lives."""
        while True:
            try:
                await self._look()
            except Unavailable as unavailable:
                _logger.warning("lag: %s", unavailable)
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> None:
        states, lags = await asyncio.gather(self._queue.states(), self._queue.relay_lags())
        late = max(states["timeline"].age_seconds, lags.get("timeline", 0.0))
        if (late > TOLD_SECONDS) != ((self._seconds or 0.0) > TOLD_SECONDS):
            _logger.warning("the tweet processor is %.0f s late", late)
        self._seconds = late
