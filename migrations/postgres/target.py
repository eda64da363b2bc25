"""Migrates a PostgreSQL database: each file in a transaction, under an advisory lock."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from migrations.runner import Migration

FOLDER = Path(__file__).parent
LOCK = 0x5374_6172_6C69_6E67
"""The advisory lock's key: "Starling" in ASCII."""

_APPLIED = """
    CREATE TABLE IF NOT EXISTS migrations (
        name text PRIMARY KEY,
        checksum text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
    )
"""


class PostgresTarget:
    def __init__(self, url: str, folder: Path = FOLDER) -> None:
        self._url = url
        self._folder = folder

    @property
    def files(self) -> Sequence[Path]:
        return list(self._folder.glob("*.sql"))

    @asynccontextmanager
    async def held(self) -> AsyncIterator["HeldPostgres"]:
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute("SELECT pg_advisory_lock($1)", LOCK)  # let go as the connection is closed
            await connection.execute(_APPLIED)
            yield HeldPostgres(connection)
        finally:
            await connection.close()


class HeldPostgres:
    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def applied(self) -> Mapping[str, str]:
        rows = await self._connection.fetch("SELECT name, checksum FROM migrations")
        return {row["name"]: row["checksum"] for row in rows}

    async def apply(self, migration: Migration) -> None:
        async with self._connection.transaction():
            await self._connection.execute(migration.text)
            await self._connection.execute(
                "INSERT INTO migrations (name, checksum) VALUES ($1, $2)", migration.name, migration.checksum
            )
