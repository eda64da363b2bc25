"""A keyspace of its own per test session, whose tables are empty at the begin of each test."""

# ruff: noqa: S608 - the tables' names are the migrations' own

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cassandra.cluster import Cluster, Session

from migrations.cassandra.target import FOLDER, CassandraTarget
from migrations.runner import migrate
from stores.cassandra import Address, Database
from stores.events.cassandra import CassandraEvents
from stores.tweets.cassandra import CassandraTweets
from tests.contract.backends import Backend
from tests.support import stack

DROP_SECONDS = 60.0

_KEPT = {"migrations", "locks"}


def cassandra_url(keyspace: str) -> str:
    """The URL of another keyspace of the server of the environment."""
    return urlsplit(stack.url("cassandra") or "")._replace(path=f"/{keyspace}").geturl()


@pytest.fixture(scope="session")
def cassandra_keyspace() -> Iterator[str]:
    """The URL of a keyspace with the schema in place. Nothing of it is made durable: that would take longer."""
    url = cassandra_url(f"starling_test_{os.getpid()}")
    address = Address.parse(url)
    cluster = address.cluster()
    session = cluster.connect()
    replication = f"{{'class': 'NetworkTopologyStrategy', '{address.datacenter}': 1}}"
    session.execute(f"CREATE KEYSPACE {address.keyspace} WITH replication = {replication} AND durable_writes = false")
    try:
        with tempfile.TemporaryDirectory(prefix="starling-test-") as folder:
            asyncio.run(migrate(CassandraTarget(url, _quick(Path(folder)))))
        yield url
    finally:
        session.execute(f"DROP KEYSPACE {address.keyspace}", timeout=DROP_SECONDS)
        cluster.shutdown()


@pytest.fixture(scope="session")
def cassandra_cluster(cassandra_keyspace: str) -> Iterator[tuple[Cluster, Session]]:
    address = Address.parse(cassandra_keyspace)
    cluster = address.cluster()
    session = cluster.connect(address.keyspace)
    yield cluster, session
    cluster.shutdown()


@pytest.fixture
async def keyspace(cassandra_keyspace: str, cassandra_cluster: tuple[Cluster, Session]) -> AsyncIterator[Database]:
    await asyncio.to_thread(_empty, *cassandra_cluster)
    database = await Database.open(cassandra_keyspace)
    yield database
    await database.close()


@pytest.fixture
async def cassandra(keyspace: Database) -> Backend:
    return Backend(events=await CassandraEvents.open(keyspace), tweets=await CassandraTweets.open(keyspace))


def _empty(cluster: Cluster, session: Session) -> None:
    """A look costs little, and emptying a tenth of a second."""
    tables = cluster.metadata.keyspaces[session.keyspace].tables.keys() - _KEPT
    looks = {table: session.execute_async(f"SELECT * FROM {table} LIMIT 1") for table in tables}
    filled = [table for table, look in looks.items() if look.result().one()]
    for emptying in [session.execute_async(f"TRUNCATE {table}") for table in filled]:
        emptying.result()


def _quick(folder: Path) -> Path:
    """The migrations, without the snapshots of what is emptied."""
    for file in FOLDER.glob("*.cql"):
        text = file.read_text("utf-8").replace(") WITH ", ") WITH allow_auto_snapshot = false AND ")
        (folder / file.name).write_text(text, "utf-8")
    return folder
