"""Node leases in Postgres, by the clock of its server alone."""

import secrets

from domain.errors import Unavailable
from stores.nodes import LEASE_SECONDS, LEASED_NODES, Lease
from stores.postgres import PostgresStore

# The number that was issued from longest ago: its ids lie furthest from what any clock may say now.
_ACQUIRE = """
    UPDATE node_leases SET token = $1, leased_until = now() + $2 * interval '1 second'
    WHERE node = (
        SELECT node FROM node_leases WHERE leased_until <= now() AND node < $3
        ORDER BY issued_until_ms, node LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING node, token, issued_until_ms
"""

_RENEW = """
    UPDATE node_leases
    SET leased_until = now() + $3 * interval '1 second', issued_until_ms = greatest(issued_until_ms, $4)
    WHERE node = $1 AND token = $2
    RETURNING true
"""

_RELEASE = """
    UPDATE node_leases SET token = NULL, leased_until = now(), issued_until_ms = $3 WHERE node = $1 AND token = $2
"""


class PostgresNodes(PostgresStore):
    port = "nodes"

    async def acquire(self) -> Lease:
        row = await self._fetchrow(_ACQUIRE, secrets.token_hex(16), LEASE_SECONDS, LEASED_NODES)
        if row is None:
            raise Unavailable(self.port)
        return Lease(*row)

    async def renew(self, lease: Lease, issued_until_ms: int) -> bool:
        return await self._fetchval(_RENEW, lease.node, lease.token, LEASE_SECONDS, issued_until_ms) is not None

    async def release(self, lease: Lease, issued_until_ms: int) -> None:
        await self._fetch(_RELEASE, lease.node, lease.token, issued_until_ms)
