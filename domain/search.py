"""Search: what an index answers."""

from dataclasses import dataclass
from enum import Enum


class SearchType(Enum):
    """What a search looks for, and how it sorts."""

    TOP = "TOP"
    LATEST = "LATEST"
    PEOPLE = "PEOPLE"
    MEDIA = "MEDIA"


@dataclass(frozen=True, slots=True)
class SearchCursor:
    """Where a page of hits ended: hits are sorted by (rank, id), highest first. LATEST has rank 0 throughout."""

    rank: float
    id: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A tweet's or a user's id, its rank, and its text as HTML with the matches in `<em>` (None: no part to show)."""

    id: int
    rank: float
    highlight: str | None
