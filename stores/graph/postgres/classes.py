"""Classes of readers, which decide what is pushed to them, and of authors: fame."""

# ruff: noqa: S608 - statements are composed of constants alone; values are arguments

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.activity import Activity, LastSeen
from events import Event
from stores.events.postgres import logged, with_event
from stores.graph.postgres.counts import famous
from stores.graph.postgres.locks import LOCK, GraphPart

# Rows are locked by id, whatever order the update takes them in; and a lock that was waited for gives them as they are
# then.
_SEEN = f"""
    WITH locked AS ({LOCK}),
    marked AS (
        UPDATE activity SET last_seen_at = $2 FROM locked
        WHERE activity.user_id = locked.user_id AND activity.last_seen_at < $2
    )
    SELECT user_id FROM locked WHERE class <> 'ACTIVE'
"""

_ACTIVITIES = "SELECT user_id, class FROM activity WHERE user_id = ANY($1::bigint[])"

_CLASSED = """
    SELECT nullif(last_seen_at, '-infinity'), user_id FROM activity
    WHERE class = $1 AND (last_seen_at, user_id) > (coalesce($3, '-infinity'::timestamptz), $4::bigint)
        AND last_seen_at < coalesce($5, 'infinity'::timestamptz)
    ORDER BY activity.last_seen_at, user_id LIMIT $2
"""

_MOVABLE = f"""
    WITH locked AS ({LOCK})
    SELECT user_id, class FROM locked
    WHERE class <> $2
        AND last_seen_at >= coalesce($3, '-infinity'::timestamptz)
        AND last_seen_at < coalesce($4, 'infinity'::timestamptz)
"""

# Written so that the index of feeding edges, which is sorted by followee, does not seem to serve.
_MOVE = with_event(
    """
    written AS (UPDATE activity SET class = $4 WHERE user_id = ANY($3::bigint[]) RETURNING user_id),
    marked AS (
        UPDATE follows SET feeds = ($4 = 'ACTIVE')
        WHERE follower_id = ANY($5::bigint[]) AND feeds IS DISTINCT FROM ($4 = 'ACTIVE')
    )
    """,
    result="SELECT FROM written",
)

_FAMOUS = famous("followers", "famous", "$1", "$2")
_SETTLE_FAME = f"""
    WITH due AS (
        SELECT user_id FROM follow_counts WHERE famous IS DISTINCT FROM {_FAMOUS} ORDER BY user_id FOR NO KEY UPDATE
    )
    UPDATE follow_counts SET famous = {_FAMOUS} FROM due WHERE follow_counts.user_id = due.user_id
"""


class Classes(GraphPart):
    async def seen(self, user_ids: Sequence[int], at: datetime) -> Sequence[int]:
        return [user_id for (user_id,) in await self._fetch(_SEEN, user_ids, at)]

    async def activities(self, user_ids: Sequence[int]) -> Mapping[int, Activity]:
        return {user_id: Activity(name) for user_id, name in await self._fetch(_ACTIVITIES, user_ids)}

    async def classed(
        self,
        activity: Activity,
        limit: int,
        *,
        since: datetime | None = None,
        before: datetime | None = None,
        after: LastSeen | None = None,
    ) -> Sequence[LastSeen]:
        low = _later(since, after)
        rows = await self._fetch(_CLASSED, activity.value, limit, low.at, low.user_id, before)
        return [LastSeen(at, user_id) for at, user_id in rows]

    async def reclass(
        self,
        user_ids: Sequence[int],
        activity: Activity,
        event: Event,
        *,
        since: datetime | None = None,
        before: datetime | None = None,
    ) -> Sequence[int]:
        """In two statements, as all that needs the lock, so that the second sees all edges."""
        async with self._transaction() as connection:
            rows = await connection.fetch(_MOVABLE, user_ids, activity.value, since, before)
            moved = [user_id for user_id, _ in rows]
            if moved:
                # From PASSIVE to INACTIVE and back no mark changes: those edges need not be read.
                marked = [user_id for user_id, was in rows if Activity.ACTIVE.value in (was, activity.value)]
                await connection.fetch(_MOVE, *logged(event), moved, activity.value, marked)
            return moved

    async def settle_fame(self) -> None:
        await self._fetch(_SETTLE_FAME, self._fame.followers, self._fame.stays)


def _later(since: datetime | None, after: LastSeen | None) -> LastSeen:
    """The one bound, which nobody is at, that two say: only so is it a range of the index from its first row on."""
    if after is None or (since is not None and (after.at is None or after.at < since)):
        return LastSeen(since, -1)
    return after
