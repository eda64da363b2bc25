"""Leases of snowflake node numbers, each held by one process at a time."""

from dataclasses import dataclass
from typing import Protocol

LEASE_SECONDS = 60
LEASED_NODES = 768
"""Node numbers from 0 below this are leased; those above belong to imports."""


@dataclass(frozen=True, slots=True)
class Lease:
    """`issued_until_ms`: ids up to this Unix time may have been given out under this number before; the holder mints
    later ones only. `token` proves who holds it."""

    node: int
    token: str
    issued_until_ms: int


class NodeLeases(Protocol):
    async def acquire(self) -> Lease:
        """Takes a number that nobody holds, for LEASE_SECONDS. Raises Unavailable where none is free."""

    async def renew(self, lease: Lease, issued_until_ms: int) -> bool:
        """Holds it for LEASE_SECONDS more, and records up to when ids may be given out; False where it was lost."""

    async def release(self, lease: Lease, issued_until_ms: int) -> None:
        """Gives it back, with the latest millisecond really issued."""
