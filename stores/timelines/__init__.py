"""Precomputed timelines: one Redis list per reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Timeline:
    """A reader's precomputed timeline: complete in [floor, newest] once `ready`. Ids are in the order of arrival,
    newest arrival first, and may lie below the floor or repeat. `built_at` is the Unix time in ms at which its building
    began."""

    ready: bool
    epoch: bytes
    floor: int
    built_at: int
    ids: Sequence[int]


class TimelineStore(Protocol):
    async def read(self, reader_id: int) -> Timeline | None:
        """None where there is none, or one of another version (size, layout)."""

    async def existing(self, reader_ids: Sequence[int]) -> Sequence[int]:
        """Those of the readers who have a timeline, ready or being built, in one round trip."""

    async def push(self, reader_ids: Sequence[int], tweet_ids: Sequence[int], *, redelivered: bool) -> int:
        """Writes the tweets into those of the readers' timelines that exist; how many entries were added. An id within
        the newest 64, or below the floor, is not added; `redelivered` looks through the whole list."""

    async def begin(self, reader_id: int, epoch: bytes, built_at: int) -> None:
        """An empty timeline that is being built and takes pushes, in place of what there was."""

    async def merge(self, reader_id: int, tweet_ids: Sequence[int], reach: int, *, epoch: bytes | None = None) -> bool:
        """Adds ids that are complete down to `reach` (0: to the beginning); raises the floor to it. With an epoch: the
        end of a building, refused where the timeline has another epoch; without: a follow, for any timeline there is.
        False where nothing was done."""

    async def drop(self, reader_id: int) -> None: ...
