"""What every test over the API ends with: a server that lives and has met no failure of its own."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from tests.support.clients import Account, sign_up
from tests.support.servers import RunningServer

FAILURES = re.compile(rb" (?:ERROR|CRITICAL) |Traceback")


@pytest.fixture(autouse=True)
def _server_is_well(running_server: RunningServer) -> Iterator[None]:
    """Whatever was sent is told to the client, not to the operator: INTERNAL would be in the log."""
    begin = running_server.log_path.stat().st_size
    yield
    assert httpx.get(f"{running_server.url}/readyz").status_code == 200
    logged = running_server.log_path.read_bytes()[begin:]
    assert not FAILURES.search(logged), logged.decode()


@pytest.fixture(scope="module")
def _two_accounts(running_server: RunningServer) -> tuple[Account, Account]:
    async def make() -> tuple[Account, Account]:
        async with httpx.AsyncClient(timeout=30) as http:
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
