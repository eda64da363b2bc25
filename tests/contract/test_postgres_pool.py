"""The pool: a server that is down is Unavailable, and works again when it is back."""

import asyncio
import time
from pathlib import Path

import asyncpg
import pytest

from domain.errors import Unavailable
from migrations.postgres.target import PostgresTarget
from migrations.runner import migrate
from stores import postgres
from stores.graph.postgres import PostgresGraph
from stores.postgres import Database
from tests.contract.backends import FAME
from tests.contract.postgres_fixtures import execute, opened, serving


async def one(database: Database, sql: str = "SELECT 1", *arguments: object) -> object:
    async with database.connection("graph") as connection:
        return await connection.fetchval(sql, *arguments)


async def until_it_answers(database: Database) -> None:
    """Calls fail as Unavailable alone, and not for long."""
    deadline = time.monotonic() + 20
    while True:
        try:
            assert await one(database) == 1
        except Unavailable:
            assert time.monotonic() < deadline
        else:
            return


async def test_a_server_that_restarts_is_unavailable_meanwhile(own_postgres: Path) -> None:
    with serving(own_postgres) as url:
        await migrate(PostgresTarget(url))
        database = await Database.open(url, min_size=3, max_size=3)
        graph = PostgresGraph(database, FAME)
        assert await graph.users([1]) == {}
    for _ in range(5):
        with pytest.raises(Unavailable) as raised:
            await graph.users([1])
        assert raised.value.extensions() == {"code": "UNAVAILABLE", "store": "graph"}
    with serving(own_postgres):
        assert await asyncio.gather(*(graph.users([1]) for _ in range(6))) == [{}] * 6
        await database.close()


async def test_connections_that_were_cut_are_replaced(database: Database, postgres_url: str) -> None:
    await asyncio.gather(*(one(database) for _ in range(8)))
    for _ in range(3):
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'starling'"
        await execute(postgres_url, cut)
        await asyncio.gather(*(until_it_answers(database) for _ in range(8)))


async def test_a_call_that_is_cut_is_unavailable(database: Database, postgres_url: str) -> None:
    async def wait_for_ever() -> None:
        async with database.connection("tweets") as connection:
            pid.set_result(connection.get_server_pid())
            await connection.execute("SELECT pg_sleep(60)")

    pid: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    call = asyncio.create_task(wait_for_ever())
    await execute(postgres_url, f"SELECT pg_terminate_backend({await pid})")
    with pytest.raises(Unavailable) as raised:
        await call
    assert raised.value.store == "tweets"
    await until_it_answers(database)


async def test_a_call_on_a_cut_connection_is_unavailable(database: Database) -> None:
    async def on_a_cut_connection() -> None:
        async with database.connection("graph") as connection:
            connection.terminate()
            await connection.execute("SELECT 1")

    with pytest.raises(Unavailable):
        await on_a_cut_connection()
    await until_it_answers(database)


async def test_a_connection_that_the_driver_has_lost_the_thread_of_is_dropped(postgres_url: str) -> None:
    async def lose_the_thread() -> None:
        async with database.connection("graph"):
            raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")

    async with opened(postgres_url, max_size=1) as database:
        before = await one(database, "SELECT pg_backend_pid()")
        with pytest.raises(Unavailable):
            await lose_the_thread()
        assert await one(database, "SELECT pg_backend_pid()") != before


async def test_waiting_for_the_pool_ends(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "ACQUIRE_SECONDS", 0.05)
    async with opened(postgres_url, max_size=1) as database:
        async with database.connection("graph"):
            with pytest.raises(Unavailable):
                await one(database)
        assert await one(database) == 1


async def test_a_statement_that_takes_too_long_is_unavailable(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "COMMAND_SECONDS", 0.05)
    async with opened(postgres_url, max_size=1) as database:
        with pytest.raises(Unavailable):
            await one(database, "SELECT pg_sleep(60)")
        assert await one(database) == 1


async def test_a_closed_pool_is_unavailable(postgres_url: str) -> None:
    database = await Database.open(postgres_url)
    await database.close()
    with pytest.raises(Unavailable):
        await one(database)


async def test_mistakes_in_a_call_are_not_taken_for_failures(database: Database) -> None:
    for error, sql, arguments in (
        (asyncpg.DivisionByZeroError, "SELECT 1 / 0", []),
        (asyncpg.DataError, "SELECT $1::bigint", ["text"]),
        (asyncpg.InterfaceError, "SELECT $1::bigint", []),
    ):
        with pytest.raises(error):
            await one(database, sql, *arguments)


async def test_nothing_that_listens_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        await Database.open(f"postgresql://postgres@/postgres?host={tmp_path}")
