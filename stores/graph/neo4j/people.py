"""People's public data."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.activity import Activity
from domain.graph import User
from domain.page import Part
from events import Event
from stores.events.neo4j import logged, with_event
from stores.graph.neo4j.locks import LOCK, GraphPart

NEVER = -(1 << 63)
"""When those were last seen who never were: before all times, which are microseconds since 1970."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# Of two that merge the same person at once, or the same handle, the later one fails at a constraint, and is done again.
# Who has which handle is for the accounts to say.
_MERGE_USERS = with_event(
    f"""
    UNWIND $given.rows AS row
    OPTIONAL MATCH (held:Person {{id: row[0]}})
    OPTIONAL MATCH (named:Person {{handle_lower: row[2]}})
    WITH row, held, named WHERE held IS NULL AND named IS NULL
    WITH collect(row) AS missing
    CALL (missing) {{
        UNWIND missing AS row
        CREATE (:Person {{
            id: row[0], handle: row[1], handle_lower: row[2], display_name: row[3], bio: '', is_protected: false,
            activity: 'INACTIVE', last_seen: {NEVER}, followers: 0, following: 0, locked: true
        }})
    }}
    RETURN [row IN missing | row[0]] AS answer
    """
)

_UPDATE_PROFILE = with_event(
    """
    MATCH (person:Person {id: $given.user_id})
    SET person += $given.changes
    RETURN collect(person.id) AS answer
    """,
    lock=LOCK,
)

_USER = """
    collect(person {
        .id, .handle, .display_name, .bio, .is_protected, .activity, .avatar_id,
        last_seen_at: person.last_seen, is_famous: coalesce(person.famous, false),
        followers_count: person.followers, following_count: person.following
    })
"""
_USERS = f"MATCH (person:Person) WHERE person.id IN $given.user_ids RETURN {_USER}"
_SCAN = f"""
    MATCH (person:Person) USING INDEX SEEK person:Person(id) WHERE person.id > $given.after
    WITH person ORDER BY person.id LIMIT $given.limit
    RETURN {_USER}
"""
_EXTENT = """
    MATCH (person:Person) USING INDEX SEEK person:Person(id) WHERE person.id > 0
    RETURN [min(person.id), max(person.id)]
"""
_IDS_BY_HANDLE = """
    MATCH (person:Person) WHERE person.handle_lower IN $given.handles RETURN collect([person.handle_lower, person.id])
"""


class People(GraphPart):
    async def merge_users(self, people: Sequence[tuple[int, str, str]], event: Event) -> int:
        rows: dict[int, list[int | str]] = {}
        handles: set[str] = set()
        for user_id, handle, display_name in people:
            lower = handle.lower()
            if user_id not in rows and lower not in handles:
                rows[user_id] = [user_id, handle, lower, display_name]
                handles.add(lower)
        ordered = [rows[user_id] for user_id in sorted(rows)]
        return len(await self._database.write(self.port, _MERGE_USERS, rows=ordered, **logged(event)))

    async def users(self, user_ids: Sequence[int]) -> Mapping[int, User]:
        return {row["id"]: _user(row) for row in await self._read(_USERS, user_ids=list(user_ids))}

    async def scan(self, position: str | None, limit: int) -> Part[User]:
        users = [_user(row) for row in await self._read(_SCAN, after=int(position or 0), limit=limit)]
        if len(users) < limit:
            return Part(users, None, 1.0)
        low, high = await self._read(_EXTENT)
        return Part(users, str(users[-1].id), (users[-1].id - low) / max(high - low, 1))

    async def ids_by_handle(self, handles: Sequence[str]) -> Mapping[str, int]:
        return dict(await self._read(_IDS_BY_HANDLE, handles=[handle.lower() for handle in handles]))

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
        given = {"display_name": display_name, "bio": bio, "is_protected": is_protected, "avatar_id": avatar_id}
        changes = {name: value for name, value in given.items() if value is not None}
        await self._write_event(_UPDATE_PROFILE, [user_id], event, user_id=user_id, changes=changes)


def moment(at: datetime | None) -> int:
    """Somebody's time as it is stored."""
    return NEVER if at is None else (at - _EPOCH) // _MICROSECOND


def time_of(stored: int) -> datetime | None:
    return None if stored == NEVER else _EPOCH + stored * _MICROSECOND


def _user(row: dict[str, Any]) -> User:
    return User(**row | {"activity": Activity(row["activity"]), "last_seen_at": time_of(row["last_seen_at"])})
