"""How an import tells of itself."""

from typing import Protocol

from services.imports.files import BadLine


class Progress(Protocol):
    """One phase at a time: the next begins where the one before ended."""

    def begin(self, phase: str, total: int) -> None:
        """A phase of so many rows, or jobs."""

    def advance(self, count: int) -> None:
        """So many more of the phase are done."""

    def finish(self) -> None:
        """The phase is over."""

    def bad_line(self, bad: BadLine) -> None:
        """A line was left out."""

    def say(self, message: str) -> None:
        """What whoever waits should know."""
