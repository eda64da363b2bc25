"""Timelines over several servers, each of which has those of some owners."""

import asyncio
import zlib
from collections import defaultdict
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from itertools import chain
from typing import TypeVar

from stores.timelines import Timeline, TimelineStore

T = TypeVar("T")


def place(owner_id: int, count: int) -> int:
    """Which of so many servers has an owner's list. Ids of one moment differ in few bits, which the hash spreads."""
    return zlib.crc32(owner_id.to_bytes(8)) % count


class SpreadTimelines:
    """Lists of one kind, kept by `parts` in their order. What concerns many owners asks all their servers at once; with
    one of these down it is Unavailable, but has been done on the others."""

    def __init__(self, parts: Sequence[TimelineStore]) -> None:
        self._parts = parts

    async def read(self, owner_id: int) -> Timeline | None:
        return await self._part(owner_id).read(owner_id)

    async def read_many(self, owner_ids: Sequence[int]) -> Mapping[int, Timeline]:
        found = await _all(part.read_many(ids) for part, ids in self._grouped(owner_ids))
        return {owner_id: timeline for each in found for owner_id, timeline in each.items()}

    async def existing(self, owner_ids: Sequence[int]) -> Sequence[int]:
        found = await _all(part.existing(ids) for part, ids in self._grouped(owner_ids))
        return list(chain.from_iterable(found))

    async def push(self, owner_ids: Sequence[int], tweet_ids: Sequence[int], *, redelivered: bool) -> int:
        added = (part.push(ids, tweet_ids, redelivered=redelivered) for part, ids in self._grouped(owner_ids))
        return sum(await _all(added))

    async def begin(self, owner_id: int, epoch: bytes, built_at: int) -> None:
        await self._part(owner_id).begin(owner_id, epoch, built_at)

    async def finish(
        self, owner_id: int, epoch: bytes, tweet_ids: Sequence[int], reach: int, *, top: int | None = None
    ) -> bool:
        return await self._part(owner_id).finish(owner_id, epoch, tweet_ids, reach, top=top)

    async def merge(self, owner_id: int, tweet_ids: Sequence[int], reach: int) -> bool:
        return await self._part(owner_id).merge(owner_id, tweet_ids, reach)

    async def keep(self, owner_ids: Sequence[int]) -> None:
        await _all(part.keep(ids) for part, ids in self._grouped(owner_ids))

    async def drop(self, owner_ids: Sequence[int]) -> None:
        await _all(part.drop(ids) for part, ids in self._grouped(owner_ids))

    def _part(self, owner_id: int) -> TimelineStore:
        return self._parts[place(owner_id, len(self._parts))]

    def _grouped(self, owner_ids: Sequence[int]) -> Iterable[tuple[TimelineStore, Sequence[int]]]:
        groups: dict[int, list[int]] = defaultdict(list)
        for owner_id in owner_ids:
            groups[place(owner_id, len(self._parts))].append(owner_id)
        return [(self._parts[number], ids) for number, ids in groups.items()]


async def _all(calls: Iterable[Coroutine[object, object, T]]) -> Sequence[T]:
    """What all return; raises the first failure, once the others have ended."""
    done = await asyncio.gather(*calls, return_exceptions=True)
    for each in done:
        if isinstance(each, BaseException):
            raise each
    return [each for each in done if not isinstance(each, BaseException)]
