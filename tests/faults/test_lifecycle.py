"""Starting and stopping: in order, in time, and with plain words where it can't be."""

import signal
import socket as sockets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from websockets.exceptions import ConnectionClosed

from stores.embedded import processes
from stores.embedded.processes import Command
from tests.contract.redis_fixtures import RedisServer
from tests.embedded.owners import new_folder, servers
from tests.faults.deployment import Deployment
from tests.support.clients import UPDATES, sign_up, socket
from tests.support.servers import ROOT, START_SECONDS, RunningServer, free_port

STOP_SECONDS = 10
SERVICE_RESTART = 1012
IDLE_SECONDS = 2
"""Longer than the parent of several processes ever is between two questions whether they live."""


@pytest.fixture
def server() -> Iterator[RunningServer]:
    """Not started yet."""
    with new_folder() as folder:
        yield RunningServer(folder)


def run(server: RunningServer, **more: str) -> tuple[int, str]:
    """Starts what can't start; its exit code and all that it says."""
    environment = server.environment | {f"STARLING_{name.upper()}": value for name, value in more.items()}
    done = subprocess.run(
        [sys.executable, "server.py"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def wait_until_idle(process: psutil.Process) -> None:
    """Until it has done nothing for IDLE_SECONDS."""
    seen, since = process.num_ctx_switches(), time.monotonic()

    def is_idle() -> bool:
        nonlocal seen, since
        if (now := process.num_ctx_switches()) != seen:
            seen, since = now, time.monotonic()
        return time.monotonic() > since + IDLE_SECONDS

    wait_until(is_idle)


async def check_stop(server: RunningServer, http: httpx.AsyncClient) -> None:
    """SIGTERM with streams open."""
    account = await sign_up(http, server.url)
    async with socket(server.url, account.token) as first, socket(server.url, account.token) as second:
        await first.subscribe(UPDATES)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        for live in (first, second):
            with pytest.raises(ConnectionClosed) as closed:
                await live.receive()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == SERVICE_RESTART
    assert server.process.wait(STOP_SECONDS) == 0
    assert time.monotonic() - began < STOP_SECONDS


async def test_sigterm(server: RunningServer, http: httpx.AsyncClient) -> None:
    server.start()
    await check_stop(server, http)
    assert servers(server.data_dir) == []


async def test_sigterm_of_several_processes(deployment: Deployment, http: httpx.AsyncClient) -> None:
    processes = deployment.server_processes()
    await check_stop(deployment.server, http)
    psutil.wait_procs(processes, STOP_SECONDS)
    assert not any(process.is_running() for process in processes)
    deployment.server.start()


def test_a_process_that_dies_before_it_answers(deployment: Deployment) -> None:
    """Its parent, which awaits the answer, is not deaf meanwhile."""
    parent, child = deployment.server_processes()[0], deployment.serving_processes()[0]
    child.suspend()
    wait_until_idle(parent)
    child.kill()
    assert deployment.server.stop() == 0
    deployment.server.start()


def test_processes_end_with_their_killed_parent(deployment: Deployment) -> None:
    parent, *children = deployment.server_processes()
    deployment.server.kill()
    assert psutil.wait_procs(children, STOP_SECONDS)[1] == []
    deployment.server.start()
    assert deployment.server_processes()[0].pid != parent.pid


async def test_killed_and_started_again(server: RunningServer, http: httpx.AsyncClient) -> None:
    server.start()
    account = await sign_up(http, server.url)
    tweet = await account.tweet("here to stay")
    orphans = servers(server.data_dir)
    server.kill()
    server.start()
    assert [edge["node"]["id"] for edge in await account.whole_timeline()] == [tweet]
    assert psutil.wait_procs(orphans, STOP_SECONDS)[1] == []
    assert server.stop() == 0
    assert servers(server.data_dir) == []


def test_one_folder_has_one_server(server: RunningServer, tmp_path: Path) -> None:
    server.start()
    code, said = run(server, port=str(free_port()))
    folder = server.data_dir.resolve()
    assert code == 1
    assert said == (
        f"process {server.process.pid} runs on {folder}: stop it first, or name another folder in STARLING_DATA_DIR\n"
    )
    assert server.is_ready()
    assert server.stop() == 0


@pytest.mark.parametrize("started", ["PostgreSQL", "Valkey"])
def test_interrupted_while_it_starts(server: RunningServer, started: str) -> None:
    """However far it came, no server of its own is left behind."""
    with server.log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "server.py"], cwd=ROOT, env=server.environment, stdout=log, stderr=log
        )
    mark = {"PostgreSQL": server.data_dir / "postgres.log", "Valkey": server.data_dir / "valkey.log"}[started]
    wait_until(mark.exists)
    process.send_signal(signal.SIGINT)
    assert process.wait(STOP_SECONDS) == 128 + signal.SIGINT
    assert servers(server.data_dir) == []
    assert "Traceback" not in server.log_path.read_text()


