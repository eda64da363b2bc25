"""The real servers of the scale-out form, where the environment names them: `eval "$(../shared/stack/env)"`."""

import os
from collections.abc import Mapping

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
    return os.environ.get(_KEPT + URLS[server])


def urls() -> Mapping[str, str]:
    """By the setting's name in lower case, as a RunningServer takes them: all servers must be there."""
    return {name.removeprefix("STARLING_").lower(): os.environ[_KEPT + name] for name in URLS.values()}
