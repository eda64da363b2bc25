"""GraphQL over websockets: who may connect, and all open sockets of this process."""

import asyncio
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from transport import messages
from transport.connection import Connection
from transport.context import ContextFactory
from transport.limits import Limits
from transport.operations import Operations
from transport.sharing import Broadcasts
from transport.sockets import Sockets

LONGEST_PAUSE = 0.005  # Seconds between two closings, when there are few.


class WebSocketEndpoint:
    """The ASGI application for the websocket side of /graphql.

    A browser's page may connect from the server's own host and from `allowed_origins` ("https://example.org").
    """

    def __init__(
        self,
        operations: Operations,
        context_factory: ContextFactory,
        allowed_origins: Collection[str],
        limits: Limits,
    ) -> None:
        self._operations = operations
        self._context_factory = context_factory
        self._allowed_origins = frozenset(origin.lower().rstrip("/") for origin in allowed_origins)
        self._limits = limits
        self._broadcasts = Broadcasts(operations)
        self._accounts = Sockets(limits.sockets_per_account, "account")
        self._addresses = Sockets(limits.sockets_per_address, "address")
        self._handlers: dict[Connection, asyncio.Task[None]] = {}
        self._stopped: tuple[int, str] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        if not self._is_origin_allowed(websocket):
            await websocket.close()  # Before the handshake is accepted, this is a 403.
        elif messages.SUBPROTOCOL not in scope.get("subprotocols", ()):
            await websocket.accept()
            await websocket.close(messages.SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable")
        else:
            await self._admit(websocket)

    async def close_all(
        self, code: int = messages.SERVICE_RESTART, reason: str = "Service restart", *, within: float
    ) -> int:
        """Closes every socket, and those that still come, spread over half of `within` seconds.

        Spread, so that not all clients return at the same moment. Returns how many sockets were still open at the end.
        """
        self._stopped = (code, reason)
        deadline = asyncio.get_running_loop().time() + within
        connections = dict(self._handlers)
        for connection in connections:
            connection.stop(code, reason)
            await asyncio.sleep(min(LONGEST_PAUSE, within / 2 / len(connections)))
        if connections:
            await asyncio.wait(connections.values(), timeout=deadline - asyncio.get_running_loop().time())
        return len(self._handlers)

    async def _admit(self, websocket: WebSocket) -> None:
        """Guests are bounded by their address alone."""
        address = websocket.client.host if websocket.client else ""
        if self._addresses.is_full(address):
            await websocket.send_denial_response(PlainTextResponse(self._addresses.refusal, 429))
            return
        self._addresses.opened(address)
        try:
            await websocket.accept(messages.SUBPROTOCOL)
            await self._serve(websocket)
        finally:
            self._addresses.closed(address)

    async def _serve(self, websocket: WebSocket) -> None:
        connection = Connection(
            websocket, self._operations, self._broadcasts, self._context_factory, self._limits, self._accounts
        )
        handler = asyncio.current_task()
        assert handler is not None
        self._handlers[connection] = handler
        if self._stopped:
            connection.stop(*self._stopped)
        try:
            await connection.run()
        finally:
            del self._handlers[connection]

    def _is_origin_allowed(self, websocket: WebSocket) -> bool:
        """Only browsers send an origin, and they send it always: without one, no page of a stranger is at work."""
        origin = websocket.headers.get("origin")
        if origin is None:
            return True
        own = urlsplit(origin).netloc.lower() == websocket.headers.get("host", "").lower() != ""
        return own or origin.lower() in self._allowed_origins
