"""The follow graph in Postgres."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from domain.graph import Follow, User
from domain.page import Link, Window
from events import Event
from stores.events.postgres import logged, with_event
from stores.postgres import ListQuery, PostgresStore

# Any conflict, not that of the id alone: of two that merge the same person at once, the later one may meet the other's
# handle first. Who has which handle is for the accounts to say.
_MERGE_USERS = with_event(
    """
    written AS (
        INSERT INTO users (id, handle, handle_lower, display_name)
        SELECT * FROM unnest($3::bigint[], $4::text[], $5::text[], $6::text[])
            AS person (id, handle, handle_lower, display_name)
        ORDER BY id
        ON CONFLICT DO NOTHING
        RETURNING id
    )
    """,
    result="SELECT count(*) FROM written",
)

_UPDATE_PROFILE = with_event(
    """
    written AS (
        UPDATE users SET display_name = coalesce($4, display_name), bio = coalesce($5, bio) WHERE id = $3 RETURNING id
    )
    """,
    result="SELECT FROM written",
)

# Rows are inserted, and so locked, in the order of the SELECT: in the same order by all, lest two block each other.
_COUNTED = """
    counted AS (
        INSERT INTO follow_counts AS counts (user_id, followers, following)
        SELECT side.user_id, sum(side.followers), sum(side.following)
        FROM written CROSS JOIN LATERAL (VALUES (followee_id, step, 0), (follower_id, 0, step))
            AS side (user_id, followers, following)
        GROUP BY side.user_id
        ORDER BY side.user_id
        ON CONFLICT (user_id) DO UPDATE SET
            followers = counts.followers + excluded.followers, following = counts.following + excluded.following
    )
"""

_FOLLOW = with_event(
    """
    written AS (
        INSERT INTO follows (id, follower_id, followee_id)
        SELECT * FROM unnest($3::bigint[], $4::bigint[], $5::bigint[]) AS edge (id, follower_id, followee_id)
        ORDER BY follower_id, followee_id, id
        ON CONFLICT (follower_id, followee_id) DO NOTHING
        RETURNING id, follower_id, followee_id, 1 AS step
    )
    """,
    _COUNTED,
    result="SELECT id FROM written",
)

_UNFOLLOW = with_event(
    """
    written AS (
        DELETE FROM follows WHERE follower_id = $3 AND followee_id = $4 RETURNING follower_id, followee_id, -1 AS step
    )
    """,
    _COUNTED,
    result="SELECT true FROM written",
)

_USERS = """
    SELECT id, handle, display_name, bio, coalesce(followers, 0), coalesce(following, 0), last_seen_at
    FROM users LEFT JOIN follow_counts ON follow_counts.user_id = id LEFT JOIN activity ON activity.user_id = id
    WHERE id = ANY($1::bigint[])
"""
_IDS_BY_HANDLE = "SELECT handle_lower, id FROM users WHERE handle_lower = ANY($1::text[])"

_FOLLOWING_AMONG = """
    SELECT follower_id, followee_id
    FROM unnest($1::bigint[], $2::bigint[]) AS pair (follower_id, followee_id)
    JOIN follows USING (follower_id, followee_id)
"""
_FOLLOWEES = "SELECT followee_id FROM follows WHERE follower_id = $1"
_FEEDING = """
    SELECT follower_id FROM follows WHERE followee_id = $1 AND feeds AND follower_id > $2 ORDER BY follower_id LIMIT $3
"""
_FOLLOWERS = ListQuery("SELECT id AS key, follower_id AS node_id FROM follows WHERE followee_id = parent.id")
_FOLLOWING = ListQuery("SELECT id AS key, followee_id AS node_id FROM follows WHERE follower_id = parent.id")

_SEEN = """
    INSERT INTO activity (user_id, last_seen_at) VALUES ($1, $2)
    ON CONFLICT (user_id) DO UPDATE SET last_seen_at = excluded.last_seen_at
    WHERE activity.last_seen_at < excluded.last_seen_at
"""


class PostgresGraph(PostgresStore):
    port = "graph"

    async def merge_users(self, people: Sequence[tuple[int, str, str]], event: Event) -> int:
        columns = (
            [user_id for user_id, _, _ in people],
            [handle for _, handle, _ in people],
            [handle.lower() for _, handle, _ in people],
            [display_name for _, _, display_name in people],
        )
        return int(await self._fetchval(_MERGE_USERS, *logged(event), *columns))

    async def users(self, user_ids: Sequence[int]) -> Mapping[int, User]:
        return {row["id"]: User(*row) for row in await self._fetch(_USERS, user_ids)}

    async def ids_by_handle(self, handles: Sequence[str]) -> Mapping[str, int]:
        return await self._fetchdict(_IDS_BY_HANDLE, [handle.lower() for handle in handles])

    async def update_profile(self, user_id: int, display_name: str | None, bio: str | None, event: Event) -> None:
        await self._fetch(_UPDATE_PROFILE, *logged(event), user_id, display_name, bio)

    async def follow(self, follows: Sequence[Follow], event: Event) -> Sequence[Follow]:
        columns = (
            [follow.id for follow in follows],
            [follow.follower_id for follow in follows],
            [follow.followee_id for follow in follows],
        )
        added = {follow_id for (follow_id,) in await self._fetch(_FOLLOW, *logged(event), *columns)}
        return [follow for follow in follows if follow.id in added]

    async def unfollow(self, follower_id: int, followee_id: int, event: Event) -> bool:
        return await self._fetchval(_UNFOLLOW, *logged(event), follower_id, followee_id) is not None

    async def following_among(self, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
        wanted = list(pairs)
        columns = [follower_id for follower_id, _ in wanted], [followee_id for _, followee_id in wanted]
        return {(row[0], row[1]) for row in await self._fetch(_FOLLOWING_AMONG, *columns)}

    async def followees(self, user_id: int) -> Sequence[int]:
        return [followee_id for (followee_id,) in await self._fetch(_FOLLOWEES, user_id)]

    async def feeding(self, followee_id: int, after: int, limit: int) -> Sequence[int]:
        return [follower_id for (follower_id,) in await self._fetch(_FEEDING, followee_id, after, limit)]

    async def followers(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return await self._pages(_FOLLOWERS, user_ids, window)

    async def following(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return await self._pages(_FOLLOWING, user_ids, window)

    async def seen(self, user_id: int, at: datetime) -> None:
        await self._fetch(_SEEN, user_id, at)
