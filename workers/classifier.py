"""The classifier: moves readers between classes, and has passive readers' timelines refreshed, each on a schedule."""

import asyncio
import logging

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

    async def run(self) -> None:
        """Classifies for as long as the process lives."""
        settled = False
        while True:
            pause = self._classify_seconds
            try:
                if not settled:
                    await self._graph.settle_fame()
                    settled = True
                await self._classify()
            except Unavailable as unavailable:
                _logger.warning("classifier: %s", unavailable)
                pause = min(pause, RETRY_SECONDS)
            await asyncio.sleep(pause)

    async def _classify(self) -> None:
        if await self._cache.first_in("classify", max(1, int(self._classify_seconds))):
            await self._activity.classify()
        if await self._cache.first_in("refresh", max(1, int(self._refresh_seconds))):
            readers = await self._activity.refresh()
            _logger.info("timelines of %d passive readers are refreshed", readers)
