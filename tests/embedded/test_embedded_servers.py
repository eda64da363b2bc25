"""The embedded servers in ordinary life: start, stop, errors, one owner at a time, unusual paths."""

import asyncio
import json
import os
import shutil
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import asyncpg
import psutil
import pytest
from arq.connections import RedisSettings
from redis import Redis

from stores.embedded import AlreadyRunning, EmbeddedUrls, NotStarted, folders, lock, owned, processes, running
from tests.embedded.owners import Owner, new_folder, servers

StartOwner = Callable[[Path], Owner]


def sql(url: str, query: str) -> object:
    """The first value of the query's answer."""

    async def fetch() -> object:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(fetch())


def test_both_servers_answer_and_nothing_is_left_after_the_stop(data_dir: Path) -> None:
    with owned(data_dir) as urls:
        assert str(sql(urls.database_url, "SHOW server_version")).startswith("18.")
        assert RedisSettings.from_dsn(urls.redis_url).unix_socket_path == urls.redis_url.removeprefix("unix://")
        with Redis.from_url(urls.redis_url) as redis:
            assert redis.config_get("append*")["appendfsync"] == "everysec"
            assert redis.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert redis.config_get("save") == {"save": ""}
    assert servers(data_dir) == []
    assert json.loads((data_dir / "lock").read_text()) == {"pid": os.getpid(), "urls": None}
    assert sorted(path.name for path in data_dir.iterdir()) == [
        "lock",
        "postgres",
        "postgres.log",
        "valkey",
        "valkey.log",
    ]


def test_data_survive_a_restart(data_dir: Path) -> None:
    with owned(data_dir) as urls, Redis.from_url(urls.redis_url) as redis:
        sql(urls.database_url, "CREATE TABLE kept AS SELECT 7 AS number")
        redis.set("kept", "8")
    with owned(data_dir) as urls, Redis.from_url(urls.redis_url) as redis:
        assert sql(urls.database_url, "SELECT number FROM kept") == 7
        assert redis.get("kept") == b"8"


def test_only_the_owners_user_reaches_the_servers(data_dir: Path) -> None:
    with owned(data_dir) as urls:
        sockets = Path(urls.redis_url.removeprefix("unix://")).parent
        assert stat.S_IMODE(sockets.stat().st_mode) == (0o770 if os.geteuid() == 0 else 0o700)
        processes_ = servers(data_dir)
        assert {process.name() for process in processes_} == {"postgres", "valkey-server"}
        assert [connection for process in processes_ for connection in process.net_connections("inet")] == []


def test_words_are_divided_and_lowered_beyond_ascii(data_dir: Path) -> None:
    with owned(data_dir) as urls:
        words = "SELECT to_tsvector('simple', 'ÉCOLE “ПРИВЕТ”—東京、大阪')::text"
        assert sql(urls.database_url, words) == "'école':1 'привет':2 '大阪':4 '東京':3"
        assert sql(urls.database_url, "SELECT lower('ÉCOLE')") == "école"


def test_a_second_owner_is_refused_and_told_who_is_first(data_dir: Path, start_owner: StartOwner) -> None:
    first = start_owner(data_dir)
    urls = first.read_urls()
    expected = (
        f"process {first.process.pid} runs on {data_dir}: stop it first, or name another folder in STARLING_DATA_DIR"
    )
    with pytest.raises(AlreadyRunning) as caught, owned(data_dir):
        pass
    assert str(caught.value) == expected
    assert sql(urls.database_url, "SELECT 1") == 1


def test_two_folders_at_once(data_dir: Path) -> None:
    with new_folder() as other_dir, owned(data_dir) as urls, owned(other_dir) as others:
        sql(urls.database_url, "CREATE TABLE mine ()")
        assert sql(others.database_url, "SELECT to_regclass('mine')") is None


def test_a_long_relative_path_with_spaces(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data_dir.mkdir(mode=0o710)
    monkeypatch.chdir(data_dir)
    path = Path("a folder's name" * 8, "and, another", "d" * 100)
    with owned(path) as urls:
        assert running(data_dir / path) == urls
        assert sql(urls.database_url, "SELECT 1") == 1
        sockets = Path(urls.redis_url.removeprefix("unix://")).parent
    assert not sockets.exists()
    assert servers(path) == []


def test_running_sees_a_live_owner_and_not_a_dead_one(data_dir: Path, start_owner: StartOwner) -> None:
    assert running(data_dir) is None
    owner = start_owner(data_dir)
    urls = owner.read_urls()
    assert running(data_dir) == urls
    owner.kill()
    assert len(servers(data_dir)) > 1
    assert running(data_dir) is None
    second = start_owner(data_dir)
    assert second.read_urls() == running(data_dir)
    second.stop()
    assert running(data_dir) is None


def test_running_waits_for_an_owner_that_starts(data_dir: Path) -> None:
    data_dir.mkdir()
    urls = EmbeddedUrls("postgresql://a", "unix://b")
    seen: list[EmbeddedUrls | None] = []
    waiting = threading.Thread(target=lambda: seen.append(running(data_dir)))
    with lock.held(data_dir) as publish:
        waiting.start()
        waiting.join(0.1)
        assert seen == []
        publish(urls)
        waiting.join(5)
    assert seen == [urls]


def test_another_versions_folder_is_refused(data_dir: Path) -> None:
    (data_dir / "postgres").mkdir(parents=True)
    (data_dir / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(NotStarted) as caught, owned(data_dir):
        pass
    assert str(caught.value) == (
        f"{data_dir}/postgres has 17 data of PostgreSQL, and this is PostgreSQL 18: "
        "restore the folder, upgrade it with pg_upgrade, or name another in STARLING_DATA_DIR"
    )
    assert running(data_dir) is None


def test_a_server_that_fails_shows_its_log_and_the_other_is_stopped(data_dir: Path) -> None:
    (data_dir / "valkey" / "appendonlydir").mkdir(parents=True)
    manifest = data_dir / "valkey" / "appendonlydir" / "appendonly.aof.manifest"
    manifest.write_text("nonsense\n")
    with pytest.raises(NotStarted) as caught, owned(data_dir):
        pass
    message = str(caught.value).splitlines()
    assert message[0] == f"Valkey ended at once with code 1; the end of {data_dir}/valkey.log:"
    assert "FATAL AOF MANIFEST FILE ERROR" in str(caught.value)
    assert servers(data_dir) == []
    shutil.rmtree(manifest.parent)
    with owned(data_dir) as urls:
        assert sql(urls.database_url, "SELECT 1") == 1


def test_a_missing_wheel_is_named() -> None:
    with pytest.raises(NotStarted, match="the package no_such_wheel has no bin/x here"):
        processes.packaged("no_such_wheel", "bin/x")


def test_root_lets_only_a_folders_group_search_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    identity = folders.unprivileged(closed / "postgres", closed)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o710
    assert identity.user is not None
    assert psutil.Process().gids().real in (identity.groups or ())
