"""The event log of a writing store: every event lies in it from the transaction that wrote its fact, for 48 hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from events import Event, decode

RETENTION = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """`position` is the log's own order, opaque to all others; later commits have later positions. `packed`: as
    events.encode wrote it."""

    position: str
    event_id: int
    packed: bytes

    @property
    def event(self) -> Event:
        """Decoded when it is asked for. Raises UnknownKind where a later version wrote it."""
        return decode(self.packed)


class EventLog(Protocol):
    name: str
    """Tells the logs of one deployment apart."""

    async def read(self, after: str | None, limit: int) -> Sequence[LoggedEvent]:
        """Events after a position (None: from the oldest kept), in the log's order. An event that commits late is never
        passed: the answer ends where a transaction is still open, or, where the store can't tell, those around it are
        given again with it."""

    async def prune(self) -> int:
        """Drops events older than RETENTION; how many there were, 0 where the store forgets them by itself."""
