"""The live log: what was posted, deleted or changed in the follow graph, in the order of arrival. Numbers are dense: an
entry that is missing is noticed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class LogPosition:
    """`epoch` names one unbroken life of the log; `number` is that of its last entry, 0 where it is empty. Events
    written before `born_ms` (Unix time) are not in it."""

    epoch: str
    born_ms: int
    number: int


@dataclass(frozen=True, slots=True)
class LogEntry:
    """`at_ms`: Unix time of its arrival. `body`: an encoded event of one fact."""

    number: int
    at_ms: int
    body: bytes


class LiveLog(Protocol):
    async def position(self) -> LogPosition:
        """Where the log stands now. Begins a new epoch where the log was lost."""

    async def read(self, after: int, limit: int, block_ms: int) -> tuple[LogPosition, Sequence[LogEntry]]:
        """Entries after a number, waiting up to block_ms for the first; with the position (epoch read in the same
        breath)."""

    async def first_number(self) -> int:
        """The number of the oldest entry kept; one more than the last where none is."""

    async def trim(self, older_than_ms: int) -> None:
        """Drops entries that arrived before a Unix time."""
