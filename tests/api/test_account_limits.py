"""How often one may try, and that trying tells nothing."""

import asyncio
import secrets
import time
from collections import Counter
from dataclasses import replace
from statistics import median

import httpx
import pytest

from domain.errors import RateLimited
from domain.refusals import Refused
from services.accounts import Origin
from tests.api.asking import LOG_IN
from tests.api.conftest import OpenProcess
from tests.api.test_accounts import log_in, person
from tests.conftest import MakeAccount
from tests.support.clients import PASSWORD, PATIENCE_SECONDS, SIGN_UP, Account, Json, ask, sign_up
from tests.support.servers import RunningServer

LIMIT = 10
"""Failed log-ins per account in ten minutes."""


async def try_login(account: Account, login: str, password: str) -> Json:
    """The answer as it is."""
    body = {"query": LOG_IN, "variables": {"input": {"login": login, "password": password}}}
    return (await account.http.post(f"{account.url}/graphql", json=body)).json()


def outcome(answer: Json) -> str:
    if "errors" in answer:
        code: str = answer["errors"][0]["extensions"]["code"]
        return code
    errors = answer["data"]["logIn"]["userErrors"]
    return errors[0]["code"] if errors else "in"


async def outcomes(account: Account, password: str, logins: list[str]) -> list[str]:
    return [outcome(await try_login(account, login, password)) for login in logins]


async def test_after_ten_failures_the_right_password_waits_too(make_account: MakeAccount) -> None:
    """By whichever of its names the account is tried."""
    account = await make_account()
    address = f"{account.handle}@example.org"
    names = [account.handle, account.handle.upper(), address, address.upper(), account.handle] * 2
    assert await outcomes(account, "wrong", names) == ["INVALID"] * LIMIT
    for login in (account.handle, address):
        answer = await try_login(account, login, PASSWORD)
        [error] = answer["errors"]
        wait = error["extensions"]["retryAfter"]
        assert error["extensions"] == {"code": "RATE_LIMITED", "retryAfter": wait}
        assert error["message"] == f"Too many failed attempts; try again in {wait} seconds."
        assert 590 <= wait <= 600
    assert (await account.ask("{ viewer { sessions { id } } }"))["viewer"]["sessions"] != []


async def test_a_login_of_nobody_is_limited_alike(viewer: Account) -> None:
    nobody = secrets.token_hex(7)
    assert await outcomes(viewer, PASSWORD, [nobody] * 11) == ["INVALID"] * LIMIT + ["RATE_LIMITED"]


async def test_success_does_not_count(make_account: MakeAccount) -> None:
    account = await make_account()
    for _ in range(LIMIT + 2):
        await log_in(account)
    assert await outcomes(account, "wrong", [account.handle] * 9) == ["INVALID"] * 9
    await log_in(account)
    assert await outcomes(account, "wrong", [account.handle] * 2) == ["INVALID", "RATE_LIMITED"]


async def test_trying_at_once_gets_no_further(make_account: MakeAccount) -> None:
    account = await make_account()
    logins = [account.handle, account.handle.upper(), f"{account.handle}@example.org"] * 10
    answers = await asyncio.gather(*(try_login(account, login, "wrong") for login in logins))
    assert Counter(map(outcome, answers)) == {"INVALID": LIMIT, "RATE_LIMITED": 20}


async def test_one_of_many_gets_a_handle(running_server: RunningServer, http: httpx.AsyncClient) -> None:
    handle = f"X{secrets.token_hex(5)}"
    wanted = [person(handle=handle.upper() if number % 2 else handle) for number in range(20)]
    answers = await asyncio.gather(*(ask(http, running_server.url, SIGN_UP, input=each) for each in wanted))
    payloads = [answer["signUp"] for answer in answers]
    [winner] = [number for number, payload in enumerate(payloads) if payload["token"]]
    assert Counter(payload["userErrors"][0]["code"] for payload in payloads if not payload["token"]) == {"TAKEN": 19}
    seen = await ask(http, running_server.url, "query($h: String!) { user(handle: $h) { id handle } }", h=handle)
    assert seen["user"] == payloads[winner]["viewer"]["user"]
    search = "query($q: String!) { search(query: $q, type: PEOPLE) { nodes { ... on User { id } } } }"
    found: Json = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not found:
            found = (await ask(http, running_server.url, search, q=handle))["search"]["nodes"]
    assert found == [{"id": seen["user"]["id"]}]
    loser = wanted[winner - 1] | {"handle": f"y{secrets.token_hex(5)}"}
    assert (await ask(http, running_server.url, SIGN_UP, input=loser))["signUp"]["userErrors"] == []


async def test_time_does_not_tell_whether_an_account_exists(
    running_server: RunningServer, http: httpx.AsyncClient
) -> None:
    """Medians of attempts that take turns, so that whatever else the machine does slows both alike."""
    account = await sign_up(http, running_server.url)
    took: dict[str, list[float]] = {account.handle: [], secrets.token_hex(7): []}
    await try_login(replace(account, token=""), "a first one warms up", "wrong")
    for _ in range(7):
        for login, seconds in took.items():
            started = time.perf_counter()
            assert outcome(await try_login(account, login, "wrong")) == "INVALID"
            seconds.append(time.perf_counter() - started)
    known, unknown = map(median, took.values())
    assert 0.5 < unknown / known < 2


async def test_failures_from_one_address_are_limited(open_process: OpenProcess) -> None:
    """Whatever accounts they are for."""
    process = await open_process(failed_logins_per_address=3)
    here, there = Origin("192.0.2.1", None), Origin("192.0.2.2", None)
    for login in ("a", "b", "c"):
        with pytest.raises(Refused):
            await process.services.accounts.log_in(login=login, password="wrong", origin=here)
    with pytest.raises(RateLimited) as limited:
        await process.services.accounts.log_in(login="d", password="wrong", origin=here)
    assert 590 <= limited.value.retry_after <= 600
    with pytest.raises(Refused):
        await process.services.accounts.log_in(login="d", password="wrong", origin=there)