def test_a_port_that_is_taken(server: RunningServer) -> None:
    """Nothing is started for it."""
    with sockets.create_server(("127.0.0.1", server.port)):
        code, said = run(server)
    mend = "name others in STARLING_HOST and STARLING_PORT"
    assert (code, said) == (1, f"can't listen on 127.0.0.1, port {server.port}: Address already in use; {mend}\n")
    assert not server.data_dir.exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            {"redis_url": "redis://127.0.0.1:1"},
            "set STARLING_DATABASE_URL and STARLING_REDIS_URL both, or neither for embedded servers\n",
        ),
        (
            {"timeline_size": "many", "live_log_entries": "1"},
            "STARLING_TIMELINE_SIZE: Input should be a valid integer, unable to parse string as an integer. "
            "Entries kept in a precomputed timeline.\n"
            "STARLING_LIVE_LOG_ENTRIES: Input should be greater than or equal to 100. "
            "Entries kept in the live log.\n",
        ),
        (
            {"timeline_urls": "redis://127.0.0.1:1, redis://127.0.0.1:2,redis://127.0.0.1:1"},
            "STARLING_TIMELINE_URLS: names a server twice. "
            "redis://… of timelines, with commas between several that share them; unset: as REDIS_URL.\n",
        ),
        (
            {"redis_url": "http://127.0.0.1:1", "database_url": "mysql://127.0.0.1:1"},
            "STARLING_DATABASE_URL must be a URL of postgres:// or postgresql://; it has mysql://.\n",
        ),
    ],
)
def test_settings_that_are_wrong(server: RunningServer, more: dict[str, str], said: str) -> None:
    assert run(server, **more) == (1, said)


def test_servers_that_cannot_be_reached(server: RunningServer) -> None:
    """They are given some seconds; passwords are never shown."""
    redis = RedisServer()
    try:
        code, said = run(
            server, redis_url=redis.url, database_url="postgresql://me:secret@127.0.0.1:1/db", patience_seconds="2"
        )
    finally:
        redis.remove()
    assert code == 1
    last = "STARLING_DATABASE_URL: postgresql://me@127.0.0.1:1/db can't be reached: "
    assert said.splitlines()[-1].startswith(last)
    assert "secret" not in said
    assert "Traceback" not in said


def test_interrupted_while_a_server_of_its_own_is_spawned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the worst moment: the child is there, and nobody has its process id yet."""
    spawned: list[psutil.Popen] = []
    spawn = psutil.Popen

    def interrupted(*args: Any, **options: Any) -> psutil.Popen:
        spawned.append(spawn(*args, **options))
        signal.raise_signal(signal.SIGINT)
        return spawned[0]

    monkeypatch.setattr(psutil, "Popen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        processes.run(Command("sleep", ["sleep", str(START_SECONDS)], tmp_path / "log"))
    assert spawned[0].poll() == -signal.SIGTERM
