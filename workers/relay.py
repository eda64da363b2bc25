"""The relay: reads the event logs and dispatches what a process committed but did not live to dispatch."""

import asyncio
import logging
import time
from collections.abc import Iterable, Sequence

from domain.errors import Unavailable
from domain.snowflake import milliseconds
from events import Event, Followed
from faults import crash_point
from services.dispatch import plan
from services.fan_out import FanOut
from stores.events import EventLog, LoggedEvent
from stores.live import LiveLog
from stores.queue import Queue

_logger = logging.getLogger(__name__)

BATCH = 500
PAUSE_SECONDS = 1.0
GRACE_MS = 2_000
"""How long a request is left to dispatch its own event. Both at once would do no harm: the mark decides. So a relay's
first pass, which finds what a process before it left, gives none."""

LIVE_LOG_MS = 3_600_000
PRUNE_SECONDS = 600.0


class Relay:
    """May run in several processes at once: dispatching is once per event by its mark."""

    def __init__(self, logs: Sequence[EventLog], live: LiveLog, queue: Queue, fan_out: FanOut) -> None:
        self._logs = logs
        self._live = live
        self._queue = queue
        self._fan_out = fan_out

    async def run(self) -> None:
        """Relays for as long as the process lives, and keeps logs to their retention."""
        prune_at, grace_ms = 0.0, 0
        while True:
            try:
                for log in self._logs:
                    await self.relay(log, grace_ms)
                grace_ms = GRACE_MS
                if time.monotonic() >= prune_at:
                    prune_at = time.monotonic() + PRUNE_SECONDS
                    await self._prune()
            except Unavailable as unavailable:
                _logger.warning("relay: %s", unavailable)
            await asyncio.sleep(PAUSE_SECONDS)

    async def relay(self, log: EventLog, grace_ms: int = GRACE_MS) -> int:
        """Dispatches what a log holds from the last position on, up to events that are younger than the grace; how many
        bore no mark."""
        relayed = 0
        position = await self._queue.relay_position(log.name)
        while ripe := _ripe(await log.read(position, BATCH), grace_ms):
            await self._merge_follows(logged.event for logged in ripe)
            relayed += await self._queue.dispatch([plan(logged.event) for logged in ripe], is_news=False)
            crash_point("relay.dispatched")
            position = ripe[-1].position
            passed_ms = min(milliseconds(logged.event.id) for logged in ripe)
            await self._queue.save_relay_position(log.name, position, passed_ms)
            crash_point("relay.saved")
        if relayed:
            _logger.warning("relay: %d events of the %s log were not dispatched by their request", relayed, log.name)
        return relayed

    async def _merge_follows(self, events: Iterable[Event]) -> None:
        """As the request would have: whom the live log tells of a follow finds it in the timeline."""
        follows = {event.id: event.body.edges for event in events if isinstance(event.body, Followed)}
        if follows:
            for event_id in follows.keys() - await self._queue.marked(list(follows)):
                await self._fan_out.followed(follows[event_id])

    async def _prune(self) -> None:
        await self._live.trim(int(time.time() * 1000) - LIVE_LOG_MS)
        for log in self._logs:
            await log.prune()


def _ripe(logged: Sequence[LoggedEvent], grace_ms: int) -> Sequence[LoggedEvent]:
    newest = time.time() * 1000 - grace_ms
    for at, entry in enumerate(logged):
        if milliseconds(entry.event.id) > newest:
            return logged[:at]
    return logged
