"""Sessions in a cookie, as browsers keep them."""

from collections.abc import AsyncIterator
from http.cookies import Morsel, SimpleCookie

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.api.asking import LOG_IN, LOG_OUT
from tests.support.clients import PASSWORD, SIGN_UP, UPDATES, Account, Json, Socket, ask, http_client

VIEWER = "{ viewer { user { id } } }"


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    """Keeps cookies, as `http` does, but only those of one test."""
    async with http_client() as client:
        yield client


async def send(browser: httpx.AsyncClient, account: Account, query: str, **variables: Json) -> httpx.Response:
    answer = await browser.post(f"{account.url}/graphql", json={"query": query, "variables": variables})
    assert (answer.status_code, "errors" in answer.json()) == (200, False)
    return answer


async def log_in(browser: httpx.AsyncClient, account: Account) -> httpx.Response:
    return await send(
        browser, account, LOG_IN, input={"login": account.handle, "password": PASSWORD, "useCookie": True}
    )


async def viewer_of(browser: httpx.AsyncClient, account: Account) -> str | None:
    viewer = (await ask(browser, account.url, VIEWER))["viewer"]
    return None if viewer is None else str(viewer["user"]["id"])


def cookie_of(answer: httpx.Response) -> Morsel[str]:
    return SimpleCookie(answer.headers["set-cookie"])["starling_session"]


async def test_the_cookie_alone_authenticates(viewer: Account, browser: httpx.AsyncClient) -> None:
    answer = await log_in(browser, viewer)
    assert answer.json()["data"]["logIn"] == {"token": None, "viewer": {"user": {"id": viewer.id}}, "userErrors": []}
    cookie = cookie_of(answer)
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "lax", "/", "")
    assert cookie["expires"].endswith(" GMT")
    assert await viewer_of(browser, viewer) == viewer.id
    headers = {"cookie": f"starling_session={cookie.value}"}
    address = viewer.url.replace("http", "ws", 1) + "/graphql"
    protocols = [Subprotocol("graphql-transport-ws")]
    async with connect(address, subprotocols=protocols, additional_headers=headers) as connection:
        live = Socket(connection)
        await live.send({"type": "connection_init"})
        assert (await live.receive())["type"] == "connection_ack"
        assert await (await live.subscribe(VIEWER)).next() == {"user": {"id": viewer.id}}


async def test_signing_up_sets_it_too(viewer: Account, browser: httpx.AsyncClient) -> None:
    wanted = {"handle": "with_a_cookie", "email": "cookie@example.org", "password": PASSWORD, "useCookie": True}
    answer = await send(browser, viewer, SIGN_UP, input=wanted)
    assert answer.json()["data"]["signUp"]["token"] is None
    assert await viewer_of(browser, viewer) == answer.json()["data"]["signUp"]["viewer"]["user"]["id"]


async def test_over_tls_it_never_leaves_tls(viewer: Account, browser: httpx.AsyncClient) -> None:
    """A proxy on the same machine says what the client spoke."""
    browser.headers["x-forwarded-proto"] = "https"
    assert cookie_of(await log_in(browser, viewer))["secure"] is True


async def test_logging_out_clears_it_and_ends_the_session(viewer: Account, browser: httpx.AsyncClient) -> None:
    stale = cookie_of(await log_in(browser, viewer)).value
    cleared = cookie_of(await send(browser, viewer, LOG_OUT))
    assert (cleared.value, cleared["max-age"]) == ("", "0")
    assert dict(browser.cookies) == {}
    browser.cookies.set("starling_session", stale)
    assert await viewer_of(browser, viewer) is None


@pytest.mark.parametrize("value", ["stale", "", "x" * 4000, "%00", "a b", '"'])
async def test_a_stale_cookie_makes_a_guest(viewer: Account, browser: httpx.AsyncClient, value: str) -> None:
    """It may be stale without its owner's fault, and goes with the answer."""
    answer = await browser.post(
        f"{viewer.url}/graphql", json={"query": VIEWER}, headers={"cookie": f"starling_session={value}"}
    )
    assert (answer.status_code, answer.json()) == (200, {"data": {"viewer": None}})
    assert ("set-cookie" in answer.headers) == (value != "")


async def test_a_bearer_token_goes_before_the_cookie(
    viewer: Account, other: Account, browser: httpx.AsyncClient
) -> None:
    await log_in(browser, viewer)
    assert (await ask(browser, other.url, VIEWER, other.token))["viewer"]["user"]["id"] == other.id
    headers = {"authorization": "Bearer stale"}
    answer = await browser.post(f"{viewer.url}/graphql", json={"query": VIEWER}, headers=headers)
    assert answer.status_code == 401
    assert await viewer_of(browser, viewer) == viewer.id


async def test_a_revoked_cookie_ends_its_stream(viewer: Account, browser: httpx.AsyncClient) -> None:
    """Nothing that happens afterwards is told to whoever holds it."""
    await log_in(browser, viewer)
    headers = {"cookie": f"starling_session={browser.cookies['starling_session']}"}
    address = viewer.url.replace("http", "ws", 1) + "/graphql"
    async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")], additional_headers=headers) as wire:
        live = Socket(wire)
        await live.send({"type": "connection_init"})
        assert (await live.receive())["type"] == "connection_ack"
        stream = await live.subscribe(UPDATES)
        first = await viewer.tweet("for all sessions")
        assert (await stream.next())["tweet"]["id"] == first
        await send(browser, viewer, LOG_OUT)
        await viewer.tweet("for the others")
        with pytest.raises(ConnectionClosed) as closed:
            await live.receive()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401
