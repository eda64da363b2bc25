"""The skeleton of a timeline page: tweet ids in order, from the parts that hold them."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from domain.page import Window
from domain.timelines import TimelineSource

Entry = tuple[int, TimelineSource]


class Part(Protocol):
    @property
    def exhausted(self) -> bool: ...

    async def take(self, limit: int) -> Sequence[Entry]:
        """The next entries, at most `limit`; fewer only at the part's end, which it then says."""


class Precomputed:
    """Entries that are here already: the timeline's and the ring's, from the floor upwards."""

    def __init__(self, entries: Mapping[int, TimelineSource], window: Window) -> None:
        inside = (tweet_id for tweet_id in entries if _inside(window, tweet_id))
        self._ids = sorted(inside, reverse=not window.ascending)
        self._entries = entries
        self._at = 0

    @property
    def exhausted(self) -> bool:
        return self._at >= len(self._ids)

    async def take(self, limit: int) -> Sequence[Entry]:
        ids = self._ids[self._at : self._at + limit]
        self._at += len(ids)
        return [(tweet_id, self._entries[tweet_id]) for tweet_id in ids]


class Stored:
    """Entries from the tweets store, in a window."""

    def __init__(self, read: Callable[[Window], Awaitable[Sequence[int]]], window: Window) -> None:
        self._read = read
        self._window = window
        self.exhausted = window.high is not None and window.high <= (window.low or 0) + 1

    async def take(self, limit: int) -> Sequence[Entry]:
        ids = await self._read(replace(self._window, limit=limit))
        self.exhausted = len(ids) < limit
        if ids and self._window.ascending:
            self._window = replace(self._window, low=ids[-1])
        elif ids:
            self._window = replace(self._window, high=ids[-1])
        return [(tweet_id, TimelineSource.STORE) for tweet_id in ids]


@dataclass
class Skeleton:
    """The parts of a page, in the order of reading."""

    parts: list[Part]

    @property
    def exhausted(self) -> bool:
        return all(part.exhausted for part in self.parts)

    async def take(self, limit: int) -> list[Entry]:
        """The next entries in order; fewer than `limit` only at the end."""
        taken: list[Entry] = []
        for part in self.parts:
            while len(taken) < limit and not part.exhausted:
                taken += await part.take(limit - len(taken))
        return taken


def skeleton(
    entries: Mapping[int, TimelineSource],
    floor: int | None,
    window: Window,
    read_store: Callable[[Window], Awaitable[Sequence[int]]],
) -> Skeleton:
    """From the floor upwards what is precomputed, below it the store (floor None: nothing is precomputed; 0: all is).
    Never returns what is older than the floor from a source that is not complete there: the watermark rule."""
    if floor is None:
        return Skeleton([Stored(read_store, window)])
    above = Precomputed(_from_floor(entries, floor), window)
    below = Stored(read_store, replace(window, high=min(floor, window.high) if window.high is not None else floor))
    return Skeleton([below, above] if window.ascending else [above, below])


def _from_floor(entries: Mapping[int, TimelineSource], floor: int) -> dict[int, TimelineSource]:
    items: Iterable[Entry] = entries.items()
    return {tweet_id: source for tweet_id, source in items if tweet_id >= floor}


def _inside(window: Window, tweet_id: int) -> bool:
    return (window.high is None or tweet_id < window.high) and (window.low is None or tweet_id > window.low)
