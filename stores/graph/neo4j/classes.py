"""Classes of readers, which decide what is pushed to them, and of authors: fame."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.activity import Activity, LastSeen
from domain.snowflake import MAX_ID
from events import Event
from stores.events.neo4j import with_event
from stores.graph.neo4j.counts import famous
from stores.graph.neo4j.locks import LOCK, GraphPart
from stores.graph.neo4j.people import moment, time_of

SETTLED_AT_ONCE = 1_000

_SEEN = f"""
    {LOCK}
    MATCH (person:Person) WHERE person.id IN $given.people
    SET person.last_seen = CASE WHEN person.last_seen < $given.at THEN $given.at ELSE person.last_seen END
    RETURN collect(CASE WHEN person.activity <> 'ACTIVE' THEN person.id END)
"""

_ACTIVITIES = "MATCH (person:Person) WHERE person.id IN $given.user_ids RETURN collect([person.id, person.activity])"

# An index has no range of pairs: those seen at the very time that the range begins with come first.
_CLASSED = """
    CALL () {
        MATCH (person:Person) USING INDEX SEEK person:Person(activity, last_seen, id)
        WHERE person.activity = $given.activity AND person.last_seen = $given.at AND person.id > $given.user_id
            AND $given.at < $given.before
        WITH person ORDER BY person.activity, person.last_seen, person.id LIMIT $given.limit
        RETURN person.last_seen AS at, person.id AS id
        UNION ALL
        MATCH (person:Person) USING INDEX SEEK person:Person(activity, last_seen, id)
        WHERE person.activity = $given.activity AND person.last_seen > $given.at AND person.last_seen < $given.before
            AND person.id IS NOT NULL
        WITH person ORDER BY person.activity, person.last_seen, person.id LIMIT $given.limit
        RETURN person.last_seen AS at, person.id AS id
    }
    WITH at, id ORDER BY at, id LIMIT $given.limit
    RETURN collect([at, id])
"""

# From PASSIVE to INACTIVE and back no mark changes: those edges need not be read.
_RECLASS = with_event(
    """
    MATCH (person:Person) WHERE person.id IN $given.people
        AND person.activity <> $given.activity AND person.last_seen >= $given.since AND person.last_seen < $given.before
    WITH collect([person.id, 'ACTIVE' IN [person.activity, $given.activity]]) AS moved
    CALL (moved) {
        UNWIND moved AS move
        MATCH (person:Person {id: move[0]})
        SET person.activity = $given.activity
        WITH person, move WHERE move[1]
        MATCH (person)-[edge:FOLLOWS]->()
        SET edge.feeds = ($given.activity = 'ACTIVE')
    }
    RETURN [move IN moved | move[0]] AS answer
    """,
    lock=LOCK,
)

_SETTLE_FAME = f"""
    MATCH (person:Person) USING INDEX SEEK person:Person(id) WHERE person.id > $given.after
    WITH person ORDER BY person.id LIMIT $given.limit
    SET person.locked = true
    WITH person
    SET person.famous = {famous("person")}
    RETURN max(person.id)
"""


class Classes(GraphPart):
    async def seen(self, user_ids: Sequence[int], at: datetime) -> Sequence[int]:
        asleep: Sequence[int] = await self._write(_SEEN, user_ids, at=moment(at))
        return asleep

    async def activities(self, user_ids: Sequence[int]) -> Mapping[int, Activity]:
        rows = await self._read(_ACTIVITIES, user_ids=list(user_ids))
        return {user_id: Activity(name) for user_id, name in rows}

    async def classed(
        self,
        activity: Activity,
        limit: int,
        *,
        since: datetime | None = None,
        before: datetime | None = None,
        after: LastSeen | None = None,
    ) -> Sequence[LastSeen]:
        low = max((moment(since), -1), (moment(after.at), after.user_id) if after else (moment(None), -1))
        rows = await self._read(
            _CLASSED, activity=activity.value, limit=limit, at=low[0], user_id=low[1], before=_end(before)
        )
        return [LastSeen(time_of(at), user_id) for at, user_id in rows]

    async def reclass(
        self,
        user_ids: Sequence[int],
        activity: Activity,
        event: Event,
        *,
        since: datetime | None = None,
        before: datetime | None = None,
    ) -> Sequence[int]:
        bounds = {"since": moment(since), "before": _end(before)}
        return await self._write_event(_RECLASS, user_ids, event, activity=activity.value, **bounds)

    async def settle_fame(self) -> None:
        last: int | None = 0
        fame = {"famous": self._fame.followers, "stays": self._fame.stays}
        while last is not None:
            last = await self._database.write(self.port, _SETTLE_FAME, after=last, limit=SETTLED_AT_ONCE, **fame)


def _end(before: datetime | None) -> int:
    return MAX_ID if before is None else moment(before)
