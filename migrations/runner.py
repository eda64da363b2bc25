"""Brings a PostgreSQL database up to the schema of this version: numbered files, each applied once, forward only."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

FOLDER = Path(__file__).parent / "postgres"
LOCK = 0x5374_6172_6C69_6E67
"""The advisory lock's key: "Starling" in ASCII."""

_APPLIED = """
    CREATE TABLE IF NOT EXISTS migrations (
        name text PRIMARY KEY,
        checksum text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
    )
"""


class MigrationError(Exception):
    """What was applied to the database is not what lies in the folder; the message names the file. Nothing was done."""


@dataclass(frozen=True, slots=True)
class Migration:
    """`checksum` is the SHA-256 of the file, in hex."""

    name: str
    sql: str
    checksum: str


async def migrate(database_url: str, folder: Path = FOLDER) -> list[str]:
    """Applies what is missing, in the order of the names, each file in a transaction; the names of those applied.

    Processes that start at once wait for each other. Raises MigrationError.
    """
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)  # let go as the connection is closed
        await connection.execute(_APPLIED)
        rows = await connection.fetch("SELECT name, checksum FROM migrations")
        applied = {row["name"]: row["checksum"] for row in rows}
        missing = _missing(_files(folder), applied)
        for migration in missing:
            await _apply(connection, migration)
        return [migration.name for migration in missing]
    finally:
        await connection.close()


async def _apply(connection: asyncpg.Connection, migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute(migration.sql)
        await connection.execute(
            "INSERT INTO migrations (name, checksum) VALUES ($1, $2)", migration.name, migration.checksum
        )


def _files(folder: Path) -> list[Migration]:
    return [
        Migration(path.stem, path.read_text("utf-8"), hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.glob("*.sql"))
    ]


def _missing(files: Sequence[Migration], applied: Mapping[str, str]) -> list[Migration]:
    """The files that come after all that was applied, where that is what the other files are."""
    if unknown := sorted(applied.keys() - {file.name for file in files}):
        raise MigrationError(f"{unknown[-1]} was applied to the database by another version: update this one.")
    for file in files:
        if file.name in applied and applied[file.name] != file.checksum:
            raise MigrationError(f"{file.name} was changed after it was applied: restore it, and add a new file.")
    missing = [file for file in files if file.name not in applied]
    if missing and missing[0].name < max(applied, default=""):
        raise MigrationError(f"{missing[0].name} is older than what was applied: give it a number above all others.")
    return missing
