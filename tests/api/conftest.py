"""What every test on a running server ends with: a server that lives and has met no failure of its own. And processes
without a server, on stores that are as good as new."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from composition import Process, process
from settings import Settings
from stores.redis import Client
from tests.api.listening import listening, reader
from tests.contract.elasticsearch_fixtures import ReadAtOnce
from tests.contract.postgres_fixtures import postgres_server, postgres_url
from tests.contract.redis_fixtures import RedisServer, redis_client, redis_clients, shared_redis
from tests.support.clients import Account, http_client, sign_up
from tests.support.forms import FORMS, empty, form
from tests.support.servers import RunningServer, serving

__all__ = ["listening", "postgres_server", "postgres_url", "reader", "redis_client", "redis_clients", "shared_redis"]

FAILURES = re.compile(rb" (?:ERROR|CRITICAL) |Traceback")


@pytest.fixture(scope="package", params=FORMS)
def running_server(request: pytest.FixtureRequest) -> Iterator[RunningServer]:
    """One of each form."""
    with form(request.param) as urls, serving(**urls) as server:
        yield server


@pytest.fixture(autouse=True)
def _server_is_well(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever was sent is told to the client, not to the operator: INTERNAL would be in the log."""
    if "running_server" not in request.fixturenames:
        yield
        return
    running_server: RunningServer = request.getfixturevalue("running_server")
    begin = running_server.log_path.stat().st_size
    yield
    assert running_server.is_ready()
    logged = running_server.log_path.read_bytes()[begin:]
    assert not FAILURES.search(logged), logged.decode()


@pytest.fixture(scope="module")
def _two_accounts(running_server: RunningServer) -> tuple[Account, Account]:
    async def make() -> tuple[Account, Account]:
        async with http_client() as http:
            return await sign_up(http, running_server.url), await sign_up(http, running_server.url)

    return asyncio.run(make())


@pytest.fixture
def viewer(_two_accounts: tuple[Account, Account], http: httpx.AsyncClient) -> Account:
    """An account that the module's tests share."""
    return replace(_two_accounts[0], http=http)


@pytest.fixture
def other(_two_accounts: tuple[Account, Account], http: httpx.AsyncClient) -> Account:
    """Another one."""
    return replace(_two_accounts[1], http=http)


OpenProcess = Callable[..., Awaitable[Process]]


@pytest.fixture(scope="package", params=FORMS)
def shared_form(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The URLs of stores that in-process tests share."""
    with form(request.param) as urls:
        yield urls


@pytest.fixture
async def open_process(
    postgres_url: str,
    shared_redis: RedisServer,
    redis_client: Client,
    shared_form: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[OpenProcess]:
    """Opens processes with the settings given, on stores that are empty at first; what is indexed is found at once."""
    await empty(shared_form)
    monkeypatch.setattr("stores.search.elasticsearch.ElasticsearchSearch", ReadAtOnce)
    urls = {"database_url": postgres_url, "redis_url": shared_redis.url, **shared_form}
    own = Settings(data_dir=tmp_path).model_copy(update=urls)
    async with AsyncExitStack() as stack:

        async def opened(**more: object) -> Process:
            return await stack.enter_async_context(process(own.model_copy(update=more)))

        yield opened
