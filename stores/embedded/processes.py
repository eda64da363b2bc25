"""Server processes: started in a session of their own, awaited, stopped, and found again when their owner died."""

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import psutil

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.01
# A crashed PostgreSQL replays up to a gigabyte of log before it is ready; one that fails is noticed at once.
START_SECONDS = 120.0
STOP_SECONDS = 6.0
LOG_LINES = 15
INTERRUPTING = (signal.SIGINT, signal.SIGTERM)


class NotStarted(Exception):
    """A server can't be started; the message says why, with the end of its log."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The user and supplementary groups of a child process; by default those of this process."""

    user: int | None = None
    groups: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A command line with the name that messages call it by, the log it writes, and whose process it shall be."""

    name: str
    argv: Sequence[str | Path]
    log: Path
    identity: Identity = field(default_factory=Identity)


def run(command: Command) -> None:
    """Run the command to its end. Raises NotStarted where it fails."""
    with _spawned(command, (signal.SIGTERM, signal.SIGKILL)) as (child, log_start):
        if child.wait() != 0:
            raise _failure(command, f"failed with code {child.returncode}", log_start)


@contextmanager
def serving(command: Command, is_ready: Callable[[int], bool], signals: Sequence[signal.Signals]) -> Iterator[None]:
    """Run a server until the block ends; `is_ready`, given its process id, holds when the block begins.

    The signals stop it, from the gentlest to the last. Raises NotStarted.
    """
    with _spawned(command, signals) as (child, log_start):
        deadline = time.monotonic() + START_SECONDS
        while not is_ready(child.pid):
            if (code := child.poll()) is not None:
                raise _failure(command, f"ended at once with code {code}", log_start)
            if time.monotonic() > deadline:
                raise _failure(command, f"was not ready within {START_SECONDS:.0f} s", log_start)
            time.sleep(POLL_SECONDS)
        yield


def stop(process: psutil.Process, signals: Sequence[signal.Signals]) -> None:
    """Send one signal after another until the process, a child or not, has ended."""
    for number in signals:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
        deadline = time.monotonic() + STOP_SECONDS
        while not (ended := _has_ended(process)) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        if ended:
            return
        logger.warning("process %d did not end within %.0f s of %s", process.pid, STOP_SECONDS, number.name)


def marked(name: str, mark: str) -> list[psutil.Process]:
    """The live processes of a name that bear the mark in their command line."""
    return [
        process
        for process in psutil.process_iter(["name", "cmdline"])
        if process.info["name"] == name and mark in " ".join(process.info["cmdline"] or ())
    ]


def packaged(package: str, pattern: str) -> Path:
    """The file of an installed wheel that matches the pattern, found without importing it. Raises NotStarted."""
    spec = find_spec(package)
    roots = (spec and spec.submodule_search_locations) or ()
    files = [file for root in roots for file in Path(root).glob(pattern)]
    if not files:
        raise NotStarted(f"the package {package} has no {pattern} here: install it, or name servers of your own by URL")
    return files[0]


@contextmanager
def _spawned(command: Command, signals: Sequence[signal.Signals]) -> Iterator[tuple[psutil.Popen, int]]:
    """A child that is stopped at the block's end, however early that comes."""
    child = None
    try:
        with _signals_deferred():
            child, log_start = _spawn(command)
        yield child, log_start
    finally:
        if child:
            stop(child, signals)


@contextmanager
def _signals_deferred() -> Iterator[None]:
    """What would interrupt the block, and leave a child that nobody knows of, comes at its end. Only the main thread is
    ever interrupted."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    deferred: list[int] = []
    usual = {signum: signal.signal(signum, lambda number, _: deferred.append(number)) for signum in INTERRUPTING}
    try:
        yield
    finally:
        for signum, handler in usual.items():
            signal.signal(signum, handler)
        for number in deferred:
            signal.raise_signal(number)


def _spawn(command: Command) -> tuple[psutil.Popen, int]:
    """Start a child that the terminal's signals don't reach; with it, where in the log its part begins."""
    try:
        with command.log.open("ab") as output:
            log_start = output.tell()
            child = psutil.Popen(
                [str(part) for part in command.argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=command.log.parent,
                # The servers' own settings name their locales; on macOS PostgreSQL wants a valid one here as well.
                env={**os.environ, "LC_ALL": "C"},
                user=command.identity.user,
                extra_groups=command.identity.groups,
                start_new_session=True,
            )
            return child, log_start
    except OSError as error:
        raise NotStarted(f"{command.name} can't be run: {error}") from error


def _failure(command: Command, what: str, log_start: int) -> NotStarted:
    with command.log.open("rb") as file:
        file.seek(log_start)
        lines = file.read().decode(errors="replace").splitlines()
    return NotStarted("\n".join([f"{command.name} {what}; the end of {command.log}:", *lines[-LOG_LINES:]]))


def _has_ended(process: psutil.Process) -> bool:
    """Whether it has, all of its threads included; a child is reaped, a zombie of others may stay one for ever."""
    try:
        process.wait(0)
    except psutil.TimeoutExpired:
        with suppress(psutil.NoSuchProcess):
            return process.status() == psutil.STATUS_ZOMBIE and process.ppid() != os.getpid()
    return True
