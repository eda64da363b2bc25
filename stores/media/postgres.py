"""The rows of media in Postgres: each call is a single statement."""

# ruff: noqa: S608 - statements are composed of constants alone; values are arguments

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import asyncpg

from domain.media import MAX_UNUSED, Media, MediaKind, MediaState, Served
from events import Event
from stores.events.postgres import logged, with_event
from stores.postgres import PostgresStore

_COLUMNS = """
    id, owner_id, kind, state, mime_type, byte_size, alt_text, width, height, blurhash, widths, is_uploaded, used_by
"""

# Two at once may both find the last place free: a bound against abuse, not a number that anything rests on.
_ADD = f"""
    INSERT INTO media (id, owner_id, kind, state, mime_type, byte_size, alt_text, due_at)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8
    WHERE (SELECT count(*) FROM media WHERE owner_id = $2 AND used_by IS NULL AND NOT is_condemned) < {MAX_UNUSED}
    RETURNING true
"""
_MEDIA = f"SELECT {_COLUMNS} FROM media WHERE id = ANY($1::bigint[]) AND NOT is_condemned"

_PENDING = "state = 'PENDING' AND NOT is_condemned"
_UPLOADED = with_event(
    f"""
    written AS (
        UPDATE media SET is_uploaded = true WHERE id = $3 AND NOT is_uploaded AND {_PENDING} RETURNING id
    )
    """,
    result="SELECT true FROM written",
)
_SERVE = f"""
    UPDATE media SET state = 'READY', mime_type = $2, width = $3, height = $4, blurhash = $5, widths = $6
    WHERE id = $1 AND {_PENDING}
    RETURNING true
"""
_REJECT = f"UPDATE media SET state = 'REJECTED' WHERE id = $1 AND {_PENDING} RETURNING true"

# Rows are locked in the order of their ids, so that no two statements wait for each other in a circle; what is asked of
# them is asked of what they are then.
_USE = """
    WITH locked AS (
        SELECT
            id,
            id = ANY($2::bigint[]) AS is_wanted,
            owner_id = $1 AND is_uploaded AND state <> 'REJECTED' AND NOT is_condemned
                AND (used_by IS NULL OR used_by = $3 OR used_by = ANY($5::bigint[])) AS is_usable
        FROM media WHERE id = ANY($2::bigint[]) OR used_by = $3
        ORDER BY id FOR UPDATE
    ),
    answer AS (
        SELECT count(*) FILTER (WHERE is_wanted AND is_usable) = cardinality($2::bigint[]) AS is_yes FROM locked
    ),
    used AS (
        UPDATE media SET
            used_by = $3,
            due_at = CASE WHEN is_wanted THEN greatest(due_at, $4) ELSE $4 END
        FROM locked, answer
        WHERE media.id = locked.id AND is_yes
    )
    SELECT is_yes FROM answer
"""
_LET_GO = """
    UPDATE media SET used_by = NULL WHERE id IN (
        SELECT id FROM media WHERE used_by = $1 AND NOT is_condemned ORDER BY id FOR UPDATE
    )
"""

_DUE = f"SELECT {_COLUMNS} FROM media WHERE due_at <= $1 AND NOT is_condemned ORDER BY due_at LIMIT $2"
_KEEP = "UPDATE media SET due_at = NULL WHERE id = ANY($1::bigint[]) AND NOT is_condemned"
_CONDEMN = """
    UPDATE media SET is_condemned = true, due_at = $3 WHERE id IN (
        SELECT id FROM media WHERE id = ANY($1::bigint[]) AND due_at <= $2 AND NOT is_condemned ORDER BY id FOR UPDATE
    )
    RETURNING id
"""
_CONDEMN_USED_BY = """
    UPDATE media SET is_condemned = true, due_at = $2 WHERE id IN (
        SELECT id FROM media WHERE used_by = ANY($1::bigint[]) ORDER BY id FOR UPDATE
    )
    RETURNING id
"""
_CONDEMNED = "SELECT id FROM media WHERE due_at <= $1 AND is_condemned ORDER BY due_at LIMIT $2"
_FORGET = "DELETE FROM media WHERE id = ANY($1::bigint[]) AND is_condemned"


class PostgresMedia(PostgresStore):
    port = "media"

    async def add(self, media: Media, due_at: datetime) -> bool:
        columns = media.id, media.owner_id, media.kind.value, media.state.value, media.mime_type, media.byte_size
        return await self._fetchval(_ADD, *columns, media.alt_text, due_at) is not None

    async def media(self, media_ids: Sequence[int]) -> Mapping[int, Media]:
        return {row["id"]: _media(row) for row in await self._fetch(_MEDIA, media_ids)}

    async def uploaded(self, media_id: int, event: Event) -> bool:
        return await self._fetchval(_UPLOADED, *logged(event), media_id) is not None

    async def serve(self, media_id: int, served: Served) -> bool:
        size = served.width, served.height
        made = await self._fetchval(_SERVE, media_id, served.mime_type, *size, served.blurhash, served.widths)
        return made is not None

    async def reject(self, media_id: int) -> bool:
        return await self._fetchval(_REJECT, media_id) is not None

    async def use(
        self, owner_id: int, media_ids: Sequence[int], user_id: int, due_at: datetime, *, instead_of: Sequence[int] = ()
    ) -> bool:
        return bool(await self._fetchval(_USE, owner_id, list(set(media_ids)), user_id, due_at, instead_of))

    async def let_go(self, user_id: int) -> None:
        await self._fetch(_LET_GO, user_id)

    async def due(self, at: datetime, limit: int) -> Sequence[Media]:
        return [_media(row) for row in await self._fetch(_DUE, at, limit)]

    async def keep(self, media_ids: Sequence[int]) -> None:
        await self._fetch(_KEEP, media_ids)

    async def condemn(self, media_ids: Sequence[int], at: datetime, due_at: datetime) -> Sequence[int]:
        return _ids(await self._fetch(_CONDEMN, media_ids, at, due_at))

    async def condemn_used_by(self, user_ids: Sequence[int], due_at: datetime) -> Sequence[int]:
        return _ids(await self._fetch(_CONDEMN_USED_BY, user_ids, due_at))

    async def condemned(self, at: datetime, limit: int) -> Sequence[int]:
        return _ids(await self._fetch(_CONDEMNED, at, limit))

    async def forget(self, media_ids: Sequence[int]) -> None:
        await self._fetch(_FORGET, media_ids)


def _ids(rows: Iterable[asyncpg.Record]) -> list[int]:
    return [row["id"] for row in rows]


def _media(row: asyncpg.Record) -> Media:
    kind, state = MediaKind(row["kind"]), MediaState(row["state"])
    return Media(**dict(row) | {"kind": kind, "state": state, "widths": tuple(row["widths"])})
