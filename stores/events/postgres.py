"""The event log in Postgres: one table for all stores of a database."""

import time
from collections.abc import Sequence

from domain.snowflake import compose
from events import Event, encode
from stores.events import RETENTION, LoggedEvent
from stores.postgres import Database, PostgresStore

PRUNED_AT_ONCE = 10_000

_LOGGED = """
    logged AS (INSERT INTO events (id, packed) SELECT $1, $2 WHERE EXISTS (SELECT FROM written))
"""

# Transaction ids are not in the order of commits. Below the oldest one still open, though, none can appear any more.
# https://www.postgresql.org/docs/18/functions-info.html#FUNCTIONS-PG-SNAPSHOT
_READ = """
    SELECT xid, id, packed FROM events
    WHERE (xid, id) > ($1::xid8, $2::bigint) AND xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY xid, id LIMIT $3
"""

_PRUNE = """
    WITH pruned AS (
        DELETE FROM events WHERE id IN (SELECT id FROM events WHERE id < $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)
        RETURNING id
    )
    SELECT count(*) FROM pruned
"""


def with_event(*steps: str, result: str) -> str:
    """One statement, and so one transaction: common table expressions, one of them called `written`; the event, unless
    `written` is empty; and `result`. Its first two arguments are what `logged` gives."""
    return " ".join(("WITH", ", ".join((*steps, _LOGGED)), result))


def logged(event: Event) -> tuple[int, bytes]:
    """The first two arguments of a statement that writes an event."""
    return event.id, encode(event)


class PostgresEvents(PostgresStore):
    port = "events"

    def __init__(self, database: Database, name: str = "postgres") -> None:
        super().__init__(database)
        self.name = name

    async def read(self, after: str | None, limit: int) -> Sequence[LoggedEvent]:
        last_xid, last_id = map(int, after.split(":")) if after else (0, 0)
        rows = await self._fetch(_READ, last_xid, last_id, limit)
        return [LoggedEvent(f"{xid}:{event_id}", event_id, packed) for xid, event_id, packed in rows]

    async def prune(self) -> int:
        oldest_kept = compose(int((time.time() - RETENTION.total_seconds()) * 1000), 0, 0)
        total = 0
        while (pruned := await self._fetchval(_PRUNE, oldest_kept, PRUNED_AT_ONCE)) == PRUNED_AT_ONCE:
            total += pruned
        return total + int(pruned)
