"""The system as operators run it by URLs: PostgreSQL, Valkey, a server of two processes and workers, each of which can
be killed or stopped alone."""

import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path

import psutil

from stores.queue import QUEUES
from stores.queue.redis.layout import queue_key
from stores.redis import Client, open_client
from tests.contract.postgres_fixtures import serving
from tests.contract.redis_fixtures import RedisServer
from tests.embedded.owners import new_folder, postmaster
from tests.faults.load import FAMOUS_FOLLOWERS
from tests.support.servers import ROOT, START_SECONDS, STOP_SECONDS, RunningServer

SMALL = {
    "timeline_size": "20",
    "famous_followers": str(FAMOUS_FOLLOWERS),
    "fan_out_page": "2",
    "fan_out_own_pages": "1",
    "classify_seconds": "1",
    "refresh_hours": str(1 / 3600),
}
"""Bounds that a few people and tweets reach in seconds, so that all that a timeline can be read from is needed."""


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


class Worker:
    """A process of all queues."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def stop(self) -> None:
        """As SIGSTOP does, or a machine that sleeps."""
        self.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    async def check_stopped(self) -> None:
        assert psutil.Process(self.process.pid).status() == psutil.STATUS_STOPPED

    def wait_for_crash(self) -> None:
        assert self.process.wait(START_SECONDS) == -signal.SIGKILL

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.wake()
            self.process.wait(STOP_SECONDS)


class Deployment:
    def __init__(self, postgres: Postgres, redis: RedisServer, folder: Path, form: Mapping[str, str]) -> None:
        """`form`: the URLs of the other stores, where they are not in Postgres."""
        self.postgres = postgres
        self.redis = redis
        urls = {"database_url": postgres.url, "redis_url": redis.url, **form}
        if form:
            urls["timeline_urls"] = f"{redis.url}?db=1,{redis.url}?db=2"
        self.server = RunningServer(folder, processes="2", drain_seconds="0.5", **SMALL, **urls)
        self.workers: list[Worker] = []

    def start_workers(self, *faults: dict[str, str]) -> list[Worker]:
        """One for each of these settings; returns when all are at work."""
        ready = self._workers_ready() + len(faults)
        started = [Worker(self._start("-m", "workers.settings", **fault)) for fault in faults]
        self.workers += started
        _wait_until(lambda: self._workers_ready() >= ready)
        return started

    def _start(self, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
        own = {f"STARLING_{name.upper()}": value for name, value in settings.items()}
        environment = self.server.environment | own
        with self.server.log_path.open("ab") as log:
            return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment, stdout=log, stderr=log)

    def _workers_ready(self) -> int:
        return self.server.log_path.read_text().count("workers run")

    def server_processes(self) -> list[psutil.Process]:
        """The first is the parent of the others."""
        parent = psutil.Process(self.server.process.pid)
        return [parent, *parent.children(recursive=True)]

    def serving_processes(self) -> list[psutil.Process]:
        """Those that the parent has started to serve, and starts again; beside them is what watches over their
        semaphores."""
        serving = []
        for child in self.server_processes()[1:]:
            with suppress(psutil.NoSuchProcess):  # It may have died meanwhile.
                if "spawn_main" in " ".join(child.cmdline()):
                    serving.append(child)
        return serving

    @property
    def graph_url(self) -> str:
        return self.server.settings.get("graph_url", self.postgres.url)

    @contextmanager
    def another_server(self, **settings: str) -> Iterator[RunningServer]:
        """Of one process, beside the first one."""
        own = self.server.settings | {"processes": "1"} | settings
        server = RunningServer(self.server.data_dir.with_name("another"), **own).start()
        try:
            yield server
        finally:
            server.stop()

    async def jobs(self) -> set[bytes]:
        """Ids of those that wait or are at work."""
        async with self.redis_client() as client:
            found = [await client.zrange(queue_key(queue), 0, -1) for queue in QUEUES]
        return {job_id for ids in found for job_id in ids}

    @asynccontextmanager
    async def redis_client(self) -> AsyncIterator[Client]:
        client = open_client(self.redis.url, 1)
        try:
            yield client
        finally:
            await client.aclose()

    def close_workers(self, spared: int = 0) -> None:
        """All but the first ones."""
        while len(self.workers) > spared:
            self.workers.pop().close()

    def close(self) -> None:
        if self.server.process.poll() is None:
            self.server.stop()
        self.close_workers()


@contextmanager
def deployed(form: Mapping[str, str]) -> Iterator[Deployment]:
    """All of it, started, with one worker."""
    with ExitStack() as stack:
        folder = stack.enter_context(new_folder())
        postgres = Postgres(folder / "database")
        stack.callback(postgres.close)
        redis = RedisServer()
        stack.callback(redis.remove)
        deployment = Deployment(postgres, redis, folder / "server", form)
        stack.callback(deployment.close)
        deployment.server.start()
        deployment.start_workers({})
        yield deployment


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
