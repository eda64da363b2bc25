"""A builder that stood still while another began must not end that one's building."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import httpx
import pytest

from domain.activity import Activity
from domain.global_id import Kind, decode_as
from stores.timelines import State, Timeline
from stores.timelines.redis import RedisTimelines
from tests.faults.deployment import SMALL, Deployment, Worker
from tests.faults.sleepers import put_to_sleep
from tests.faults.waiting import eventually
from tests.faults.world import World
from tests.faults.writes import Follow, Tweet


@pytest.fixture
async def world(deployment: Deployment, http: httpx.AsyncClient) -> AsyncIterator[World]:
    """With nobody at work but those whom the test starts."""
    world = World(http, deployment.server.url)
    await world.populate("author", "reader")
    await world.write(Follow("reader", "author"), Tweet("author", "before"))
    await put_to_sleep(deployment.database_url, world, "reader", Activity.INACTIVE)
    (usual,) = deployment.workers
    usual.stop()
    yield world
    usual.wake()
    await asyncio.to_thread(deployment.close_workers, 1)


async def test_its_write_is_refused(deployment: Deployment, world: World) -> None:
    """What was posted after it had read the stores is in the timeline, since only the other knows of it."""
    await world.model.people["reader"].timeline(first=1)
    first = await _stopped(deployment, pause_at="build.read", crash_at="timeline.build.worked")
    begun = await _timeline(deployment, world)
    await world.write(Tweet("author", "meanwhile"))
    second = await _stopped(deployment, pause_at="build.begun")
    begun_again = await _timeline(deployment, world)
    assert (begun.state, begun_again.state) == (State.BUILDING, State.BUILDING)
    assert begun.epoch != begun_again.epoch
    first.wake()
    await asyncio.to_thread(first.wait_for_crash)
    assert await _timeline(deployment, world) == begun_again
    second.wake()
    await eventually(partial(world.check_lists, ["reader"]))
    await eventually(world.check)
    assert (await _timeline(deployment, world)).epoch == begun_again.epoch


async def _stopped(deployment: Deployment, **faults: str) -> Worker:
    (worker,) = await asyncio.to_thread(deployment.start_workers, faults)
    await eventually(worker.check_stopped)
    return worker


async def _timeline(deployment: Deployment, world: World) -> Timeline:
    """The reader's, as it lies in Redis."""
    reader_id = decode_as(Kind.USER, world.model.people["reader"].id)
    assert reader_id is not None
    async with deployment.redis_client() as client:
        timeline = await RedisTimelines(client, int(SMALL["timeline_size"])).read(reader_id)
    assert timeline is not None
    return timeline
