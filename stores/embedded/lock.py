"""Who owns a data folder: a lock that the kernel frees when its holder dies, and what the holder says of itself."""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

POLL_SECONDS = 0.02
# `owner` takes the lock shared for an instant, and a former owner may be on its way out: neither is worth an error.
PATIENCE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class EmbeddedUrls:
    """Where a data folder's two servers listen, for asyncpg and for redis-py or arq."""

    database_url: str
    redis_url: str


@dataclass(frozen=True, slots=True)
class Owner:
    """A live process that holds a folder; `urls` is None while its servers start or stop."""

    pid: int | None
    urls: EmbeddedUrls | None


class AlreadyRunning(Exception):
    """Another live process owns the data folder."""

    def __init__(self, data_dir: Path, pid: int | None) -> None:
        who = "another process" if pid is None else f"process {pid}"
        super().__init__(f"{who} runs on {data_dir}: stop it first, or name another folder in STARLING_DATA_DIR")


def owner(data_dir: Path) -> Owner | None:
    """The live owner of `data_dir`, None where there is none."""
    try:
        descriptor = os.open(_path(data_dir), os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        if _try_flock(descriptor, fcntl.LOCK_SH):
            return None
        return _read(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def held(data_dir: Path) -> Iterator[Callable[[EmbeddedUrls | None], None]]:
    """Hold `data_dir`, an existing folder, and yield a function that tells others the servers' URLs.

    Raises AlreadyRunning where another process holds it. Executed children don't get the descriptor, so that a server
    which outlives its owner doesn't keep the lock.
    """
    descriptor = os.open(_path(data_dir), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _try_flock(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise AlreadyRunning(data_dir, _read(descriptor).pid)
            time.sleep(POLL_SECONDS)
        _write(descriptor, None)
        yield lambda urls: _write(descriptor, urls)
    finally:
        os.close(descriptor)


def _path(data_dir: Path) -> Path:
    return data_dir / "lock"


def _try_flock(descriptor: int, mode: int) -> bool:
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(descriptor: int, urls: EmbeddedUrls | None) -> None:
    record = {"pid": os.getpid(), "urls": urls and asdict(urls)}
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(record).encode(), 0)


def _read(descriptor: int) -> Owner:
    try:
        record = json.loads(os.pread(descriptor, 65536, 0))
    except ValueError:  # read between the truncation and the writing
        return Owner(None, None)
    return Owner(record["pid"], record["urls"] and EmbeddedUrls(**record["urls"]))
