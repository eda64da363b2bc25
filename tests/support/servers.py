"""Servers under test, each a process of its own on a data folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from random import randrange
from typing import Self

from tests.embedded.owners import new_folder

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
STOP_SECONDS = 20
FIRST_PORT, PORTS = 12_000, 20_000
WORKERS_AT_MOST = 16

_numbers = count()
_FIRST = randrange(PORTS // WORKERS_AT_MOST) * WORKERS_AT_MOST + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
"""Where this process of the tests begins, apart from those that other tests of this machine begin with."""


def free_port() -> int:
    """One that nobody else gets, not even while the server that it is for is down: the kernel hands out higher ones,
    and each process of the tests takes its own."""
    while True:
        port = FIRST_PORT + (_FIRST + next(_numbers) * WORKERS_AT_MOST) % PORTS
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


SHARED = {"timeline_size": "20", "failed_logins_per_address": "1000", "sign_ups_per_address": "1000"}
"""Timelines short enough that floor, trim and store are read; and all tests come from one address."""


class RunningServer:
    """`python server.py` on the embedded stores, as `make run` starts it."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        """`settings` are environment variables, without their prefix STARLING_ and in lower case."""
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = settings
        self.log_path = data_dir.with_name(data_dir.name + ".server.log")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What a command needs to find this server's stores."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("STARLING_")}
        own = {"data_dir": str(self.data_dir), "port": str(self.port)} | self.settings
        return kept | {f"STARLING_{name.upper()}": value for name, value in own.items()}

    def start(self, **more: str) -> Self:
        """Starts it and waits until it is ready; `more` are settings for this life alone."""
        environment = self.environment | {f"STARLING_{name.upper()}": value for name, value in more.items()}
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "server.py"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        self._wait_until_ready()
        return self

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.is_ready():
            assert self.process.poll() is None, f"the server died:\n{self.log_path.read_text()}"
            assert time.monotonic() < deadline, f"the server is not ready:\n{self.log_path.read_text()}"
            time.sleep(0.05)

    def is_ready(self) -> bool:
        """Asked without httpx, which would load all certificates each time."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=START_SECONDS)) as connection:
            try:
                connection.request("GET", "/readyz")
                return connection.getresponse().status == 200
            except (OSError, HTTPException):
                return False

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the server was not started"
        return self._process

    def stop(self) -> int:
        """SIGTERM, as a service manager ends it; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    def wait_for_crash(self) -> None:
        """Waits until an armed crash point has killed it."""
        assert self.process.wait(STOP_SECONDS) == -signal.SIGKILL

    def close(self) -> None:
        """Ends it whatever its state; embedded servers that a kill left over are stopped by the next life."""
        if self._process is None:
            return
        if self.process.poll() is not None:
            self.start()
        self.stop()


@contextmanager
def serving(**settings: str) -> Iterator[RunningServer]:
    """One that many tests share, with settings besides SHARED."""
    with new_folder() as folder:
        server = RunningServer(folder, **SHARED, **settings).start()
        try:
            yield server
        finally:
            server.close()
