"""The real servers of the scale-out form, where the environment names them: `eval "$(../shared/stack/env)"`."""

import fcntl
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import IO

FOLDER = Path(__file__).parents[3] / "shared" / "stack"
"""The scripts that start and stop them."""

URLS = {
    "neo4j": "STARLING_GRAPH_URL",
    "cassandra": "STARLING_TWEETS_URL",
    "elasticsearch": "STARLING_SEARCH_URL",
    "s3": "STARLING_MEDIA_URL",
}
"""By the name of the server, which is that of its tests' marker: the variable that has its URL."""

_KEPT = "TESTED_"
_killed: dict[str, IO[bytes]] = {}
"""The locks of those that are down."""


def hide() -> None:
    """Has none of the system's own parts find these URLs: each test says by itself what it runs on."""
    for name in URLS.values():
        if url := os.environ.pop(name, None):
            os.environ[_KEPT + name] = url


def url(server: str) -> str | None:
    name = URLS[server]
    return os.environ.get(_KEPT + name, os.environ.get(name))


@contextmanager
def kept(servers: Sequence[str]) -> Iterator[None]:
    """Nobody kills these servers during the block."""
    with ExitStack() as locks:
        for server in servers:
            fcntl.flock(locks.enter_context(_lock(server)), fcntl.LOCK_SH)
        yield


def kill(server: str) -> None:
    """kill -9, when no other process of the tests needs it. None may until it is started again."""
    lock = _killed[server] = _lock(server)
    fcntl.flock(lock, fcntl.LOCK_EX)
    _run("down", "-9", server)


def start(server: str) -> None:
    """Returns when it is ready."""
    _run("up", server)
    _killed.pop(server).close()


def _lock(server: str) -> IO[bytes]:
    return (Path(gettempdir()) / f"starling-tests-{server}.lock").open("wb")


def _run(*command: str) -> None:
    subprocess.run([FOLDER / command[0], *command[1:]], check=True, capture_output=True)
