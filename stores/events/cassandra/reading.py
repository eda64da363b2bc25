"""Reading the event log: what is new, in the order of stamps, then what came late."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from stores.cassandra import Query
from stores.events import RETENTION, LoggedEvent
from stores.events.cassandra.places import Key, Place
from stores.events.cassandra.tallies import AGAIN_US, Tallies, times_due
from stores.events.cassandra.writing import MINUTE_US

RETENTION_US = int(RETENTION.total_seconds() * 1_000_000)
MINUTES_AT_ONCE = 60
"""Of which it is looked up at once whether they have events."""

READ = """
    SELECT at, id, packed FROM events
    WHERE minute = ? AND shard = ? AND (at, id) > (?, ?) AND (at, id) < (?, ?) LIMIT ?
"""


class CassandraEvents(Tallies):
    """At least once: where an event came late, its minute is given anew. What processes write, others may see in
    another order; so who reads gives writers a moment first."""

    port = "events"
    name = "cassandra"
    statements: ClassVar[tuple[str, ...]] = (READ,)

    async def read(self, after: str | None, limit: int) -> Sequence[LoggedEvent]:
        settled, now = self._database.stamps.settled(), self._database.stamps.now()
        place = Place.parse(after) if after else Place.start(now - RETENTION_US, now - AGAIN_US[-1] - MINUTE_US)
        place, found = await self._anew(place, limit)
        place, _ = await self._reviewed(place, place.minute, now)
        place, news = await self._news(place, settled, limit - len(found))
        found += news
        if len(found) < limit:
            closed = min(settled, now - AGAIN_US[0]) // MINUTE_US
            place, grown = await self._reviewed(place.passed(closed), closed, now)
            for minute in grown:
                place, latecomers = await self._anew(place.begun_again(minute), limit - len(found))
                found += latecomers
        return [LoggedEvent(str(place), event_id, packed) for place, event_id, packed in found]

    async def prune(self) -> int:
        """The server forgets them by itself, RETENTION after they were written."""
        return 0

    async def _news(self, place: Place, settled: int, limit: int) -> tuple[Place, list["_Found"]]:
        """Events after a place, below a stamp; each with the place after it."""
        found: list[_Found] = []
        first, last = place.minute, settled // MINUTE_US
        while first <= last and len(found) < limit:
            shards, end = await self.shards(first, last, MINUTES_AT_ONCE)
            for minute, among in shards.items():
                room = limit - len(found)
                for stamp, event_id, packed in await self._minute(minute, among, place.last, (settled, -1), room):
                    place = place.after((stamp, event_id))
                    found.append((place, event_id, packed))
            first = end + 1
        return place, found

    async def _reviewed(self, place: Place, upto: int, now: int) -> tuple[Place, list[int]]:
        """The minutes before `upto` that have more events than were given, and the place without those before them
        that are over for good."""
        minutes = range(place.first, upto)
        anew = place.again[0] // MINUTE_US if place.again else None
        counts = await self.counts([minute for minute in minutes if times_due(minute, now)], now)
        grown = [minute for minute, events in counts.items() if events > place.of(minute) and minute != anew]
        for minute in minutes:
            if minute in (anew, *grown) or times_due(minute, now) < len(AGAIN_US):
                return place.without(minute), grown
        return place.without(upto), grown

    async def _anew(self, place: Place, limit: int) -> tuple[Place, list["_Found"]]:
        """The events of the minute that is given anew, from where it was left."""
        if not place.again or not limit:
            return place, []
        found: list[_Found] = []
        minute = place.again[0] // MINUTE_US
        shards, _ = await self.shards(minute, minute, MINUTES_AT_ONCE)
        end = (minute + 1) * MINUTE_US, -1
        for stamp, event_id, packed in await self._minute(minute, shards.get(minute, ()), place.again, end, limit):
            place = place.after_again((stamp, event_id))
            found.append((place, event_id, packed))
        if len(found) < limit:
            place = replace(place, again=None)
            found[-1:] = [(place, event_id, packed) for _, event_id, packed in found[-1:]]
        return place, found

    async def _minute(
        self, minute: int, shards: Sequence[int], after: Key, before: Key, limit: int
    ) -> list[tuple[int, int, bytes]]:
        """The first events of a minute between two keys, as (stamp, id, packed)."""
        found: list[tuple[int, int, bytes]] = []
        while shards and len(found) < limit:
            share = min(limit, 2 * limit // len(shards) + 8)
            parts = await self._ask([Query(READ, (minute, shard, *after, *before, share)) for shard in shards])
            # Of a shard that may have more, nothing is known beyond what it gave.
            ends = [part[-1][:2] for part in parts if len(part) == share]
            rows = sorted(row for part in parts for row in part if not ends or row[:2] <= min(ends))
            found += rows
            if not ends:
                break
            after = min(ends)
        return found[:limit]


_Found = tuple[Place, int, bytes]
