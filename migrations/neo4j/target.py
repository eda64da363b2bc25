"""Migrates a Neo4j database: under the lock of a node, each statement in a transaction of its own, since changes of
the schema share none with data. So each says IF NOT EXISTS, or MERGE: a file that was broken off is applied again."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from neo4j import AsyncDriver, AsyncManagedTransaction, AsyncSession
from neo4j.exceptions import ClientError

from migrations.runner import Migration
from stores.neo4j import database_of, driver_of

FOLDER = Path(__file__).parent
HELD_SECONDS = 900.0
"""After so long the server lets the lock go: longer than any migration takes."""

_LOCKS = "CREATE CONSTRAINT lock_name IF NOT EXISTS FOR (lock:Lock) REQUIRE lock.name IS UNIQUE"
_MADE = "MERGE (:Lock {name: 'migrations'})"
_LOCK = "MATCH (lock:Lock {name: 'migrations'}) SET lock.locked = true"
_MADE_MEANWHILE = "Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists"


class Neo4jTarget:
    def __init__(self, url: str, folder: Path = FOLDER) -> None:
        self._url = url
        self._folder = folder

    @property
    def files(self) -> Sequence[Path]:
        return list(self._folder.glob("*.cypher"))

    @asynccontextmanager
    async def held(self) -> AsyncIterator["HeldNeo4j"]:
        async with driver_of(self._url, connections=2) as driver:
            await _make_lock(self._session(driver))
            async with (
                self._session(driver) as holding,
                await holding.begin_transaction(timeout=HELD_SECONDS) as transaction,
                self._session(driver) as session,
            ):
                await (await transaction.run(_LOCK)).consume()
                yield HeldNeo4j(session)

    def _session(self, driver: AsyncDriver) -> AsyncSession:
        return driver.session(database=database_of(self._url))


class HeldNeo4j:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def applied(self) -> Mapping[str, str]:
        rows = await self._session.run("MATCH (m:Migration) RETURN m.name, m.checksum")
        return {name: checksum async for name, checksum in rows}

    async def apply(self, migration: Migration) -> None:
        for statement in migration.text.split(";\n"):
            if statement.strip():
                await _run(self._session, statement)
        await _run(self._session, "CALL db.awaitIndexes(600)")
        record = "CREATE (:Migration {name: $name, checksum: $checksum, applied_at: datetime()})"
        await _run(self._session, record, name=migration.name, checksum=migration.checksum)


async def _make_lock(session: AsyncSession) -> None:
    """Processes that make it at once may meet, and be turned down; the constraint leaves one of it."""
    async with session:
        try:
            await session.execute_write(_run, _LOCKS)
        except ClientError as error:
            if error.code != _MADE_MEANWHILE:
                raise
        await session.execute_write(_run, _MADE)


async def _run(session: AsyncSession | AsyncManagedTransaction, /, statement: str, **parameters: str) -> None:
    await (await session.run(statement, parameters)).consume()
