"""Accounts and sessions in Postgres.

Whatever is matched whatever the case has a key column in lower case that is written here: what the database takes for
lower case depends on its locale.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

import asyncpg

from domain.accounts import Account, Session
from events import Event
from stores.accounts import Taken
from stores.events.postgres import logged, with_event
from stores.postgres import PostgresStore

_UNIQUE = {"accounts_handle_key": "handle", "accounts_email_key": "email"}

_ROWS = """
    INSERT INTO accounts (id, handle, handle_lower, email, email_lower, password_hash)
    SELECT * FROM unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
        AS account (id, handle, handle_lower, email, email_lower, password_hash)
    ORDER BY handle_lower
"""
_CREATE = with_event(f"written AS ({_ROWS} RETURNING id)", result="SELECT FROM written")
_CREATE_MISSING = with_event(
    f"written AS ({_ROWS} ON CONFLICT (handle_lower) DO NOTHING RETURNING id)", result="SELECT FROM written"
)

_IDS_BY_HANDLE = "SELECT handle_lower, id FROM accounts WHERE handle_lower = ANY($1::text[])"
_BY_IDS = "SELECT id, handle, email, password_hash FROM accounts WHERE id = ANY($1::bigint[])"
_BY_LOGIN = "SELECT id, handle, email, password_hash FROM accounts WHERE handle_lower = $1 OR email_lower = $1"

# Rows that another log-in of the account is taking away are skipped, since waiting for them could be a deadlock.
_ADD_SESSION = """
    WITH expired AS (
        DELETE FROM sessions WHERE id IN (
            SELECT id FROM sessions WHERE account_id = $2 AND expires_at <= now() FOR UPDATE SKIP LOCKED
        )
    )
    INSERT INTO sessions (id, account_id, token_hash, user_agent, last_seen_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6)
"""

_SESSION = """
    SELECT id, account_id, token_hash, user_agent, last_seen_at, expires_at FROM sessions
    WHERE token_hash = $1 AND expires_at > now()
"""
_SESSIONS_OF = """
    SELECT id, account_id, token_hash, user_agent, last_seen_at, expires_at FROM sessions
    WHERE account_id = $1 AND expires_at > now()
    ORDER BY id DESC
"""
_REVOKE_SESSION = with_event(
    "written AS (DELETE FROM sessions WHERE account_id = $3 AND id = $4 RETURNING token_hash)",
    result="SELECT token_hash FROM written",
)
_REVOKE_SESSIONS = with_event(
    "written AS (DELETE FROM sessions WHERE account_id = $3 RETURNING token_hash)",
    result="SELECT token_hash FROM written",
)
# Rows that are being touched or taken away are skipped, for the same reason.
_TOUCH_SESSIONS = """
    UPDATE sessions SET last_seen_at = greatest(last_seen_at, $2), expires_at = greatest(expires_at, $3) WHERE id IN (
        SELECT id FROM sessions WHERE id = ANY($1::bigint[]) AND expires_at > now() FOR UPDATE SKIP LOCKED
    )
"""


class PostgresAccounts(PostgresStore):
    port = "accounts"

    async def create(self, account: Account, event: Event) -> None:
        with _taken():
            await self._fetch(_CREATE, *logged(event), *_columns([account]))

    async def create_missing(self, accounts: Sequence[Account], event: Event) -> Mapping[str, int]:
        with _taken():
            await self._fetch(_CREATE_MISSING, *logged(event), *_columns(accounts))
        return await self.ids_by_handle([account.handle for account in accounts])

    async def ids_by_handle(self, handles: Sequence[str]) -> Mapping[str, int]:
        return await self._fetchdict(_IDS_BY_HANDLE, [handle.lower() for handle in handles])

    async def by_ids(self, account_ids: Sequence[int]) -> Mapping[int, Account]:
        return {row["id"]: Account(*row) for row in await self._fetch(_BY_IDS, account_ids)}

    async def by_login(self, login: str) -> Account | None:
        row = await self._fetchrow(_BY_LOGIN, login.lower())
        return Account(*row) if row else None

    async def add_session(self, session: Session) -> None:
        await self._fetch(
            _ADD_SESSION,
            session.id,
            session.account_id,
            session.token_hash,
            session.user_agent,
            session.last_seen_at,
            session.expires_at,
        )

    async def session(self, token_hash: bytes) -> Session | None:
        row = await self._fetchrow(_SESSION, token_hash)
        return Session(*row) if row else None

    async def sessions_of(self, account_id: int) -> Sequence[Session]:
        return [Session(*row) for row in await self._fetch(_SESSIONS_OF, account_id)]

    async def revoke_session(self, account_id: int, session_id: int, event: Event) -> bytes | None:
        token_hash: bytes | None = await self._fetchval(_REVOKE_SESSION, *logged(event), account_id, session_id)
        return token_hash

    async def revoke_sessions(self, account_id: int, event: Event) -> Sequence[bytes]:
        return [token_hash for (token_hash,) in await self._fetch(_REVOKE_SESSIONS, *logged(event), account_id)]

    async def touch_sessions(self, session_ids: Sequence[int], seen_at: datetime, expires_at: datetime) -> None:
        await self._fetch(_TOUCH_SESSIONS, session_ids, seen_at, expires_at)


@contextmanager
def _taken() -> Iterator[None]:
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        if (field := _UNIQUE.get(error.constraint_name or "")) is None:
            raise
        raise Taken(field) from error


def _columns(accounts: Sequence[Account]) -> tuple[list[object], ...]:
    """The accounts as arrays, one per column of the insert."""
    return (
        [account.id for account in accounts],
        [account.handle for account in accounts],
        [account.handle.lower() for account in accounts],
        [account.email for account in accounts],
        [account.email and account.email.lower() for account in accounts],
        [account.password_hash for account in accounts],
    )
