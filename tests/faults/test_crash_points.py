"""Killed between any two steps of any write, the system holds every write that was answered, and every other one whole
or not at all."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial

import httpx
import pytest

from faults import POINTS
from tests.embedded.owners import new_folder
from tests.faults.live_client import LiveClient, check_shown
from tests.faults.waiting import eventually
from tests.faults.world import World
from tests.faults.writes import Delete, Follow, Read, Retweet, SignUp, Tweet, Unfollow, Write
from tests.support.servers import ROOT, RunningServer

NTH = ("tweets.posted.committed:2", "tweets.deleted.committed:2", "fan_out.page:2")
"""A retweet, the deletion of a deleted tweet's retweet, and a fan-out that others preceded."""

SCRIPT = (
    SignUp("newcomer"),
    Follow("newcomer", "author"),
    Read("newcomer"),
    Tweet("author", "first"),
    Retweet("reader", "old"),
    Unfollow("leaver", "author"),
    Delete("author", "old"),
    Tweet("author", "second"),
)
AT_ONCE = 4
CASES = (*POINTS, *NTH)
BATCHES = [CASES[at : at + AT_ONCE] for at in range(0, len(CASES), AT_ONCE)]


class CrashingServer(RunningServer):
    def crash_at_start(self, point: str) -> None:
        """A life that ends at a point which it passes as it takes up what the one before left."""
        environment = self.environment | {"STARLING_CRASH_AT": point}
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "server.py"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        self.wait_for_crash()


@pytest.fixture(scope="module")
def servers() -> Iterator[list[CrashingServer]]:
    """Several lives of each on its folder, with timelines short enough that floor and store are read."""
    with ExitStack() as stack:
        made = [CrashingServer(stack.enter_context(new_folder()), timeline_size="20") for _ in range(AT_ONCE)]
        for server in made:
            server.start()
            stack.callback(server.close)
        yield made


@pytest.mark.parametrize("points", BATCHES, ids=" ".join)
async def test_killed_at(points: Sequence[str], servers: list[CrashingServer], http: httpx.AsyncClient) -> None:
    async with asyncio.TaskGroup() as tasks:
        for server, point in zip(servers, points, strict=False):
            tasks.create_task(_killed_at(point, server, http))


async def _killed_at(point: str, server: CrashingServer, http: httpx.AsyncClient) -> None:
    world = await _make_world(http, server.url)
    client = LiveClient(world.model.people["reader"])
    await client.refresh()
    async with client.following():
        left = await _die(point, server, world)
        await asyncio.to_thread(server.start)
        await world.settle()
        await eventually(world.check)
        await world.write(*left, Tweet("author", "last"))
        await eventually(world.check)
        await eventually(partial(check_shown, client, world, "reader"))
    assert client.repeats == []


async def _die(point: str, server: CrashingServer, world: World) -> Sequence[Write]:
    """What was left unwritten."""
    in_relay = point.startswith("relay.")
    server.kill()
    await asyncio.to_thread(server.start, crash_at="tweets.posted.committed" if in_relay else point)
    left = await world.write_until_death(SCRIPT)
    await asyncio.to_thread(server.wait_for_crash)
    if in_relay:
        await asyncio.to_thread(server.crash_at_start, point)
    return left


async def _make_world(http: httpx.AsyncClient, url: str) -> World:
    """Readers with built timelines, and no job under way."""
    world = World(http, url)
    await world.populate("author", "reader", "leaver", "stranger")
    await world.write(Follow("reader", "author"), Follow("leaver", "author"))
    await world.write(Tweet("author", "oldest"), Tweet("author", "old"), Read("reader"), Read("leaver"))
    await eventually(partial(world.check_pushed, ["reader", "leaver"]))
    await eventually(world.check)
    return world
