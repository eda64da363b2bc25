"""Owner processes of data folders, and what runs in their names."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from stores.embedded import EmbeddedUrls, processes
from stores.embedded.folders import mark_of

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from pathlib import Path
from stores.embedded import owned
try:
    with owned(Path(sys.argv[1])) as urls:
        print(urls.database_url, urls.redis_url, flush=True)
        sys.stdin.read()
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
SECONDS = 20
POLL_SECONDS = 0.01


class Owner:
    """A process that owns a folder until it is stopped or killed."""

    def __init__(self, data_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(data_dir)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def read_urls(self) -> EmbeddedUrls:
        """What it prints once its servers are ready."""
        assert self.process.stdout is not None
        return EmbeddedUrls(*self.process.stdout.readline().split())

    def stop(self) -> None:
        """Let it end of itself."""
        self.process.communicate(timeout=SECONDS)

    def interrupt(self) -> str:
        """Press Ctrl-C in its terminal, so to speak; what it says at the end."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.communicate(timeout=SECONDS)[0]

    def kill(self) -> None:
        """Kill it, as often as one likes."""
        self.process.kill()
        self.process.communicate(timeout=SECONDS)


@contextmanager
def new_folder() -> Iterator[Path]:
    """A path for a data folder; what still runs on it at the end is killed.

    Not a folder of pytest's: where that is root, every start of it closes the folder above to other users.
    """
    with tempfile.TemporaryDirectory(prefix="starling-test-") as name:
        folder = Path(name).resolve() / "data"
        try:
            yield folder
        finally:
            kill_servers(folder)


def servers(data_dir: Path) -> list[psutil.Process]:
    """The live processes of a folder's servers: PostgreSQL's with its children, Valkey's."""
    mark = mark_of(data_dir.resolve())
    return [process for name in ("postgres", "valkey-server") for process in processes.marked(name, mark)]


def postmaster(data_dir: Path) -> psutil.Process:
    """PostgreSQL's first process."""
    return psutil.Process(int((data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0]))


def kill(*victims: psutil.Process) -> None:
    """Kill the processes and wait for their ends; those whose parent lives are left for it to reap."""
    for process in victims:
        with suppress(psutil.NoSuchProcess):  # a server's children end with it
            process.kill()
    deadline = time.monotonic() + SECONDS
    while any(map(_lives, victims)):
        assert time.monotonic() < deadline
        time.sleep(POLL_SECONDS)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kill_servers(data_dir: Path) -> None:
    """Kill all of a folder's servers at once, as when a machine dies."""
    kill(*servers(data_dir))
