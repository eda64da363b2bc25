"""Logins, password hashes, sessions. Owns handle and account id."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from domain.accounts import Account, Session
from events import Event


class Taken(Exception):
    """Handle or address belongs to another account; `field` is "handle" or "email". Nothing was written."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class AccountStore(Protocol):
    async def create(self, account: Account, event: Event) -> None:
        """Writes account and event in one transaction. Handles and addresses are unique whatever the case. Raises
        Taken."""

    async def create_missing(self, accounts: Sequence[Account], event: Event) -> Mapping[str, int]:
        """Writes those whose handle is not taken, and the event, in one transaction; account id by lower-case handle,
        of all. No event is written where all are there already."""

    async def ids_by_handle(self, handles: Sequence[str]) -> Mapping[str, int]:
        """Account id by lower-case handle, of those that there are; handles are matched whatever the case."""

    async def by_ids(self, account_ids: Sequence[int]) -> Mapping[int, Account]: ...

    async def by_login(self, login: str) -> Account | None:
        """By handle or e-mail address, whatever the case."""

    async def add_session(self, session: Session) -> None: ...

    async def session(self, token_hash: bytes) -> Session | None:
        """None where it is unknown, revoked or expired."""

    async def sessions_of(self, account_id: int) -> Sequence[Session]:
        """Those that are neither revoked nor expired, newest first."""

    async def revoke_session(self, account_id: int, session_id: int, event: Event) -> bytes | None:
        """Ends it, with the event in the same transaction: its token hash; None where the account has no such session,
        and then no event."""

    async def revoke_sessions(self, account_id: int, event: Event) -> Sequence[bytes]:
        """Ends all of an account's, with the event in the same transaction unless there are none; their token
        hashes."""

    async def touch_sessions(self, session_ids: Sequence[int], seen_at: datetime, expires_at: datetime) -> None:
        """Moves both marks of those that are neither revoked nor expired, never back."""
