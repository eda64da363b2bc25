"""Migrations of Cassandra: by one process at a time, and such that what was broken off is done again."""

import asyncio
import uuid
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from cassandra.cluster import Session
from cassandra.protocol import SyntaxException

from migrations.cassandra.target import CassandraTarget
from migrations.runner import Migration, MigrationError, migrate
from stores.cassandra import Address
from tests.contract.cassandra_fixtures import DROP_SECONDS, cassandra_url

pytestmark = pytest.mark.cassandra

FILES = {
    "0001_a": "-- Of a.\nCREATE TABLE IF NOT EXISTS a (id int PRIMARY KEY);\n",
    "0002_b": "CREATE TABLE IF NOT EXISTS b (id int PRIMARY KEY);\n"
    "CREATE TABLE IF NOT EXISTS c (id int PRIMARY KEY);\n",
}

_numbers = count(1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, cql in FILES.items():
        (tmp_path / f"{name}.cql").write_text(cql)
    return tmp_path


@pytest.fixture
def session() -> Iterator[Session]:
    cluster = Address.parse(cassandra_url("system")).cluster()
    yield cluster.connect()
    cluster.shutdown()


@pytest.fixture
def bare_keyspace(session: Session) -> Iterator[str]:
    """The URL of one that isn't there yet."""
    url = cassandra_url(f"starling_bare_{uuid.uuid4().hex[:8]}_{next(_numbers)}")
    yield url
    session.execute(f"DROP KEYSPACE IF EXISTS {Address.parse(url).keyspace}", timeout=DROP_SECONDS)


def tables(session: Session, url: str) -> list[str]:
    rows = session.execute(
        "SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s", (Address.parse(url).keyspace,)
    )
    return sorted(name for (name,) in rows)


async def test_processes_that_start_at_once_apply_it_once(session: Session, bare_keyspace: str, folder: Path) -> None:
    applied = await asyncio.gather(*(migrate(CassandraTarget(bare_keyspace, folder)) for _ in range(4)))
    assert sorted(applied) == [[], [], [], ["0001_a", "0002_b"]]
    assert tables(session, bare_keyspace) == ["a", "b", "c", "locks", "migrations"]
    (folder / "0001_a.cql").write_text(FILES["0001_a"] + " ")
    with pytest.raises(MigrationError, match=r"^0001_a was changed after it was applied"):
        await migrate(CassandraTarget(bare_keyspace, folder))


async def test_what_was_broken_off_is_done_again(session: Session, bare_keyspace: str, folder: Path) -> None:
    broken = folder / "0002_b.cql"
    broken.write_text(FILES["0002_b"].replace("c (id", "c (("))
    with pytest.raises(SyntaxException):
        await migrate(CassandraTarget(bare_keyspace, folder))
    assert tables(session, bare_keyspace) == ["a", "b", "locks", "migrations"]
    broken.write_text(FILES["0002_b"])
    assert await migrate(CassandraTarget(bare_keyspace, folder)) == ["0002_b"]


async def test_who_has_lost_the_lock_does_no_more(session: Session, bare_keyspace: str, folder: Path) -> None:
    async with CassandraTarget(f"{bare_keyspace}&replication=1", folder).held() as held:
        keyspace = Address.parse(bare_keyspace).keyspace
        theirs = f"UPDATE {keyspace}.locks SET holder = %s WHERE name = 'migrations' IF EXISTS"  # noqa: S608
        session.execute(theirs, (uuid.uuid4(),))
        with pytest.raises(MigrationError, match="another process has begun"):
            await held.apply(Migration("0001_a", FILES["0001_a"], "checksum"))
        assert await held.applied() == {}
    assert tables(session, bare_keyspace) == ["locks", "migrations"]
    [row] = session.execute("SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = %s", (keyspace,))
    assert row[0]["datacenter1"] == "1"
