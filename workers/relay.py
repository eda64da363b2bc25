"""The relays: each reads the event logs for one target, and hands on what a process committed but did not live to
dispatch, or what the target's queue had no room for."""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress

from domain.errors import Unavailable
from domain.snowflake import milliseconds
from events import Event, Followed, UnknownKind
from faults import crash_point
from services.dispatch import plan
from stores.events import EventLog, LoggedEvent
from stores.queue import LIVE, Dispatch, Dispatching

_logger = logging.getLogger(__name__)

BATCH = 500
IDLE_SECONDS = 1.0
WAITING_SECONDS = 0.2
GRACE_MS = 2_000
"""How long a request is left to dispatch its own event. Both at once would do no harm: the mark decides. So a relay's
first pass, which finds what a process before it left, gives none."""

TOLD_SECONDS = 60.0

MergeFollows = Callable[[Iterable[tuple[int, int]]], Awaitable[None]]


class Relay:
    """One target's. May run in several processes at once: each event is handed on once, by its mark."""

    def __init__(
        self, target: str, logs: Sequence[EventLog], queue: Dispatching, merge_follows: MergeFollows | None = None
    ) -> None:
        """`merge_follows` is done before the target is told of a follow, as by its request."""
        self._target = target
        self._logs = logs
        self._queue = queue
        self._merge_follows = merge_follows
        self._waiting_since: dict[str, int] = {}
        self._relayed = 0
        self._told_at: dict[str, float] = {}

    async def run(self) -> None:
        """Relays for as long as the process lives."""
        grace_ms = 0
        while True:
            if await self.pass_over(grace_ms):
                grace_ms = GRACE_MS
                await asyncio.sleep(IDLE_SECONDS)
            else:
                await asyncio.sleep(WAITING_SECONDS)

    async def pass_over(self, grace_ms: int = GRACE_MS) -> bool:
        """Relays all logs, none of which waits for another, and saves the lag; False where the target has to wait."""
        complete = True
        for log in self._logs:
            try:
                complete &= await self.relay(log, grace_ms)
            except Unavailable as unavailable:
                self._tell_of_waiting(str(unavailable))
                complete = False
        with suppress(Unavailable):
            await self._queue.save_relay_lag(self._target, self._lag_seconds())
        return complete

    async def relay(self, log: EventLog, grace_ms: int = GRACE_MS) -> bool:
        """Hands on what a log holds from the last position on, up to events that are younger than the grace; False
        where the target has to wait for one of them."""
        position = await self._queue.relay_position(log.name, self._target)
        while ripe := _ripe(await log.read(position, BATCH), grace_ms):
            self._waiting_since[log.name] = milliseconds(ripe[0].event_id)
            done = await self._hand_on(ripe)
            if done:
                position = ripe[done - 1].position
                passed_ms = min(milliseconds(logged.event_id) for logged in ripe[:done])
                await self._queue.save_relay_position(log.name, self._target, position, passed_ms)
                crash_point("relay.saved")
            if done < len(ripe):
                self._waiting_since[log.name] = milliseconds(ripe[done].event_id)
                return False
            if len(ripe) < BATCH:
                break
        self._waiting_since.pop(log.name, None)
        return True

    async def _hand_on(self, ripe: Sequence[LoggedEvent]) -> int:
        """How many of these, from the first on, the target has now had."""
        missing, reach = await self._missing(ripe)
        if not missing:
            return reach
        if self._merge_follows:
            for event, _ in missing.values():
                if isinstance(event.body, Followed):
                    await self._merge_follows(event.body.edges)
        done, new = await self._queue.relay(self._target, [dispatch for _, dispatch in missing.values()])
        crash_point("relay.dispatched")
        self._relayed += new
        if new:
            self._tell("relayed", f"events that no request dispatched: {self._relayed} so far")
        if done < len(missing):
            self._tell_of_waiting("its queue is too long")
            return list(missing)[done]
        return reach

    async def _missing(self, ripe: Sequence[LoggedEvent]) -> tuple[dict[int, tuple[Event, Dispatch]], int]:
        """Those that are for the target and have not reached it, by their places; and how many it looked at. It stops
        in front of what only a later version knows: that one's relay, which shares the position, takes it."""
        had = await self._queue.marked(self._target, [logged.event_id for logged in ripe])
        missing: dict[int, tuple[Event, Dispatch]] = {}
        for place, logged in enumerate(ripe):
            if logged.event_id in had:
                continue
            try:
                event = logged.event
            except UnknownKind as unknown:
                self._tell_of_waiting(f"event {logged.event_id} is of a kind for a later version: {unknown}")
                return missing, place
            dispatch = plan(event)
            if dispatch.live if self._target == LIVE else self._target in dispatch.queues:
                missing[place] = event, dispatch
        return missing, len(ripe)

    def _lag_seconds(self) -> float:
        now = time.time()
        return max([now - since_ms / 1000 for since_ms in self._waiting_since.values()], default=0.0)

    def _tell_of_waiting(self, reason: str) -> None:
        self._tell(reason, f"waits, {reason}")

    def _tell(self, about: str, what: str) -> None:
        now = time.monotonic()
        if now >= self._told_at.get(about, -math.inf) + TOLD_SECONDS:
            self._told_at[about] = now
            _logger.warning("relay of %s: %s", self._target, what)


def _ripe(logged: Sequence[LoggedEvent], grace_ms: int) -> Sequence[LoggedEvent]:
    newest = time.time() * 1000 - grace_ms
    for at, entry in enumerate(logged):
        if milliseconds(entry.event_id) > newest:
            return logged[:at]
    return logged
