"""One PostgreSQL per test session, an empty schema per test."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from migrations.postgres.target import PostgresTarget
from migrations.runner import migrate
from stores.accounts.postgres import PostgresAccounts
from stores.embedded import folders
from stores.embedded import postgres as server
from stores.events.postgres import PostgresEvents
from stores.graph.postgres import PostgresGraph
from stores.media.postgres import PostgresMedia
from stores.nodes.postgres import PostgresNodes
from stores.postgres import Database
from stores.search.postgres import PostgresSearch
from stores.tweets.postgres import PostgresTweets
from tests.contract.backends import FAME, Backend

_EMPTY = """
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
            CONTINUE WHEN name IN ('migrations', 'node_leases');
            EXECUTE format('DELETE FROM %I', name);
        END LOOP;
    END $$;
    UPDATE node_leases SET token = NULL, leased_until = '-infinity', issued_until_ms = 0;
"""

_numbers = count(1)


@contextmanager
def serving(data_dir: Path) -> Iterator[str]:
    """A server on the folder, which may be used again."""
    folders.make_private(data_dir)
    with (
        folders.sockets(data_dir) as sockets,
        server.serving(data_dir, sockets, folders.mark_of(data_dir)) as url,
    ):
        yield url


@asynccontextmanager
async def opened(url: str, max_size: int) -> AsyncIterator[Database]:
    database = await Database.open(url, min_size=1, max_size=max_size)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
def own_postgres() -> Iterator[Path]:
    """A folder for a server that the test starts and stops as it likes."""
    with tempfile.TemporaryDirectory(prefix="starling-test-") as name:
        yield Path(name).resolve() / "data"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of its database `postgres`, which has the schema in place."""
    with tempfile.TemporaryDirectory(prefix="starling-test-") as name:
        data_dir = Path(name).resolve() / "data"
        with serving(data_dir) as url:
            asyncio.run(_prepare(url))
            yield url
            pid = int((data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])
            os.kill(pid, signal.SIGQUIT)  # nobody wants its last checkpoint, which may take seconds


@pytest.fixture
async def postgres_url(postgres_server: str) -> str:
    """A database with the schema in place, as good as new: emptying one takes a tenth of the time of making one."""
    await execute(postgres_server, _EMPTY)
    return postgres_server


@pytest.fixture
async def bare_url(postgres_server: str) -> str:
    """A new database without any table."""
    name = f"test_{next(_numbers)}"
    await execute(postgres_server, f"CREATE DATABASE {name} TEMPLATE template0")
    return postgres_server.replace("/postgres?", f"/{name}?")


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    async with opened(postgres_url, max_size=8) as database:
        yield database


@pytest.fixture
def postgres(database: Database) -> Backend:
    return Backend(
        events=PostgresEvents(database),
        accounts=PostgresAccounts(database),
        graph=PostgresGraph(database, FAME),
        tweets=PostgresTweets(database),
        search=PostgresSearch(database),
        media=PostgresMedia(database),
        nodes=PostgresNodes(database),
    )


async def execute(url: str, sql: str) -> None:
    """Runs SQL over a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def _prepare(url: str) -> None:
    await execute(url, "ALTER ROLE postgres SET synchronous_commit = off")  # no test cuts the power
    await migrate(PostgresTarget(url))
