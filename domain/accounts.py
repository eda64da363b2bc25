"""Accounts and sessions: who may act as whom."""

from dataclasses import dataclass
from datetime import datetime

from domain.global_id import Kind, encode
from domain.snowflake import created_at


@dataclass(frozen=True, slots=True)
class Account:
    """A login. `email` and `password_hash` are None for accounts that were imported without."""

    id: int
    handle: str
    email: str | None
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class Session:
    """A log-in of one client. `token_hash` is the SHA-256 of its token, which is not kept."""

    id: int
    account_id: int
    token_hash: bytes
    user_agent: str | None
    last_seen_at: datetime
    expires_at: datetime

    @property
    def global_id(self) -> str:
        return encode(Kind.SESSION, self.id)

    @property
    def created_at(self) -> datetime:
        return created_at(self.id)
