"""The relay: reads the event logs and dispatches what a process committed but did not live to dispatch."""

import asyncio
import logging
import time
from collections.abc import Sequence

from domain.errors import Unavailable
from domain.snowflake import milliseconds
from services.dispatch import plan
from stores.events import EventLog, LoggedEvent
from stores.live import LiveLog
from stores.queue import Queue

_logger = logging.getLogger(__name__)

BATCH = 500
PAUSE_SECONDS = 1.0
GRACE_MS = 2_000
"""How long a request is left to dispatch its own event. Both at once would do no harm: the mark decides."""

LIVE_LOG_MS = 3_600_000
PRUNE_SECONDS = 600.0


class Relay:
    """May run in several processes at once: dispatching is once per event by its mark."""

    def __init__(self, logs: Sequence[EventLog], live: LiveLog, queue: Queue) -> None:
        self._logs = logs
        self._live = live
        self._queue = queue

    async def run(self) -> None:
        """Relays for as long as the process lives, and keeps logs to their retention."""
        prune_at = 0.0
        while True:
            try:
                for log in self._logs:
                    await self.relay(log)
                if time.monotonic() >= prune_at:
                    prune_at = time.monotonic() + PRUNE_SECONDS
                    await self._prune()
            except Unavailable as unavailable:
                _logger.warning("relay: %s", unavailable)
            await asyncio.sleep(PAUSE_SECONDS)

    async def relay(self, log: EventLog) -> int:
        """Dispatches what a log holds from the last position on, up to events that are younger than GRACE_MS; how many
        bore no mark."""
        relayed = 0
        position = await self._queue.relay_position(log.name)
        while ripe := _ripe(await log.read(position, BATCH)):
            relayed += await self._queue.dispatch([plan(logged.event) for logged in ripe])
            position = ripe[-1].position
            passed_ms = min(milliseconds(logged.event.id) for logged in ripe)
            await self._queue.save_relay_position(log.name, position, passed_ms)
        if relayed:
            _logger.warning("relay: %d events of the %s log were not dispatched by their request", relayed, log.name)
        return relayed

    async def _prune(self) -> None:
        await self._live.trim(int(time.time() * 1000) - LIVE_LOG_MS)
        for log in self._logs:
            await log.prune()


def _ripe(logged: Sequence[LoggedEvent]) -> Sequence[LoggedEvent]:
    newest = time.time() * 1000 - GRACE_MS
    for at, entry in enumerate(logged):
        if milliseconds(entry.event.id) > newest:
            return logged[:at]
    return logged
