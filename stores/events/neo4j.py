"""The event log in Neo4j: a node per event, in the transaction that writes its fact.

Events lie in shards. Whoever writes one locks its shard's node, last of all locks, and gives the event the next place
in it: so within a shard places are in the order of commits, and none appears behind one that was read. A position in
the log is the place reached in each shard.
"""

import time
import zlib
from collections.abc import Sequence

from domain.snowflake import compose
from events import Event, encode
from stores.events import RETENTION, LoggedEvent
from stores.neo4j import Neo4jDatabase

SHARDS = 16
"""As many as migrations/neo4j made."""
PRUNED_AT_ONCE = 5_000

# A place is the server's time in microseconds, or one more than the shard's last where that is not later: so the events
# of several shards can be sorted, and a clock that goes back does no harm. The time is taken, and the last place read,
# once the shard is locked.
_LOGGED = """
    CALL (before, answer) {
        WITH answer WHERE before IS NULL AND any(part IN answer WHERE part > 0)
        MATCH (shard:EventShard {number: $given.shard})
        SET shard.locked = true
        WITH answer, shard, datetime.realtime() AS now
        WITH answer, shard, now.epochMillis * 1000 + now.microsecond % 1000 AS at
        SET shard.at = CASE WHEN at > shard.at THEN at ELSE shard.at + 1 END
        CREATE (:Event {id: $given.event_id, shard: $given.shard, at: shard.at, packed: $given.packed, answer: answer})
    }
"""

_READ = """
    UNWIND range(0, size($given.after) - 1) AS shard
    CALL (shard) {
        MATCH (event:Event) USING INDEX SEEK event:Event(shard, at)
        WHERE event.shard = shard AND event.at > $given.after[shard]
        WITH event ORDER BY event.shard, event.at LIMIT $given.limit
        RETURN event, event.at AS at
    }
    WITH shard, at, event ORDER BY at, shard LIMIT $given.limit
    RETURN collect([shard, at, event.id, event.packed])
"""

_PRUNE = """
    MATCH (lock:Lock {name: 'prune'})
    SET lock.locked = true
    WITH lock
    CALL () {
        MATCH (event:Event) WHERE event.id < $given.oldest_kept
        WITH event ORDER BY event.id LIMIT $given.limit
        DELETE event
        RETURN count(*) AS pruned
    }
    RETURN pruned
"""


def with_event(write: str, *, lock: str = "WITH 0 AS locked") -> str:
    """One statement, and so one transaction: `lock`, which ends in one row; `write`, a subquery that ends in
    `RETURN <list of integers> AS answer`, always one row; and the event, if the answer has a part above 0. Its
    parameters are, among others, what `logged` gives.

    Done once more with the same event it writes nothing and gives the first answer, if that went with the event.
    """
    return f"""
        {lock}
        OPTIONAL MATCH (told:Event {{id: $given.event_id}})
        WITH told.answer AS before
        CALL (before) {{
            WITH before WHERE before IS NULL
            CALL () {{
                {write}
            }}
            RETURN head(collect(answer)) AS answer
        }}
        {_LOGGED}
        RETURN coalesce(before, answer)
    """


def logged(event: Event) -> dict[str, object]:
    """The parameters of a statement that writes an event."""
    return {"event_id": event.id, "packed": encode(event), "shard": zlib.crc32(event.id.to_bytes(8)) % SHARDS}


class Neo4jEvents:
    def __init__(self, database: Neo4jDatabase, name: str = "neo4j") -> None:
        self._database = database
        self.name = name

    async def read(self, after: str | None, limit: int) -> Sequence[LoggedEvent]:
        """All but `limit` of each shard are left unread; of those, the earliest are given."""
        places = [int(place) for place in after.split(":")] if after else [0] * SHARDS
        events = []
        for shard, at, event_id, packed in await self._database.read("events", _READ, after=places, limit=limit):
            places[shard] = at
            events.append(LoggedEvent(":".join(map(str, places)), event_id, packed))
        return events

    async def prune(self) -> int:
        oldest_kept = compose(int((time.time() - RETENTION.total_seconds()) * 1000), 0, 0)
        total = 0
        while pruned := await self._database.write("events", _PRUNE, oldest_kept=oldest_kept, limit=PRUNED_AT_ONCE):
            total += int(pruned)
        return total
