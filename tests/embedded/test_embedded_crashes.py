"""What was acknowledged is there after any death of owner and servers, and no remains block the next start."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from redis import Redis

from stores.embedded import EmbeddedUrls, owned
from tests.embedded.owners import SECONDS, Owner, kill, kill_servers, new_folder, postmaster, servers

StartOwner = Callable[[Path], Owner]


def record(urls: EmbeddedUrls) -> tuple[int, int]:
    """Add one row and one list entry; how many there are of each."""

    async def add_row() -> int:
        connection = await asyncpg.connect(urls.database_url)
        try:
            await connection.execute("CREATE TABLE IF NOT EXISTS deed ()")
            await connection.execute("INSERT INTO deed DEFAULT VALUES")
            return int(await connection.fetchval("SELECT count(*) FROM deed"))
        finally:
            await connection.close()

    with Redis.from_url(urls.redis_url) as redis:
        return asyncio.run(add_row()), int(redis.rpush("deeds", "1"))


async def until_active(urls: EmbeddedUrls, backend: int) -> None:
    connection = await asyncpg.connect(urls.database_url)
    deadline = time.monotonic() + SECONDS
    while await connection.fetchval("SELECT state FROM pg_stat_activity WHERE pid = $1", backend) != "active":
        assert time.monotonic() < deadline
    await connection.close()


def die(owner: Owner, data_dir: Path, how: str) -> None:
    if how == "postgres":
        kill(postmaster(data_dir))
    if how == "servers":
        kill_servers(data_dir)
    if how == "stop":
        owner.stop()
    owner.kill()
    if how == "all":
        kill_servers(data_dir)


@settings(max_examples=3, deadline=None)
@example(["stop", "owner", "postgres", "servers", "all"])
@given(st.lists(st.sampled_from(["stop", "owner", "postgres", "servers", "all"]), min_size=1, max_size=5))
def test_nothing_acknowledged_is_lost(deaths: list[str]) -> None:
    with new_folder() as data_dir:
        for count, how in enumerate(deaths, 1):
            owner = Owner(data_dir)
            try:
                assert record(owner.read_urls()) == (count, count)
            finally:
                die(owner, data_dir, how)
        with owned(data_dir) as urls:
            assert record(urls) == (len(deaths) + 1, len(deaths) + 1)
        assert servers(data_dir) == []


async def test_a_busy_backend_that_outlives_its_server_is_ended(data_dir: Path, start_owner: StartOwner) -> None:
    owner = start_owner(data_dir)
    urls = owner.read_urls()
    connection = await asyncpg.connect(urls.database_url)
    backend = await connection.fetchval("SELECT pg_backend_pid()")
    looping = asyncio.create_task(connection.execute("DO 'BEGIN LOOP END LOOP; END'"))
    await until_active(urls, backend)
    owner.kill()
    kill(postmaster(data_dir))
    assert backend in {process.pid for process in servers(data_dir)}
    with owned(data_dir) as urls:
        assert await asyncio.to_thread(record, urls) == (1, 1)
        assert backend not in {process.pid for process in servers(data_dir)}
    with pytest.raises((asyncpg.PostgresConnectionError, ConnectionError)):
        await looping


def test_remains_with_the_process_id_of_another_program_do_not_block(data_dir: Path) -> None:
    with owned(data_dir) as urls:
        assert record(urls) == (1, 1)
        pid_file = (data_dir / "postgres" / "postmaster.pid").read_text()
        kill_servers(data_dir)
    (data_dir / "postgres" / "postmaster.pid").write_text("\n".join([str(os.getpid()), *pid_file.splitlines()[1:]]))
    (data_dir / "run").mkdir()
    (data_dir / "run" / ".s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n")
    with owned(data_dir) as urls:
        assert record(urls) == (2, 2)


def test_a_cut_tail_of_the_append_only_file_is_dropped(data_dir: Path) -> None:
    with owned(data_dir) as urls:
        assert record(urls) == (1, 1)
    (tail,) = (data_dir / "valkey" / "appendonlydir").glob("*.incr.aof")
    with tail.open("ab") as file:
        file.write(b"*3\r\n$5\r\nRPUSH\r\n$5\r\nde")
    with owned(data_dir) as urls:
        assert record(urls) == (2, 2)


def test_a_first_start_killed_midway_is_made_again(data_dir: Path, start_owner: StartOwner) -> None:
    owner = start_owner(data_dir)
    deadline = time.monotonic() + SECONDS
    while not list(data_dir.glob("postgres.new-*/PG_VERSION")):
        assert time.monotonic() < deadline
    owner.kill()
    with owned(data_dir) as urls:
        assert record(urls) == (1, 1)
    with owned(data_dir) as urls:
        assert record(urls) == (2, 2)
    assert list(data_dir.glob("postgres.new-*")) == []


def test_the_terminals_interrupt_stops_both_servers_in_order(data_dir: Path, start_owner: StartOwner) -> None:
    owner = start_owner(data_dir)
    owner.read_urls()
    assert owner.process.pid not in {os.getsid(process.pid) for process in servers(data_dir)}
    assert owner.interrupt() == "interrupted\n"
    assert owner.process.returncode == 0
    assert servers(data_dir) == []
    assert (data_dir / "postgres.log").read_text().splitlines()[-1].endswith("database system is shut down")
    assert (data_dir / "valkey.log").read_text().splitlines()[-1].endswith("bye bye...")


def test_a_server_that_ignores_the_gentle_signal_is_ended_by_the_next(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stores.embedded.processes.STOP_SECONDS", 0.2)
    with owned(data_dir) as urls:
        assert record(urls) == (1, 1)
        postmaster(data_dir).send_signal(signal.SIGSTOP)
    assert servers(data_dir) == []
    with owned(data_dir) as urls:
        assert record(urls) == (2, 2)
