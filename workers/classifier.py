"""The classifier: moves readers between classes, and has passive readers' timelines refreshed, each on a schedule."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from domain.errors import Unavailable
from services.activity import ActivityService
from stores.cache import Cache
from stores.graph import GraphStore

_logger = logging.getLogger(__name__)

RETRY_SECONDS = 5.0


class Classifier:
    """May run in several processes: one of them, whichever comes first, does what is due."""

    def __init__(
        self, activity: ActivityService, graph: GraphStore, cache: Cache, classify_seconds: float, refresh_hours: float
    ) -> None:
        self._activity = activity
        self._graph = graph
        self._cache = cache
        self._classify_seconds = classify_seconds
        self._refresh_seconds = refresh_hours * 3600
        self._owed: set[str] = set()

    async def run(self) -> None:
        """Classifies for as long as the process lives."""
        settled = False
        while True:
            pause = self._classify_seconds
            try:
                if not settled:
                    await self._graph.settle_fame()
                    settled = True
                await self._do_what_is_due()
            except Unavailable as unavailable:
                _logger.warning("classifier: %s", unavailable)
                pause = min(pause, RETRY_SECONDS)
            await asyncio.sleep(pause)

    async def _do_what_is_due(self) -> None:
        await self._in_turn("classify", self._classify_seconds, self._activity.classify)
        await self._in_turn("refresh", self._refresh_seconds, self._refresh)

    async def _in_turn(self, name: str, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
        """What failed is still this process's to do, whose turn it was."""
        if name not in self._owed and not await self._cache.first_in(name, max(1, int(seconds))):
            return
        self._owed.add(name)
        await work()
        self._owed.remove(name)

    async def _refresh(self) -> None:
        _logger.info("timelines of %d passive readers are refreshed", await self._activity.refresh())
