"""People's public data."""

from collections.abc import Mapping, Sequence

import asyncpg

from domain.activity import Activity
from domain.graph import User
from domain.page import Part
from events import Event
from stores.events.postgres import logged, with_event
from stores.graph.postgres.locks import GraphPart

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
    ),
    classed AS (INSERT INTO activity (user_id) SELECT id FROM written ON CONFLICT DO NOTHING)
    """,
    result="SELECT count(*) FROM written",
)

_UPDATE_PROFILE = with_event(
    """
    written AS (
        UPDATE users SET
            display_name = coalesce($4, display_name),
            bio = coalesce($5, bio),
            is_protected = coalesce($6, is_protected),
            avatar_id = coalesce($7, avatar_id)
        WHERE id = $3
        RETURNING id
    )
    """,
    result="SELECT FROM written",
)

_USER = """
    SELECT
        id, handle, display_name, bio, is_protected, class AS activity, coalesce(famous, false) AS is_famous,
        coalesce(followers, 0) AS followers_count, coalesce(following, 0) AS following_count,
        nullif(last_seen_at, '-infinity') AS last_seen_at, avatar_id
    FROM users
    JOIN activity ON activity.user_id = id
    LEFT JOIN follow_counts ON follow_counts.user_id = id
    WHERE
"""
_USERS = f"{_USER} id = ANY($1::bigint[])"
_SCAN = f"{_USER} id > $1 ORDER BY id LIMIT $2"
_EXTENT = "SELECT min(id), max(id) FROM users"
_IDS_BY_HANDLE = "SELECT handle_lower, id FROM users WHERE handle_lower = ANY($1::text[])"


class People(GraphPart):
    async def merge_users(self, people: Sequence[tuple[int, str, str]], event: Event) -> int:
        columns = (
            [user_id for user_id, _, _ in people],
            [handle for _, handle, _ in people],
            [handle.lower() for _, handle, _ in people],
            [display_name for _, _, display_name in people],
        )
        return int(await self._fetchval(_MERGE_USERS, *logged(event), *columns))

    async def users(self, user_ids: Sequence[int]) -> Mapping[int, User]:
        return {row["id"]: _user(row) for row in await self._fetch(_USERS, user_ids)}

    async def scan(self, position: str | None, limit: int) -> Part[User]:
        rows = await self._fetch(_SCAN, int(position or 0), limit)
        return await self._part([_user(row) for row in rows], limit, _EXTENT)

    async def ids_by_handle(self, handles: Sequence[str]) -> Mapping[str, int]:
        return await self._fetchdict(_IDS_BY_HANDLE, [handle.lower() for handle in handles])

    async def update_profile(
        self,
        user_id: int,
        event: Event,
        *,
        display_name: str | None,
        bio: str | None,
        is_protected: bool | None,
        avatar_id: int | None = None,
    ) -> None:
        await self._fetch(_UPDATE_PROFILE, *logged(event), user_id, display_name, bio, is_protected, avatar_id)


def _user(row: asyncpg.Record) -> User:
    return User(**dict(row) | {"activity": Activity(row["activity"])})
