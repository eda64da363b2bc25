"""A builder that stood still while another began must not end that one's building."""

import asyncio
from collections.abc import Iterator
from functools import partial

import httpx
import pytest

from domain.global_id import Kind, decode_as
from stores.timelines import State, Timeline
from stores.timelines.redis import RedisTimelines, list_key
from tests.faults.deployment import SMALL, Deployment, Worker, deployed
from tests.faults.mishaps import jobs_done
from tests.faults.waiting import eventually
from tests.faults.world import World
from tests.faults.writes import Follow, Tweet


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    """Of its own: nothing else is to be built in it."""
    with deployed({}) as made:
        yield made


async def test_its_write_is_refused(deployment: Deployment, http: httpx.AsyncClient) -> None:
    """What was posted after it had read the stores is in the timeline, since only the other knows of it."""
    world = World(http, deployment.server.url)
    await world.populate("author", "reader")
    await world.write(Follow("reader", "author"), Tweet("author", "before"))
    await eventually(partial(world.check_lists, ["reader"]))
    await jobs_done(deployment)
    deployment.workers[0].stop()
    await _lose_timelines(deployment)
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


async def _lose_timelines(deployment: Deployment) -> None:
    async with deployment.redis_client() as client:
        await client.delete(*await client.keys(list_key("*")))


async def _timeline(deployment: Deployment, world: World) -> Timeline:
    """The reader's, as it lies in Redis."""
    reader_id = decode_as(Kind.USER, world.model.people["reader"].id)
    assert reader_id is not None
    async with deployment.redis_client() as client:
        timeline = await RedisTimelines(client, int(SMALL["timeline_size"])).read(reader_id)
    assert timeline is not None
    return timeline
