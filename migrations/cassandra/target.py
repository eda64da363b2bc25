"""Migrates a keyspace of Cassandra, which has no transactions for its schema: each statement can be carried out again,
one process at a time has the lock, and all statements go to one node, since the schema must not be changed in two
places at once."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from cassandra.cluster import Cluster, Session

from migrations.runner import Migration, MigrationError
from stores.cassandra.address import Address

FOLDER = Path(__file__).parent
LOCK_SECONDS = 60
"""A lock lapses so long after its holder's last statement; the slowest takes a few seconds."""
POLL_SECONDS = 0.2
REPLICATION = 3
"""Where the data centre has as many nodes, and the URL doesn't say."""

_SCHEMA_SECONDS = 30.0

_MIGRATIONS = """
    CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, checksum text, applied_at timestamp)
"""
_LOCKS = (
    f"CREATE TABLE IF NOT EXISTS locks (name text PRIMARY KEY, holder uuid) WITH default_time_to_live = {LOCK_SECONDS}"
)
_TAKE = "INSERT INTO locks (name, holder) VALUES ('migrations', %s) IF NOT EXISTS"
_KEEP = "UPDATE locks SET holder = %s WHERE name = 'migrations' IF holder = %s"
_LEAVE = "DELETE FROM locks WHERE name = 'migrations' IF holder = %s"


class CassandraTarget:
    def __init__(self, url: str, folder: Path = FOLDER) -> None:
        self._address = Address.parse(url)
        self._folder = folder

    @property
    def files(self) -> Sequence[Path]:
        return list(self._folder.glob("*.cql"))

    @asynccontextmanager
    async def held(self) -> AsyncIterator["HeldCassandra"]:
        cluster = await asyncio.to_thread(self._address.cluster)
        try:
            session = await asyncio.to_thread(cluster.connect)
            held = HeldCassandra(cluster, session, self._address)
            await held.prepare()
            await held.lock()
            try:
                yield held
            finally:
                await held.unlock()
        finally:
            await asyncio.to_thread(cluster.shutdown)


class HeldCassandra:
    def __init__(self, cluster: Cluster, session: Session, address: Address) -> None:
        self._session = session
        self._address = address
        self._holder = uuid.uuid4()
        nodes = [host for host in cluster.metadata.all_hosts() if host.datacenter == address.datacenter]
        self._node = min((host for host in nodes if host.is_up), key=lambda host: host.address)
        self._replication = address.replication or min(REPLICATION, len(nodes))

    async def prepare(self) -> None:
        """Makes keyspace, lock and record, where they are missing."""
        keyspace, datacenter = self._address.keyspace, self._address.datacenter
        replication = f"{{'class': 'NetworkTopologyStrategy', '{datacenter}': {self._replication}}}"
        await self._execute(f"CREATE KEYSPACE IF NOT EXISTS {keyspace} WITH replication = {replication}")
        await asyncio.to_thread(self._session.set_keyspace, keyspace)
        await self._execute(_LOCKS)
        await self._execute(_MIGRATIONS)

    async def lock(self) -> None:
        """Waits for others."""
        while True:
            if await self._applied(_TAKE, self._holder):
                return
            await asyncio.sleep(POLL_SECONDS)

    async def unlock(self) -> None:
        await self._applied(_LEAVE, self._holder)

    async def applied(self) -> Mapping[str, str]:
        rows = await self._execute("SELECT name, checksum FROM migrations")
        return dict(rows)

    async def apply(self, migration: Migration) -> None:
        """Statement by statement, each of which keeps the lock for as long again."""
        for statement in filter(None, map(str.strip, migration.text.split(";\n"))):
            if not await self._applied(_KEEP, self._holder, self._holder):
                raise MigrationError(
                    f"{migration.name} took too long: another process has begun to migrate. Try again."
                )
            await self._execute(statement)
        await self._execute(
            "INSERT INTO migrations (name, checksum, applied_at) VALUES (%s, %s, toTimestamp(now()))",
            migration.name,
            migration.checksum,
        )

    async def _applied(self, cql: str, *arguments: object) -> bool:
        """Whether a conditional statement was carried out."""
        [row] = await self._execute(cql, *arguments)
        return bool(row[0])

    async def _execute(self, cql: str, *arguments: object) -> list[Any]:
        return await asyncio.to_thread(
            lambda: self._session.execute(cql, arguments, timeout=_SCHEMA_SECONDS, host=self._node).all()
        )
