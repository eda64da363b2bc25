"""The folders that the embedded servers need besides their data: where sockets lie, and what PostgreSQL may reach."""

import hashlib
import logging
import os
import pwd
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stores.embedded.processes import Identity, NotStarted

logger = logging.getLogger(__name__)

# sun_path holds 104 bytes with the closing zero on macOS, 108 on Linux.
SOCKET_PATH_BYTES = 103
LONGEST_SOCKET_NAME = ".s.PGSQL.5432.lock"


def mark_of(data_dir: Path) -> str:
    """What a folder's servers bear in their command lines, so that the next owner finds those that outlived theirs."""
    return "starling-" + hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]


def make_private(folder: Path) -> None:
    """Make a folder, where missing, for this user alone; root's is for its group too, in which PostgreSQL runs."""
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
        if os.geteuid() == 0:
            folder.chmod(0o770)


@contextmanager
def sockets(data_dir: Path) -> Iterator[Path]:
    """An empty private folder for sockets, gone at the end; its path is short and needs no quoting in any URL.

    In the data folder where the path allows it, else in the system's folder for temporary files. Raises NotStarted.
    """
    folder = data_dir / "run"
    if not _fits(folder):
        folder = Path(tempfile.gettempdir()).resolve() / f"{mark_of(data_dir)}-{os.geteuid()}"
    if not _fits(folder):
        raise NotStarted(f"no room for sockets: the paths {data_dir / 'run'} and {folder} are too long or unusual")
    if folder.exists():
        shutil.rmtree(folder)  # fails where it is somebody else's
    make_private(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # whoever removed the data folder took it along


def unprivileged(data: Path, *reached: Path) -> Identity:
    """Who may run PostgreSQL, which refuses to be root: this process's user or, for root, the owner of `data`.

    Where `data` is not there yet, or root's, it is the user `postgres` or `nobody`. That user needs to search the
    folders `reached` and those above them: it gets their groups, and a group that may not search is allowed to; never
    to read, and never everybody.
    """
    if os.geteuid() != 0:
        return Identity()
    groups = set()
    for folder in {folder for path in reached for folder in (path, *path.parents)}:
        status = folder.stat()
        if status.st_mode & stat.S_IXOTH:
            continue
        if not status.st_mode & stat.S_IXGRP:
            logger.warning("letting the group of %s search it, for PostgreSQL must not run as root", folder)
            folder.chmod(stat.S_IMODE(status.st_mode) | stat.S_IXGRP)
        groups.add(status.st_gid)
    return Identity(_user(data), tuple(sorted(groups)))


def _fits(folder: Path) -> bool:
    path = str(folder / LONGEST_SOCKET_NAME)
    return len(path) <= SOCKET_PATH_BYTES and re.fullmatch(r"[A-Za-z0-9/._-]+", path) is not None


def _user(data: Path) -> int:
    if data.exists() and (owner := data.stat().st_uid) != 0:
        return owner
    users = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}
    return users.get("postgres", users["nobody"])
