"""Which servers a command works on: those that run already, or embedded ones of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from settings import Settings
from stores.embedded import EmbeddedUrls, owned, running


@dataclass(frozen=True, slots=True)
class Reached:
    """`settings` have URLs. `own`: the servers are the command's, and no worker runs on them."""

    settings: Settings
    own: bool


@contextmanager
def reached(settings: Settings) -> Iterator[Reached]:
    """The servers that the environment's URLs name, or of whoever runs on the data folder; where nobody does, embedded
    servers for the block. Raises AlreadyRunning or NotStarted."""
    if not settings.embedded:
        yield Reached(settings, own=False)
    elif urls := running(settings.data_dir):
        yield Reached(_at(settings, urls), own=False)
    else:
        with owned(settings.data_dir) as urls:
            yield Reached(_at(settings, urls), own=True)


def _at(settings: Settings, urls: EmbeddedUrls) -> Settings:
    return settings.model_copy(update={"database_url": urls.database_url, "redis_url": urls.redis_url})
