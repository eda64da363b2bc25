"""What a browser gets: GraphiQL at the GraphQL endpoint, its assets, and the way there from `/`."""

import re
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

DIST = Path(__file__).resolve().parent.parent / "web" / "dist"
PAGE = Path("graphiql", "index.html")
FAILURE = Path("build-failed.txt")

# What may stand in a policy's source as it is; a Host header may hold more, `;` and `'` among it.
HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?")

# Vite names each asset after its content, so that one name never means two contents.
ASSET_HEADERS = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}

UNBUILT = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Starling</title>
<h1>GraphiQL has not been built</h1>
<p>The API works all the same, at this address. To build the page: <code>make web</code>, then load it again.</p>
<pre>{reason}</pre>
</html>
"""


class _Assets(StaticFiles):
    """The built assets, whether or not the build is there when the server starts."""

    async def check_config(self) -> None:
        """A folder that is missing means files that are missing (404), not a misconfiguration (500)."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(ASSET_HEADERS)
        return response


def _content_security_policy(request: Request) -> str:
    """Everything from this server alone. Monaco sets styles inline and has its icons in data: URLs.

    `'self'` means the page's own scheme to older browsers, so that sockets are named as well.
    """
    host = request.url.netloc
    sockets = f" ws://{host} wss://{host}" if HOST.fullmatch(host) else ""
    return (
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data:; font-src 'self' data:; connect-src 'self'{sockets}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _page(dist: Path) -> str:
    try:
        return (dist / PAGE).read_text(encoding="utf-8")
    except FileNotFoundError:
        failure = dist / FAILURE
        reason = failure.read_text(encoding="utf-8") if failure.is_file() else "No build has been made yet."
        return UNBUILT.format(reason=escape(reason))


def graphiql_page(request: Request, dist: Path = DIST) -> Response:
    """GraphiQL, or where there is no build a page that says why; 200 either way."""
    headers = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": _content_security_policy(request),
        "Referrer-Policy": "same-origin",
        "Vary": "Accept",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(_page(dist), headers=headers)


def static_files(dist: Path = DIST) -> StaticFiles:
    """The app that serves the built assets, to be kept by browsers for a year; 404 for all while there is no build."""
    return _Assets(directory=dist / "assets", check_dir=False)


async def _to_graphql(_request: Request) -> Response:
    return RedirectResponse("/graphql")


def routes(dist: Path = DIST) -> list[BaseRoute]:
    """`/`, which leads to `/graphql`, and `/web/assets`."""
    return [Route("/", _to_graphql), Mount("/web/assets", static_files(dist))]
