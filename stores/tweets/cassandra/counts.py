"""Counts are recounted from the rows, never stepped: a bucket after each write into it, and the sum of a list's buckets
onto its tweet.

Whoever wrote counts, writes the count where it is another than is there, and looks again, until both agree. So of many
who count at once, each may be overtaken by an older count, but its writer looks again after that. A writer that dies in
between leaves a count that the next write mends.
"""

# ruff: noqa: S608 - statements are composed of constants alone; values are arguments

import asyncio
from collections.abc import Iterable
from typing import ClassVar, NamedTuple

from stores.cassandra import CassandraStore, Database, Query
from stores.cassandra.stamps import now_us
from stores.tweets.cassandra.links import FULL, LISTS, LinkList, new_bucket, next_bucket

ATTEMPTS = 20
"""Looks after which a count is left to others: they are at it all the time."""

_PARTS = "SELECT bucket, counted, writetime(counted) FROM buckets WHERE owner_id = ? AND list = ?"
_SET_PART = "UPDATE buckets USING TIMESTAMP ? SET counted = ? WHERE owner_id = ? AND list = ? AND bucket = ?"


def _sum(column: str) -> str:
    return f"SELECT {column}, writetime({column}) FROM tweets WHERE id = ?"


def _set_sum(column: str) -> str:
    return f"UPDATE tweets USING TIMESTAMP ? SET {column} = ? WHERE id = ?"


class Counted(NamedTuple):
    """A bucket of a list."""

    links: LinkList
    owner_id: int
    bucket: int


class Recounts(CassandraStore):
    statements: ClassVar[tuple[str, ...]] = (
        _PARTS,
        _SET_PART,
        *(cql(links.counted) for links in LISTS if links.counted for cql in (_sum, _set_sum)),
    )

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._waiting: dict[Counted, asyncio.Task[None]] = {}
        self._counting: dict[Counted, asyncio.Task[None]] = {}

    async def _recount(self, buckets: Iterable[Counted]) -> None:
        """Returns when each was counted, by somebody, from a moment after the call on."""
        await asyncio.gather(*map(self._recounted, dict.fromkeys(buckets)))

    def _recounted(self, counted: Counted) -> asyncio.Task[None]:
        """One count waits while one is under way, and is for all who ask meanwhile."""
        if counted not in self._waiting:
            self._waiting[counted] = asyncio.create_task(self._count_in_turn(counted))
        return self._waiting[counted]

    async def _count_in_turn(self, counted: Counted) -> None:
        if before := self._counting.get(counted):
            await asyncio.wait([before])
        task = self._counting[counted] = self._waiting.pop(counted)
        try:
            for _ in range(ATTEMPTS):
                if await self._agrees(counted):
                    break
        finally:
            if self._counting[counted] is task:
                del self._counting[counted]

    async def _agrees(self, counted: Counted) -> bool:
        """Counts once. False where that was not what was there, which is now overwritten."""
        links, owner_id, bucket = counted
        asked = [Query(links.count, (owner_id, bucket)), Query(_PARTS, (owner_id, links.table))]
        if links.counted:
            asked.append(Query(_sum(links.counted), (owner_id,)))
        [[(entries,)], parts, *sums] = await self._ask(asked)
        known = {part: (there or 0, at or 0) for part, there, at in parts}
        writes = []
        there, at = known.get(bucket, (0, 0))
        if there != entries:
            writes.append(Query(_SET_PART, (_later_than(at), entries, owner_id, links.table, bucket)))
        if links.counted:
            total = sum(there for there, _ in known.values()) - there + entries
            there, at = sums[0][0] if sums[0] else (0, 0)
            if (there or 0) != total:
                writes.append(Query(_set_sum(links.counted), (_later_than(at or 0), total, owner_id)))
            if entries >= FULL and bucket == max([bucket, *known]):
                writes.append(new_bucket(links, owner_id, next_bucket()))
        await self._ask(writes)
        return not writes


def _later_than(at: int) -> int:
    """A time for cells, in microseconds, that wins over another process's with a faster clock."""
    return max(now_us(), at + 1)
