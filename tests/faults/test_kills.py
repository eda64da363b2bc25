"""Whatever is killed, stopped or lost under load: all that was answered holds, nothing is there twice, and timelines
are a plain oracle's."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from stores.embedded import running
from tests.embedded.owners import new_folder
from tests.faults.deployment import SMALL, Deployment
from tests.faults.live_client import LiveClient
from tests.faults.load import SILENT, WRITERS, make_world
from tests.faults.mishaps import MISHAPS, SERVER_MISHAPS, redis_wiped
from tests.faults.trial import Report, endure
from tests.faults.waiting import eventually
from tests.faults.world import World
from tests.support.forms import SCALED_OUT
from tests.support.servers import RunningServer

EACH = 40
"""Writes a person."""

WHATEVER_SERVES = {"PUSHED", "MERGED", "LIVE", "STORE"}


class Embedded:
    def __init__(self, server: RunningServer) -> None:
        self.server = server

    @property
    def graph_url(self) -> str:
        urls = running(self.server.data_dir)
        assert urls is not None
        return urls.database_url


@pytest.fixture
def embedded() -> Iterator[Embedded]:
    with new_folder() as folder:
        server = RunningServer(folder, **SMALL).start()
        yield Embedded(server)
        server.close()


async def test_embedded_server_killed(embedded: Embedded, http: httpx.AsyncClient) -> None:
    """With all its workers; its own Postgres and Valkey are stopped by its next life."""

    async def fault(_: World) -> None:
        embedded.server.kill()
        await asyncio.to_thread(embedded.server.start)

    check(*await endure(embedded, http, fault, EACH))


@pytest.mark.parametrize("name", MISHAPS)
async def test_under_load(name: str, deployment: Deployment, http: httpx.AsyncClient) -> None:
    await endure_mishap(name, deployment, http)


@pytest.mark.parametrize("deployment", [SCALED_OUT], indirect=True, scope="package")
@pytest.mark.parametrize("name", SERVER_MISHAPS)
async def test_servers_under_load(name: str, deployment: Deployment, http: httpx.AsyncClient) -> None:
    await endure_mishap(name, deployment, http)


async def endure_mishap(name: str, deployment: Deployment, http: httpx.AsyncClient) -> None:
    async def fault(world: World) -> None:
        await (MISHAPS | SERVER_MISHAPS)[name](deployment, world)

    try:
        world, report = await endure(deployment, http, fault, EACH)
    finally:
        await asyncio.to_thread(deployment.close_workers, 1)
    check(world, report)
    if "redis" not in name:  # The live log outlives the others: streams go on where they were, but for changed follows.
        assert set(report.resets) <= {"REBUILT"}


def check(world: World, report: Report) -> None:
    assert report.complaints == []
    assert (report.lost, report.astray, report.doubled) == (0, 0, 0)
    assert report.answered >= EACH * len(WRITERS)
    assert set(world.sources) >= WHATEVER_SERVES


async def test_a_stream_ends_with_the_log(deployment: Deployment, http: httpx.AsyncClient) -> None:
    world = await make_world(http, deployment.server.url)
    silent = LiveClient(world.model.people[SILENT])
    await silent.refresh()

    async def check_resets() -> None:
        assert silent.resets == ["TOO_OLD"]

    async with silent.following():
        await redis_wiped(deployment, world)
        await eventually(check_resets)
