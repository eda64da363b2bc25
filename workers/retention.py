"""Keeps the logs to their retention."""

import asyncio
import logging
import time
from collections.abc import Sequence

from domain.errors import Unavailable
from stores.events import EventLog
from stores.live import LiveLog

_logger = logging.getLogger(__name__)

LIVE_LOG_MS = 3_600_000
PRUNE_SECONDS = 600.0


async def keep_to_retention(logs: Sequence[EventLog], live: LiveLog) -> None:
    """Prunes for as long as the process lives. Several processes may do so at once."""
    while True:
        try:
            await live.trim(int(time.time() * 1000) - LIVE_LOG_MS)
            for log in logs:
                await log.prune()
        except Unavailable as unavailable:
            _logger.warning("retention: %s", unavailable)
        await asyncio.sleep(PRUNE_SECONDS)
