"""Whatever is killed under load: all that was answered holds, nothing is there twice, and timelines are a plain
oracle's."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

import httpx
import pytest

from stores.redis import open_client
from tests.embedded.owners import kill, new_folder
from tests.faults.deployment import Deployment, deployed
from tests.faults.live_client import LiveClient, check_shown
from tests.faults.load import PEOPLE, SILENT, make_world, write_all
from tests.faults.waiting import eventually
from tests.faults.world import World
from tests.faults.writes import Tweet
from tests.support.servers import STOP_SECONDS, RunningServer

EACH = 40
"""Writes a person."""


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    with deployed() as made:
        yield made


@pytest.fixture
def embedded_server() -> Iterator[RunningServer]:
    with new_folder() as folder:
        server = RunningServer(folder, timeline_size="20").start()
        yield server
        server.close()


async def _answered(world: World, count: int) -> None:
    async def check() -> None:
        assert world.answered >= count

    await eventually(check)


async def _under_load(world: World, fault: Callable[[], Awaitable[None]]) -> list[LiveClient]:
    """Writes until all are answered, clients insisting, while the fault strikes at the half; what two of them see on
    their screens is right in the end."""
    clients = [LiveClient(world.model.people[name]) for name in PEOPLE[:2]]
    for client in clients:
        await client.refresh()
    async with clients[0].following(), clients[1].following(), asyncio.TaskGroup() as tasks:
        load = tasks.create_task(write_all(world, EACH, world.insist))
        await _answered(world, world.answered + EACH * len(PEOPLE) // 2)
        await fault()
        await load
        await world.settle()
        await eventually(world.check)
        await world.insist(*(Tweet(name, "the last") for name in PEOPLE))
        await eventually(world.check)
        for name, client in zip(PEOPLE, clients, strict=False):
            await eventually(partial(check_shown, client, world, name))
    assert [client.repeats for client in clients] == [[], []]
    return clients


async def test_server_killed(embedded_server: RunningServer, http: httpx.AsyncClient) -> None:
    world = await make_world(http, embedded_server.url)
    client = LiveClient(world.model.people["ann"])
    await client.refresh()
    async with client.following(), asyncio.TaskGroup() as tasks:
        load = tasks.create_task(write_all(world, EACH, world.write))
        await _answered(world, world.answered + EACH * len(PEOPLE) // 2)
        embedded_server.kill()
        await load
        await asyncio.to_thread(embedded_server.start)
        unanswered = await world.settle()
        assert unanswered != []
        await eventually(world.check)
        await world.write(*unanswered, Tweet("ann", "the last"))
        await eventually(world.check)
        await eventually(partial(check_shown, client, world, "ann"))
    assert client.repeats == []


async def test_server_of_several_processes_killed(deployment: Deployment, http: httpx.AsyncClient) -> None:
    """The live log outlives it, so that streams go on where they were: without any reset but for changed follows."""
    world = await make_world(http, deployment.server.url)

    async def fault() -> None:
        victims = deployment.server_processes()
        kill(*victims)
        deployment.server.process.wait(STOP_SECONDS)
        await asyncio.to_thread(deployment.server.start)

    clients = await _under_load(world, fault)
    assert {reset for client in clients for reset in client.resets} <= {"REBUILT"}


async def test_worker_killed_in_fan_out(deployment: Deployment, http: httpx.AsyncClient) -> None:
    """With two workers on the same queues."""
    world = await make_world(http, deployment.server.url)
    worker = deployment.start_worker(crash_at="fan_out.page:5")

    async def fault() -> None:
        assert await asyncio.to_thread(worker.wait, STOP_SECONDS) == -signal.SIGKILL

    await _under_load(world, fault)


async def test_redis_killed(deployment: Deployment, http: httpx.AsyncClient) -> None:
    world = await make_world(http, deployment.server.url)

    async def fault() -> None:
        deployment.redis.kill()
        await _see_unavailable(world)
        deployment.redis.start()

    await _under_load(world, fault)


async def test_redis_wiped(deployment: Deployment, http: httpx.AsyncClient) -> None:
    """Timelines are built anew, and streams told that they missed something."""
    world = await make_world(http, deployment.server.url)

    async def fault() -> None:
        await _wipe(deployment)

    await _under_load(world, fault)
    await eventually(partial(world.check_pushed, PEOPLE))


async def test_a_stream_ends_with_the_log(deployment: Deployment, http: httpx.AsyncClient) -> None:
    world = await make_world(http, deployment.server.url)
    silent = LiveClient(world.model.people[SILENT])
    await silent.refresh()
    async with silent.following():
        await _wipe(deployment)
        await eventually(partial(_check_resets, silent))


async def _check_resets(client: LiveClient) -> None:
    assert client.resets == ["TOO_OLD"]


async def _wipe(deployment: Deployment) -> None:
    client = open_client(deployment.redis.url, 1)
    await client.flushall()
    await client.aclose()


async def test_postgres_killed(deployment: Deployment, http: httpx.AsyncClient) -> None:
    world = await make_world(http, deployment.server.url)

    async def fault() -> None:
        deployment.postgres.kill()
        await _see_unavailable(world)
        await asyncio.to_thread(deployment.postgres.start)

    await _under_load(world, fault)


async def _see_unavailable(world: World) -> None:
    """A reader is told what is down, and nothing else."""
    somebody = world.model.people[SILENT]
    query = "{ timeline(first: 1) { nodes { id } } }"
    headers = {"authorization": f"Bearer {somebody.token}"}
    answer = await somebody.http.post(f"{somebody.url}/graphql", json={"query": query}, headers=headers)
    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["UNAVAILABLE"]
