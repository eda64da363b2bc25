"""GraphiQL as built, in headless Chromium, against a running server."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Locator, Page, async_playwright, expect

from tests.support.clients import http_client

ROOT = Path(__file__).parents[2]
BROWSERS = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
]
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
QUIET = ["--disable-gpu", "--disable-quic", "--disable-sync"]
TAB_NAME = ".graphiql-tab-button"
TWEET = 'mutation { createTweet(input: {text: "%s"}) { tweet { id } } }'
PATIENCE = 15_000  # milliseconds, for anything that a loaded machine may be slow at

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"), reason="needs Chromium (Debian: chromium)"),
]


class Server(Protocol):
    url: str


class Account(Protocol):
    handle: str
    token: str


MakeAccount = Callable[[], Awaitable[Account]]


class GraphiQL:
    """The page as a person uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.operation = page.get_by_role("region", name="Operation Editor")
        self.headers = page.get_by_role("region", name="Headers")
        self.result = page.get_by_role("region", name="Result Window")

    async def write(self, editor: Locator, text: str) -> None:
        """Paste `text` in the place of all that the editor holds; what is typed, the editor would complete."""
        await self.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        await editor.locator(".view-lines").filter(visible=True).click()
        await self.page.keyboard.press("ControlOrMeta+A")
        await self.page.keyboard.press("ControlOrMeta+V")

    async def run(self, name: str, document: str) -> None:
        """Run `document`, whose operation is `name`. GraphiQL has taken it in once the tab bears the name."""
        await self.write(self.operation, document)
        await expect(self.page.get_by_role("tab", selected=True).locator(TAB_NAME)).to_have_text(name)
        await self.page.get_by_role("button", name="Execute query").click()

    async def shows(self, text: str) -> None:
        await expect(self.result).to_contain_text(text)


@pytest.fixture(scope="module")
def _built() -> None:
    subprocess.run([sys.executable, ROOT / "web" / "build.py", "--strict"], check=True)


@pytest.fixture
async def page(_built: None, running_server: Server) -> AsyncIterator[Page]:
    """GraphiQL in a fresh browser. At the end it must have asked its own server alone, and logged no error."""
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = await browser.new_page(viewport={"width": 1280, "height": 800}, permissions=["clipboard-write"])
        page.set_default_timeout(PATIENCE)
        hosts: set[str] = set()
        errors: list[str] = []
        page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(f"{running_server.url}/graphql")
        yield page
        await browser.close()
    assert errors == []
    assert hosts - {""} == {urlsplit(running_server.url).netloc}


async def post(server: Server, account: Account, document: str) -> Any:
    """The data of a request made beside the browser."""
    async with http_client(headers={"Authorization": f"Bearer {account.token}"}) as client:
        answer = await client.post(f"{server.url}/graphql", json={"query": document})
    body = answer.json()
    assert "errors" not in body
    return body["data"]


async def test_query_and_subscription(page: Page, running_server: Server, make_account: MakeAccount) -> None:
    account = await make_account()
    graphiql = GraphiQL(page)
    await expect(page).to_have_title("Starling")
    await expect(page.locator(TAB_NAME)).to_have_text(["SignUp", "LogIn", "Tweet", "Timeline", "Live"])
    cursor = (await post(running_server, account, "{ timeline { liveCursor } }"))["timeline"]["liveCursor"]
    live = f"""subscription Hear {{
  timelineUpdates(after: "{cursor}") {{
    ... on TimelineTweetAdded {{ tweet {{ text }} }}
  }}
}}"""

    await graphiql.run("Hear", live)
    await graphiql.shows('"code": "UNAUTHENTICATED"')

    await graphiql.write(graphiql.headers, json.dumps({"Authorization": f"Bearer {account.token}"}))
    await graphiql.run("Me", "query Me { viewer { user { handle } } }")
    await graphiql.shows(f'"handle": "{account.handle}"')

    await graphiql.run("Hear", live)
    await post(running_server, account, TWEET % "First light")
    await graphiql.shows('"text": "First light"')
    await post(running_server, account, TWEET % "Still here")
    await graphiql.shows('"text": "Still here"')
    if os.environ.get("STARLING_SCREENSHOT"):
        await page.screenshot(path=ROOT / "docs" / "graphiql.png", clip={"x": 0, "y": 0, "width": 1280, "height": 530})
