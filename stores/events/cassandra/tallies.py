"""How many events there are in the minutes that are over, counted again after 5 seconds, 2 minutes and an hour: what a
node or a network kept back arrives by then. Counted once for all readers of a process."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from stores.cassandra import CassandraStore, Database, Query
from stores.events.cassandra.writing import MINUTE_US, MINUTES_A_DAY, SHARDS

AGAIN_US = (5_000_000, 120_000_000, 3_600_000_000)
"""How long after a minute's end."""
KEPT = 4_000
"""Minutes whose counts are kept: more than the log has."""

MINUTES = """
    SELECT minute, shard FROM event_minutes WHERE day = ? AND shard IN ? AND minute >= ? AND minute <= ?
    PER PARTITION LIMIT ?
"""
COUNT = "SELECT count(*) FROM events WHERE minute = ? AND shard = ?"

STATEMENTS = (MINUTES, COUNT)


def times_due(minute: int, now: int) -> int:
    """How many times a minute was to be counted by now."""
    age = now - (minute + 1) * MINUTE_US
    return sum(age >= after for after in AGAIN_US)


class Tallies(CassandraStore):
    port = "events"
    statements: ClassVar[tuple[str, ...]] = STATEMENTS

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._counts: dict[int, tuple[int, int]] = {}

    async def counts(self, minutes: Iterable[int], now: int) -> Mapping[int, int]:
        """As they were when the last count of each was due. Only of minutes that were due once."""
        due = {minute: times_due(minute, now) for minute in minutes}
        stale = [minute for minute, times in due.items() if self._counts.get(minute, (0, 0))[0] < times]
        if stale:
            counted = await self._count(stale)
            self._counts |= {minute: (due[minute], counted.get(minute, 0)) for minute in stale}
            self._counts = dict(sorted(self._counts.items())[-KEPT:])
        return {minute: self._counts[minute][1] for minute in due}

    async def shards(self, first: int, last: int, limit: int) -> tuple[Mapping[int, Sequence[int]], int]:
        """The shards of each minute that has events, of minutes between these two: as far as the second says, which
        goes on for `limit` minutes or more, or to the last."""
        days = range(first // MINUTES_A_DAY, last // MINUTES_A_DAY + 1)
        shards = list(range(SHARDS))
        pages = await self._ask([Query(MINUTES, (day, shards, first, last, limit)) for day in days])
        found: dict[int, list[int]] = defaultdict(list)
        reached: dict[tuple[int, int], list[int]] = defaultdict(list)
        for day, rows in zip(days, pages, strict=True):
            for minute, shard in rows:
                found[minute].append(shard)
                reached[day, shard].append(minute)
        end = min([last, *(minutes[-1] for minutes in reached.values() if len(minutes) == limit)])
        return {minute: found[minute] for minute in sorted(found) if minute <= end}, end

    async def _count(self, minutes: Sequence[int]) -> Mapping[int, int]:
        shards, _ = await self.shards(min(minutes), max(minutes), MINUTES_A_DAY)
        asked = [(minute, shard) for minute in minutes for shard in shards.get(minute, ())]
        answers = await self._ask([Query(COUNT, each) for each in asked])
        counts: dict[int, int] = defaultdict(int)
        for (minute, _), [(events,)] in zip(asked, answers, strict=True):
            counts[minute] += events
        return counts
