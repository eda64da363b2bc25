"""The pages for browsers, with and without a build."""

from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from transport.pages import graphiql_page, routes


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    return tmp_path / "dist"


@pytest.fixture
def client(dist: Path) -> AsyncClient:
    def page(request: Request) -> Response:
        return graphiql_page(request, dist)

    app = Starlette(routes=[*routes(dist), Route("/graphql", page)])
    return AsyncClient(transport=ASGITransport(app), base_url="http://localhost:8000")


def make_build(dist: Path) -> None:
    (dist / "graphiql").mkdir(parents=True)
    (dist / "assets").mkdir()
    (dist / "graphiql" / "index.html").write_text("<title>Starling</title>")
    (dist / "assets" / "main-1a2b.js").write_text("export {};")
    (dist / "stamp.txt").write_text("secret")


def fail_build(dist: Path, reason: str) -> None:
    dist.mkdir()
    (dist / "build-failed.txt").write_text(reason)


async def test_page_is_served_fresh_and_confined_to_its_server(client: AsyncClient, dist: Path) -> None:
    make_build(dist)
    answer = await client.get("/graphql")
    assert (answer.status_code, answer.text) == (200, "<title>Starling</title>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["vary"] == "Accept"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; "
        "connect-src 'self' ws://localhost:8000 wss://localhost:8000; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@pytest.mark.parametrize("host", ["evil.example;script-src", "[::1]:8000", "a'b", "*"])
async def test_a_host_that_a_policy_cannot_name_is_left_out(client: AsyncClient, host: str) -> None:
    answer = await client.get("/graphql", headers={"host": host})
    assert "; connect-src 'self'; base-uri" in answer.headers["content-security-policy"]


async def test_missing_build_says_how_to_mend_it(client: AsyncClient) -> None:
    answer = await client.get("/graphql")
    assert answer.status_code == 200
    assert "<code>make web</code>" in answer.text
    assert "<pre>No build has been made yet.</pre>" in answer.text


async def test_failed_build_says_why_escaped(client: AsyncClient, dist: Path) -> None:
    fail_build(dist, 'npm: <script>alert("1 & 2")</script> {reason}')
    text = (await client.get("/graphql")).text
    assert "<pre>npm: &lt;script&gt;alert(&quot;1 &amp; 2&quot;)&lt;/script&gt; {reason}</pre>" in text


async def test_build_made_after_the_start_is_served(client: AsyncClient, dist: Path) -> None:
    assert (await client.get("/web/assets/main-1a2b.js")).status_code == 404
    make_build(dist)
    assert (await client.get("/web/assets/main-1a2b.js")).status_code == 200
    assert (await client.get("/graphql")).text == "<title>Starling</title>"


async def test_assets_are_kept_for_a_year_and_missing_ones_are_not(client: AsyncClient, dist: Path) -> None:
    make_build(dist)
    asset = await client.get("/web/assets/main-1a2b.js")
    assert asset.text == "export {};"
    assert asset.headers["content-type"] == "text/javascript; charset=utf-8"
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert asset.headers["x-content-type-options"] == "nosniff"
    again = await client.get("/web/assets/main-1a2b.js", headers={"if-none-match": asset.headers["etag"]})
    assert again.status_code == 304
    missing = await client.get("/web/assets/gone.js")
    assert missing.status_code == 404
    assert "cache-control" not in missing.headers


@pytest.mark.parametrize(
    "path",
    [
        "/web/assets/../stamp.txt",
        "/web/assets/%2e%2e/stamp.txt",
        "/web/assets/..%2fstamp.txt",
        "/web/assets/..%5cstamp.txt",
        "/web/assets//etc/passwd",
        "/web/assets/%00",
        "/web/assets/",
        "/web/stamp.txt",
        "/web/graphiql/index.html",
    ],
)
async def test_nothing_outside_the_assets_is_served(client: AsyncClient, dist: Path, path: str) -> None:
    make_build(dist)
    assert (await client.get(path)).status_code == 404


async def test_root_leads_to_the_endpoint(client: AsyncClient) -> None:
    answer = await client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/graphql")
