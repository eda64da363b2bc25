"""Fixtures that several kinds of tests share: a server as its users run it, and accounts on it."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import httpx
import pytest
from hypothesis import settings
from xdist.remote import Producer

from tests.support import scheduling, stack
from tests.support.clients import Account, http_client, sign_up
from tests.support.servers import RunningServer, serving

MakeAccount = Callable[[], Awaitable[Account]]

# How long an example takes says nothing where other processes have the cores.
settings.register_profile("starling", deadline=None)
settings.load_profile("starling")

stack.hide()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    scheduling.mark(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> scheduling.ByFile:
    return scheduling.ByFile(config, log)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """On CI nothing is skipped: a test that lacks what it needs there is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def _servers_stay_alive(request: pytest.FixtureRequest) -> Iterator[None]:
    with stack.kept(scheduling.stays_alive(request.node)):
        yield


@pytest.fixture(scope="session")
def running_server() -> Iterator[RunningServer]:
    """One for all tests that leave it running."""
    with serving() as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with http_client() as client:
        yield client


@pytest.fixture
def make_account(running_server: RunningServer, http: httpx.AsyncClient) -> MakeAccount:
    async def make() -> Account:
        return await sign_up(http, running_server.url)

    return make
