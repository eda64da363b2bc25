"""The routes of /graphql."""

from starlette.routing import BaseRoute, Route, WebSocketRoute

from transport.http import GraphQLEndpoint
from transport.websocket import WebSocketEndpoint


def routes(http: GraphQLEndpoint, websocket: WebSocketEndpoint, path: str = "/graphql") -> list[BaseRoute]:
    """HTTP and websockets on one path; each endpoint judges methods and handshakes itself."""
    return [Route(path, http), WebSocketRoute(path, websocket)]
