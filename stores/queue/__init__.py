"""Dispatch of events to their targets: the live log, and a queue per consumer. Each target has its own marks and relay
positions, so that none waits for another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

QUEUES = ("timeline", "search", "graph", "media")
"""The consumers, each with a queue of its own."""

LIVE = "live"
"""The target that is no queue: the live log."""

TARGETS = (LIVE, *QUEUES)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What one event sets going: entries for the live log (encoded events of one fact each), and the queues whose
    consumer gets the whole event (`packed`)."""

    event_id: int
    packed: bytes
    live: Sequence[bytes]
    queues: Sequence[str]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A job that failed for good; `at_ms` is the Unix time when."""

    function: str
    args: Sequence[object]
    error: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class QueueState:
    """`age_seconds`: for how long the first job that is due has been waiting, 0 where none is."""

    jobs: int
    age_seconds: float
    dead_letters: int


class Dispatching(Protocol):
    """Events on their way out."""

    async def dispatch(self, dispatches: Sequence[Dispatch]) -> None:
        """News: just committed, and dispatched by its own request. To each target that has not had it yet: entry or job
        and mark at once. A queue that is too long gets nothing; its relay does that later."""

    async def relay(self, target: str, dispatches: Sequence[Dispatch]) -> tuple[int, int]:
        """(done, new): how many of these, from the first on, the target has now had, less than all where the queue is
        too long, and how many of them it had not had before. What was written before the live log was born is no news,
        and not written to it."""

    async def marked(self, target: str, event_ids: Sequence[int]) -> set[int]:
        """Those that the target has had, as far as marks are kept."""

    async def relay_position(self, log: str, target: str) -> str | None:
        """Up to where a target's relay has read an event log; None after a loss."""

    async def save_relay_position(self, log: str, target: str, position: str, passed_ms: int) -> None:
        """Marks of events from well before `passed_ms` (Unix time) are given up."""

    async def save_relay_lag(self, target: str, seconds: float) -> None:
        """How old the first event is that the target waits for; 0 where it has all."""

    async def relay_lags(self) -> Mapping[str, float]:
        """As last saved, by target."""


class Jobs(Protocol):
    """Jobs of the queues."""

    async def enqueue(
        self, queue: str, function: str, job_id: str, *args: object, progress: Mapping[str, int] | None = None
    ) -> bool:
        """Adds a job that no event asks for; False where one of that id waits already. `progress` is saved in the same
        step, kept for an hour."""

    async def progress(self, names: Sequence[str]) -> Mapping[str, int]:
        """What was saved with `enqueue`, of those names that have some."""

    async def forget_progress(self, names: Sequence[str]) -> None:
        """What made it is done: whoever begins it again begins at its beginning."""

    async def count_failure(self, job_id: str) -> int:
        """How often a job has failed, this time included, in whichever process; kept for an hour."""

    async def bury(self, queue: str, function: str, args: Sequence[object], error: str) -> None:
        """Keeps a job that failed for good, and why, among the queue's dead letters."""

    async def dead_letters(self, queue: str) -> Sequence[DeadLetter]:
        """Oldest first."""

    async def replay_dead_letters(self, queue: str, since_ms: int) -> int:
        """Makes jobs again, in one step each, of the dead letters from a Unix time on; how many."""

    async def states(self) -> Mapping[str, QueueState]:
        """Of all queues, in one round trip."""

    async def depth(self, queue: str) -> int:
        """Jobs waiting or running."""


class Queue(Dispatching, Jobs, Protocol):
    """The whole port."""
