"""The system as operators run it by URLs: PostgreSQL, Valkey, a server of two processes and workers, each of which can
be killed alone."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from tests.contract.postgres_fixtures import serving
from tests.contract.redis_fixtures import RedisServer
from tests.embedded.owners import new_folder, postmaster
from tests.support.servers import ROOT, START_SECONDS, STOP_SECONDS, RunningServer


class Postgres:
    """On one folder, with one URL, in all of its lives."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._life = ExitStack()
        self.url = ""
        self.start()

    def start(self) -> None:
        self.url = self._life.enter_context(serving(self._folder))

    def kill(self) -> None:
        """An immediate shutdown: no connection is ended in order, and the next start recovers."""
        postmaster(self._folder).send_signal(signal.SIGQUIT)
        self._life.close()

    def close(self) -> None:
        self._life.close()


class Deployment:
    def __init__(self, postgres: Postgres, redis: RedisServer, folder: Path) -> None:
        self.postgres = postgres
        self.redis = redis
        urls = {"database_url": postgres.url, "redis_url": redis.url}
        self.server = RunningServer(folder, timeline_size="20", processes="2", **urls)
        self._workers: list[subprocess.Popen[bytes]] = []

    def start_worker(self, crash_at: str = "") -> subprocess.Popen[bytes]:
        """Returns when it is at work."""
        ready = self._workers_ready() + 1
        environment = self.server.environment | {"STARLING_CRASH_AT": crash_at}
        with self.server.log_path.open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "workers.settings"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        self._workers.append(worker)
        deadline = time.monotonic() + START_SECONDS
        while self._workers_ready() < ready:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return worker

    def _workers_ready(self) -> int:
        return self.server.log_path.read_text().count("workers run")

    def server_processes(self) -> list[psutil.Process]:
        """The first is the parent of the others."""
        parent = psutil.Process(self.server.process.pid)
        return [parent, *parent.children(recursive=True)]

    def close(self) -> None:
        if self.server.process.poll() is None:
            self.server.stop()
        for worker in self._workers:
            worker.terminate()
        for worker in self._workers:
            worker.wait(STOP_SECONDS)


@contextmanager
def deployed() -> Iterator[Deployment]:
    """All of it, started, with one worker."""
    with ExitStack() as stack:
        folder = stack.enter_context(new_folder())
        postgres = Postgres(folder / "database")
        stack.callback(postgres.close)
        redis = RedisServer()
        stack.callback(redis.remove)
        deployment = Deployment(postgres, redis, folder / "server")
        stack.callback(deployment.close)
        deployment.server.start()
        deployment.start_worker()
        yield deployment
