"""Import runs in Postgres."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from stores.imports import AlreadyImporting, ImportRun
from stores.postgres import PostgresStore

# One after the other: each reads what the one before wrote.
_LOCK = "LOCK TABLE import_runs IN EXCLUSIVE MODE"

_BEGIN = """
    INSERT INTO import_runs (digest, number, started_ms, last_ms)
    SELECT $1, number, started_ms, started_ms + $3
    FROM (
        SELECT coalesce(max(number) + 1, 0) AS number, greatest($2::bigint, max(last_ms) + 1) AS started_ms
        FROM import_runs
    ) AS next
    ON CONFLICT (digest) DO NOTHING
"""
_RUN = "SELECT number, started_ms FROM import_runs WHERE digest = $1"

ALONE = 0x496D_706F_7274
"""The advisory lock's key: "Import" in ASCII."""


class PostgresImports(PostgresStore):
    port = "imports"

    async def run_of(self, digest: bytes, now_ms: int, length_ms: int) -> ImportRun:
        async with self._database.connection(self.port) as connection, connection.transaction():
            await connection.execute(_LOCK)
            await connection.execute(_BEGIN, digest, now_ms, length_ms)
            [(number, started_ms)] = await connection.fetch(_RUN, digest)
            return ImportRun(number, started_ms)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        async with self._database.connection(self.port) as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", ALONE):
                raise AlreadyImporting
            failure = None
            try:
                yield
            except Exception as error:
                failure = error
            finally:
                await connection.fetchval("SELECT pg_advisory_unlock($1)", ALONE)
        if failure:
            raise failure
