"""The real servers of the scale-out form, where the environment names them: `eval "$(../shared/stack/env)"`."""

import os
import subprocess
from pathlib import Path

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


def hide() -> None:
    """Has none of the system's own parts find these URLs: each test says by itself what it runs on."""
    for name in URLS.values():
        if url := os.environ.pop(name, None):
            os.environ[_KEPT + name] = url


def url(server: str) -> str | None:
    name = URLS[server]
    return os.environ.get(_KEPT + name, os.environ.get(name))


def kill(server: str) -> None:
    """kill -9."""
    _run("down", "-9", server)


def start(server: str) -> None:
    """Returns when it is ready."""
    _run("up", server)


def _run(*command: str) -> None:
    subprocess.run([FOLDER / command[0], *command[1:]], check=True, capture_output=True)
