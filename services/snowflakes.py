"""Minting of snowflake ids under a leased node number."""

import asyncio
import contextlib
import time
from collections.abc import Callable

from domain.errors import Unavailable
from domain.snowflake import Sequence
from stores.nodes import LEASE_SECONDS, Lease, NodeLeases

RENEW_SECONDS = LEASE_SECONDS / 4
SAFETY_SECONDS = LEASE_SECONDS / 6
"""How long before the lease lapses minting stops: more than a request to the store may take."""


class Snowflakes:
    """Ids of this process. Stops minting, by the monotonic clock, before the lease lapses: then `mint` raises
    Unavailable."""

    def __init__(
        self,
        leases: NodeLeases,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._leases = leases
        self._clock = clock
        self._monotonic = monotonic
        self._lease: Lease | None = None
        self._sequence: Sequence | None = None
        self._mint_until = 0.0
        self._ceiling_ms = 0

    def mint(self) -> int:
        """A new id, higher than all that this process minted before. Its millisecond is never beyond what the store
        knows to be given out: a clock that leaps ahead stops minting until it is set right, or the lease renewed."""
        now_ms = int(self._clock() * 1000)
        if self._sequence is None or self._monotonic() >= self._mint_until or now_ms > self._ceiling_ms:
            raise Unavailable("accounts")
        snowflake = self._sequence.next(now_ms)
        if self._sequence.last_ms > self._ceiling_ms:
            raise Unavailable("accounts")
        return snowflake

    async def start(self) -> None:
        """Takes a lease. Raises Unavailable where the store does not answer or no number is free."""
        lease = await self._leases.acquire()
        last_ms = self._sequence.last_ms if self._sequence else 0
        self._mint_until = 0.0
        self._lease = lease
        self._sequence = Sequence(lease.node, max(lease.issued_until_ms, last_ms))
        await self._renew(lease)

    async def keep(self) -> None:
        """Renews the lease for as long as the process lives; takes another where it was lost."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            with contextlib.suppress(Unavailable):
                if self._lease is None or not await self._renew(self._lease):
                    await self.start()

    async def stop(self) -> None:
        """Gives the lease back."""
        if self._lease and self._sequence:
            self._mint_until = 0.0
            with contextlib.suppress(Unavailable):
                await self._leases.release(self._lease, self._sequence.last_ms)

    async def _renew(self, lease: Lease) -> bool:
        asked_at = self._monotonic()
        ceiling_ms = int(self._clock() * 1000) + LEASE_SECONDS * 1000
        held = await self._leases.renew(lease, ceiling_ms)
        if held:
            self._ceiling_ms = ceiling_ms
            self._mint_until = asked_at + LEASE_SECONDS - SAFETY_SECONDS
        return held
