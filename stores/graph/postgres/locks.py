"""The one lock of the graph: a person's row in `activity`.

Whoever changes whom somebody follows, their class, or puts a block between them and another, locks their row first; of
several people in the order of their ids. So of one follower's edges one transaction writes at a time, and none waits
for another in a circle: rows of `activity` come before all others, and counts, by id as well, after all. To take away a
block, a mute or a request by the one who is asked, which are single rows, needs none.

A follow locks its follower alone, so that the followers of somebody famous don't wait for each other; a block locks
both, and so meets the follows between the two whichever way they go.
"""

from collections.abc import Collection

import asyncpg

from domain.activity import Fame
from stores.postgres import Database, PostgresStore

# Conflicts with itself and with seen-marks. Nothing is gained by letting two follows of one follower pass, which would
# meet at the follower's count.
LOCK = """
    SELECT user_id, class, last_seen_at FROM activity WHERE user_id = ANY($1::bigint[])
    ORDER BY user_id FOR NO KEY UPDATE
"""


class GraphPart(PostgresStore):
    """Base of the adapter's parts."""

    port = "graph"

    def __init__(self, database: Database, fame: Fame) -> None:
        super().__init__(database)
        self._fame = fame

    async def _fetch_locked(self, user_ids: Collection[int], sql: str, *arguments: object) -> list[asyncpg.Record]:
        """Runs a statement with these people's rows locked.

        The lock is a statement before it, since a statement sees what was committed when it began: one that locks and
        writes at once would wait for the other transaction, and then not see what that has written.
        """
        async with self._transaction() as connection:
            await connection.execute(LOCK, user_ids)
            return await connection.fetch(sql, *arguments)
