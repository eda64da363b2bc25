"""Short-lived facts: sessions for quick look-up, and counts of failed attempts."""

from collections.abc import Sequence
from typing import Protocol

from domain.accounts import Session


class Cache(Protocol):
    async def session(self, token_hash: bytes) -> Session | None:
        """None where it is not cached or was revoked."""

    async def fill_session(self, session: Session) -> None:
        """Caches it for a few minutes, unless it was revoked meanwhile: a late fill never revives it."""

    async def revoke_sessions(self, token_hashes: Sequence[bytes]) -> None:
        """Takes them out, and keeps fills out for longer than any read in flight lasts."""

    async def reserve_attempt(self, limits: Sequence[tuple[str, int]], window_seconds: int) -> int | None:
        """Counts one attempt under each (name, limit); None, or where one is full: counts nothing, and gives the
        seconds until that one is free."""

    async def refund_attempt(self, names: Sequence[str]) -> None:
        """Takes back an attempt that did not fail."""

    async def first_in(self, name: str, seconds: int) -> bool:
        """True once per name and period: throttles what need not be done each time."""

    async def first_among(self, names: Sequence[str], seconds: int) -> Sequence[str]:
        """Those for which first_in is true, in one round trip."""
