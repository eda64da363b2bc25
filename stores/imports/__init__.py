"""Which files of tweets were imported: a file that is seen again gives its rows the same ids."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


class AlreadyImporting(Exception):
    """Another import runs on the same stores."""

    def __init__(self) -> None:
        super().__init__("Another import is running; wait for its end.")


@dataclass(frozen=True, slots=True)
class ImportRun:
    """`number` counts files, from 0. `started_ms` is the Unix time that rows without a date begin at: no two runs share
    a millisecond there."""

    number: int
    started_ms: int


class ImportRuns(Protocol):
    async def run_of(self, digest: bytes, now_ms: int, length_ms: int) -> ImportRun:
        """The run of the file of this SHA-256; the first time a new one is recorded, from `now_ms` or the end of all
        runs before, and so long."""

    def alone(self) -> AbstractAsyncContextManager[None]:
        """For the block, or until the process dies, no other import runs. Raises AlreadyImporting."""
