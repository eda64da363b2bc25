"""A PostgreSQL and a Valkey of one's own for a data folder: started and stopped with their owner, found again after it.

One process at a time owns a folder. Where an owner was killed, its servers live on; the next owner stops them and
starts anew, since that is as fast as looking them over and leaves one path to trust. In the folder lie `postgres/`,
`valkey/`, a log of each, `lock`, and `run/` with the sockets, which only this user can reach.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stores.embedded import lock, postgres, valkey
from stores.embedded.folders import make_private, mark_of, sockets
from stores.embedded.lock import AlreadyRunning, EmbeddedUrls
from stores.embedded.processes import NotStarted

__all__ = ["AlreadyRunning", "EmbeddedUrls", "NotStarted", "owned", "running"]


@contextmanager
def owned(data_dir: Path) -> Iterator[EmbeddedUrls]:
    """Own the folder, made where missing, for the block: its servers run and listen at the URLs.

    Blocks for a second or so at both ends. Raises AlreadyRunning where another live process owns the folder, NotStarted
    where a server doesn't start. Anything sent to the servers after the block fails.
    """
    data_dir = data_dir.resolve()
    make_private(data_dir)
    mark = mark_of(data_dir)
    with lock.held(data_dir) as publish:
        postgres.stop_leftovers(mark)
        valkey.stop_leftovers(mark)
        with (
            sockets(data_dir) as folder,
            postgres.serving(data_dir, folder, mark) as database_url,
            valkey.serving(data_dir, folder, mark) as redis_url,
        ):
            urls = EmbeddedUrls(database_url, redis_url)
            publish(urls)
            try:
                yield urls
            finally:
                publish(None)


def running(data_dir: Path) -> EmbeddedUrls | None:
    """The URLs of a live owner's servers; None where no live process owns the folder.

    Waits while an owner starts or stops its servers.
    """
    data_dir = data_dir.resolve()
    while (owner := lock.owner(data_dir)) is not None:
        if owner.urls is not None:
            return owner.urls
        time.sleep(lock.POLL_SECONDS)
    return None
