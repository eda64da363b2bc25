"""Dispatch of events: the live log entry, a job per consumer and the mark that it was done, in one step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

QUEUES = ("timeline", "search", "graph")
"""The consumers, each with a queue of its own."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What one event sets going: entries for the live log (encoded events of one fact each), and the queues whose
    consumer gets the whole event (`packed`)."""

    event_id: int
    packed: bytes
    live: Sequence[bytes]
    queues: Sequence[str]


class Queue(Protocol):
    async def dispatch(self, dispatches: Sequence[Dispatch], *, is_news: bool = False) -> int:
        """Dispatches those that bear no mark yet; how many. All of one event, or nothing. What was written before the
        live log was born goes to the consumers alone, unless it is news: just committed, and dispatched by its own
        request."""

    async def enqueue(self, queue: str, function: str, job_id: str, *args: object) -> bool:
        """Adds a job that no event asks for; False where one of that id waits already."""

    async def bury(self, queue: str, function: str, args: Sequence[object], error: str) -> None:
        """Keeps a job that failed for good, and why, among the queue's dead letters."""

    async def marked(self, event_ids: Sequence[int]) -> set[int]:
        """Those that were dispatched, as far as marks are kept."""

    async def relay_position(self, log: str) -> str | None:
        """Up to where the relay has read an event log; None after a loss."""

    async def save_relay_position(self, log: str, position: str, passed_ms: int) -> None:
        """Marks of events from well before `passed_ms` (Unix time) are given up."""

    async def depth(self, queue: str) -> int:
        """Jobs waiting or running."""
