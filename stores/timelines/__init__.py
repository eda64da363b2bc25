"""Lists of tweet ids in Redis: precomputed timelines, one per reader, and pull indexes, one per author whose tweets are
not written to timelines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class State(Enum):
    """BUILDING: takes pushes, but must not be read. READY: complete from the floor on, pushes included. RESTING: only
    complete in [floor, top], since nothing is pushed to a reader who is not active."""

    BUILDING = 0
    READY = 1
    RESTING = 2


@dataclass(frozen=True, slots=True)
class Timeline:
    """Ids are in the order of arrival, newest arrival first, and may lie below the floor or repeat. `top` counts for
    RESTING ones. `built_at` is the Unix time in ms at which its building began."""

    state: State
    epoch: bytes
    floor: int
    top: int
    built_at: int
    ids: Sequence[int]


class TimelineStore(Protocol):
    """Lists of one kind. Each expires as a whole when it was not kept for the kind's time, if that has one. One of
    another version (size, layout) can't be read; what writes to it drops it, since it lacks that for good."""

    async def read(self, owner_id: int) -> Timeline | None:
        """None where there is none, or one of another version."""

    async def read_many(self, owner_ids: Sequence[int]) -> Mapping[int, Timeline]:
        """Those that there are, in one round trip."""

    async def existing(self, owner_ids: Sequence[int]) -> Sequence[int]:
        """Those who have a list, whatever its state or version, in one round trip."""

    async def push(self, owner_ids: Sequence[int], tweet_ids: Sequence[int], *, redelivered: bool) -> int:
        """Writes the tweets into those of the lists that exist; how many entries were added. An id within the newest
        64, or below the floor, is not added; `redelivered` looks through the whole list."""

    async def begin(self, owner_id: int, epoch: bytes, built_at: int) -> None:
        """An empty list that is being built, in place of what there was."""

    async def finish(
        self, owner_id: int, epoch: bytes, tweet_ids: Sequence[int], reach: int, *, top: int | None = None
    ) -> bool:
        """Ends a building: adds ids that are complete down to `reach` (0: to the beginning). READY, or with a top
        RESTING. False, and nothing is done, where the list is not being built under this epoch (any more)."""

    async def merge(self, owner_id: int, tweet_ids: Sequence[int], reach: int) -> bool:
        """Adds ids to whatever list there is, complete down to `reach`, and raises the floor to it; its state stays.
        False where there is none."""

    async def keep(self, owner_ids: Sequence[int]) -> None:
        """Begins the time to expiry anew."""

    async def drop(self, owner_ids: Sequence[int]) -> None: ...
