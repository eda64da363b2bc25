"""The skeleton of a timeline page: tweet ids in order, from the parts that hold them."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self

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


@dataclass(frozen=True, slots=True)
class Lists:
    """What is precomputed: entries, complete in [floor, top]; top None: up to now."""

    entries: Mapping[int, TimelineSource]
    floor: int
    top: int | None = None

    @classmethod
    def merged(
        cls,
        pushed: Sequence[int],
        floor: int,
        pulled: Iterable[tuple[Sequence[int], int]],
        live: Iterable[int],
        *,
        top: int | None = None,
    ) -> Self:
        """A timeline (up to its top, where it rests), pull indexes, each complete from its floor on, and the ring.
        Together they are complete from the newest of the floors on: the watermark rule."""
        indexes = list(pulled)
        entries = dict.fromkeys(live, TimelineSource.LIVE) | dict.fromkeys(pushed, TimelineSource.PUSHED)
        for ids, _ in indexes:
            entries |= dict.fromkeys(ids, TimelineSource.MERGED)
        return cls(entries, max([floor, *(index_floor for _, index_floor in indexes)]), top)


def skeleton(lists: Lists | None, window: Window, read_store: Callable[[Window], Awaitable[Sequence[int]]]) -> Skeleton:
    """What is precomputed where it is complete, the store above and below; the store alone where nothing is."""
    if lists is None:
        return Skeleton([Stored(read_store, window)])
    end = None if lists.top is None else lists.top + 1
    # A floor may lie above the top: where so much was added later that what is older was trimmed.
    floor = lists.floor if end is None else min(lists.floor, end)
    inside = Window(window.limit, low=floor - 1, high=end)
    kept = {tweet_id: source for tweet_id, source in lists.entries.items() if _inside(inside, tweet_id)}
    parts: list[Part] = [Precomputed(kept, window), Stored(read_store, _below(window, floor))]
    if lists.top is not None:
        parts.insert(0, Stored(read_store, _above(window, lists.top)))
    return Skeleton(parts[::-1] if window.ascending else parts)


def _below(window: Window, floor: int) -> Window:
    return replace(window, high=floor if window.high is None else min(floor, window.high))


def _above(window: Window, top: int) -> Window:
    return replace(window, low=top if window.low is None else max(top, window.low))


def _inside(window: Window, tweet_id: int) -> bool:
    return (window.high is None or tweet_id < window.high) and (window.low is None or tweet_id > window.low)
