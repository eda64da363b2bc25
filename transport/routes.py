"""The routes of /graphql."""

from collections.abc import Awaitable

from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from transport.http import GraphQLEndpoint
from transport.websocket import WebSocketEndpoint

PATH = "/graphql"


def routes(http: GraphQLEndpoint, websocket: WebSocketEndpoint, path: str = PATH) -> list[BaseRoute]:
    """HTTP and websockets on one path; each endpoint judges methods and handshakes itself."""
    return [Route(path, http), WebSocketRoute(path, websocket)]


class DirectSockets:
    """An application whose websockets at `path` don't pass through its middleware and router: for as long as a socket
    is open, each of those would hold on to a few kilobytes of it."""

    def __init__(self, app: ASGIApp, websocket: WebSocketEndpoint, path: str = PATH) -> None:
        self.app = app
        self._websocket = websocket
        self._path = path

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        direct = scope["type"] == "websocket" and scope["path"] == self._path
        return (self._websocket if direct else self.app)(scope, receive, send)
