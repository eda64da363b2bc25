"""What calls of a store read in Postgres, by its own statistics."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg

from migrations.postgres.target import PostgresTarget
from migrations.runner import migrate
from stores.postgres import Database
from tests.contract.postgres_fixtures import execute, opened

SCANNED = "SELECT relname FROM pg_stat_user_tables WHERE seq_scan > 0"
READ = """
    SELECT indexrelname, idx_tup_read, idx_blks_hit + idx_blks_read
    FROM pg_stat_user_indexes JOIN pg_statio_user_indexes USING (indexrelid, indexrelname) WHERE idx_tup_read > 0
"""


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def filled(server: str, name: str, sql: str) -> str:
    """The URL of a new database with the schema in place, and of that name, which the SQL has filled."""
    await execute(server, f"CREATE DATABASE {name} TEMPLATE template0")
    url = server.replace("/postgres?", f"/{name}?")
    await migrate(PostgresTarget(url))
    await execute(url, sql)
    await execute(url, "VACUUM ANALYZE")
    return url


async def reads(url: str, call: Callable[[Database], Awaitable[object]]) -> dict[str, tuple[int, int]]:
    """Rows that a call got from each index, and pages that it looked at for them; it scans no table."""
    async with connected(url) as connection:
        await connection.execute("SELECT pg_stat_reset()")
    async with opened(url, max_size=1) as database:
        await call(database)
        async with database.connection("graph") as connection:
            await connection.execute("SELECT pg_stat_force_next_flush()")
    async with connected(url) as connection:
        assert [row["relname"] for row in await connection.fetch(SCANNED)] == []
        return {name: (rows, pages) for name, rows, pages in await connection.fetch(READ)}
