"""Killed between any two steps of any write, the system holds every write that was answered, and every other one whole
or not at all."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from faults import POINTS
from stores.embedded import running
from stores.redis import open_client
from stores.timelines.redis import list_key
from tests.embedded.owners import new_folder
from tests.faults.live_client import LiveClient, check_shown
from tests.faults.waiting import eventually
from tests.faults.world import World
from tests.faults.writes import (
    Block,
    Delete,
    Follow,
    LogOut,
    Mute,
    Read,
    Retweet,
    SignUp,
    Tweet,
    Unblock,
    Unfollow,
    Unmute,
    Upload,
    Write,
)
from tests.support.clients import http_client
from tests.support.servers import ROOT, START_SECONDS, RunningServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

PEOPLE = ("author", "star", "reader", "stranger", "new0")
FAMOUS = 4
"""Followers, which the star has and the author never."""

FORGETFUL = {"timeline_size": "25"}
"""For which timelines and pull indexes are of another version, so that all of them are built anew."""

IN_A_HURRY = {"active_days": "0.00001", "passive_days": "30"}
"""For which everybody is passive after a second."""


@dataclass(frozen=True)
class Case:
    """Where a process is killed, the settings of the life that ends so, and which keys of Redis are lost before."""

    point: str
    settings: Mapping[str, str] = field(default_factory=dict)
    lost: str | None = None


SPECIAL = {
    case.point: case
    for case in (
        Case("fan_out.written", {"fan_out_own_pages": "1"}),
        Case("index.begun", FORGETFUL),
        Case("timeline.build.worked", FORGETFUL),
        Case("timeline.index.worked", lost=list_key("*", "pulled")),
        Case("timeline.refresh.worked", IN_A_HURRY),
    )
}
CASES = (
    *(SPECIAL.get(point, Case(point)) for point in POINTS),
    # A retweet, the deletion of a deleted tweet's retweet, and a fan-out that others preceded.
    Case("tweets.posted.committed:3"),
    Case("tweets.deleted.committed:2"),
    Case("fan_out.page:2"),
    # Those who are classified, not woken.
    *(Case(f"activity.{step}", IN_A_HURRY) for step in ("reclassed", "changed.committed", "changed.dispatched")),
)
AT_ONCE = 5
BATCHES = [CASES[at : at + AT_ONCE] for at in range(0, len(CASES), AT_ONCE)]


class CrashingServer(RunningServer):
    """Each of its lives takes up what the one before left, and ends when it is told a point."""

    def arm(self, point: str) -> None:
        self._plan.write_text(point)

    def wait_for_crash(self) -> None:
        assert self.process.wait(START_SECONDS) == -signal.SIGKILL
        self._plan.unlink()

    def crash_by_itself(self, point: str, **settings: str) -> None:
        """A life that ends at a point which it passes without being asked for anything."""
        self.arm(point)
        own = {f"STARLING_{name.upper()}": value for name, value in settings.items()}
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "server.py"], cwd=ROOT, env=self.environment | own, stdout=log, stderr=log
            )
        self.wait_for_crash()

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"STARLING_CRASH_AT": f"@{self._plan}"}

    @property
    def _plan(self) -> Path:
        return self.data_dir.with_name("crash_at")


class Victim:
    """A server that is killed again and again, and the world that it serves."""

    def __init__(self, server: CrashingServer, http: httpx.AsyncClient) -> None:
        self._server = server
        self._world = World(http, server.url)
        self._numbers = count(1)

    async def prepare(self) -> None:
        """Readers with built timelines, and no job under way."""
        await asyncio.to_thread(self._server.start)
        await self._world.populate(*PEOPLE)
        await self._world.write(*(Follow(person, "star") for person in PEOPLE if person != "star"))
        await self._world.write(Follow("reader", "author"), Follow("new0", "author"))
        await self._world.write(Tweet("author", "first 0"), Tweet("star", "glory 0"))
        await eventually(partial(self._world.check_lists, PEOPLE))

    async def suffer(self, case: Case) -> None:
        world = self._world
        client = LiveClient(world.model.people["reader"])
        await client.refresh()
        async with client.following():
            number = next(self._numbers)
            left = await self._die(case, script(number))
            await asyncio.to_thread(self._server.start)
            await world.settle()
            await eventually(world.check)
            await world.write(*left, Tweet("author", f"last {number}"), Tweet("star", f"last {number}"))
            await eventually(world.check)
            await eventually(partial(world.check_lists, PEOPLE))
            await eventually(partial(check_shown, client, world, "reader"))
        assert client.repeats == []

    async def _die(self, case: Case, writes: Sequence[Write]) -> Sequence[Write]:
        """What was left unwritten."""
        if case.settings is IN_A_HURRY:
            self._server.kill()
            await asyncio.to_thread(self._server.crash_by_itself, case.point, **case.settings)
            return writes
        in_relay = case.point.startswith("relay.")
        if case.settings:
            self._server.kill()
            await asyncio.to_thread(self._server.start, **case.settings)
        if case.lost:
            await self._lose(case.lost)
        self._server.arm("tweets.posted.committed" if in_relay else case.point)
        left = await self._world.write_until_death(writes)
        await asyncio.to_thread(self._server.wait_for_crash)
        if in_relay:
            await asyncio.to_thread(self._server.crash_by_itself, case.point)
        return left

    async def _lose(self, keys: str) -> None:
        urls = running(self._server.data_dir)
        assert urls is not None
        client = open_client(urls.redis_url, 1)
        await client.delete(*await client.keys(keys))
        await client.aclose()


def script(number: int) -> Sequence[Write]:
    """Of its newcomers the last one stays a follower of the author's, and of its tweets the first one undeleted."""
    newcomer, leaver, old = f"new{number}", f"new{number - 1}", f"first {number - 1}"
    return (
        Read("reader"),
        SignUp(newcomer),
        Follow(newcomer, "author"),
        Read(newcomer),
        Tweet("author", f"first {number}"),
        Tweet("star", f"glory {number}"),
        Retweet("reader", "author", old),
        Unfollow(leaver, "author"),
        Delete("author", old),
        Block("reader", "stranger"),
        Unblock("reader", "stranger"),
        Mute("reader", leaver),
        Unmute("reader", leaver),
        LogOut("reader"),
        Upload("reader"),
        Tweet("author", f"second {number}"),
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def victims() -> AsyncIterator[list[Victim]]:
    """With bounds that a few people and tweets reach, so that floor, store, pull indexes and pages of fan-outs are
    needed."""
    small = {"timeline_size": "20", "famous_followers": str(FAMOUS), "fan_out_page": "2", "fan_out_own_pages": "0"}
    often = {"classify_seconds": "1", "refresh_hours": str(1 / 3600)}
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(http_client())
        servers = [CrashingServer(stack.enter_context(new_folder()), **small, **often) for _ in range(AT_ONCE)]
        for server in servers:
            stack.callback(server.close)
        made = [Victim(server, http) for server in servers]
        await asyncio.gather(*(victim.prepare() for victim in made))
        yield made


@pytest.mark.parametrize("cases", BATCHES, ids=lambda cases: " ".join(case.point for case in cases))
async def test_killed_at(cases: Sequence[Case], victims: list[Victim]) -> None:
    async with asyncio.TaskGroup() as tasks:
        for victim, case in zip(victims, cases, strict=False):
            tasks.create_task(victim.suffer(case), name=case.point)
