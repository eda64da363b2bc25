"""One websocket: the state machine of graphql-transport-ws.

A connection waits for connection_init, authenticates, and then runs operations until one side closes. Everything that
it does lives in one task group: whatever ends the connection cancels and awaits its operations, and only then is the
close frame sent, so that nothing is ever sent after it.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import NoReturn

from graphql import ExecutionResult, OperationType
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from domain.errors import BadUserInput, StarlingError, Unauthenticated
from domain.live import Stream
from transport import messages
from transport.context import Client, ContextFactory, SocketContext, new_request_id, read_client
from transport.errors import failure_of, payload_of
from transport.limits import Limits
from transport.messages import ClientMessage, CloseError, Complete, Init, Ping, Subscribe
from transport.operations import Operation, Operations
from transport.protocol import OUTLET, Outlet
from transport.sharing import Broadcasts
from transport.sockets import Sockets
from transport.subscriptions import Subscription

log = logging.getLogger(__name__)


class Connection:
    """An accepted socket; `run` is its whole life."""

    def __init__(
        self,
        websocket: WebSocket,
        operations: Operations,
        broadcasts: Broadcasts,
        context_factory: ContextFactory,
        limits: Limits,
        accounts: Sockets,
    ) -> None:
        self._websocket = websocket
        self._outlet: Outlet = websocket.scope["extensions"][OUTLET]
        self._operations = operations
        self._broadcasts = broadcasts
        self._accounts = accounts
        self._context_factory = context_factory
        self._limits = limits
        self._request_id = new_request_id()
        self._running: dict[str, asyncio.Task[None] | Subscription] = {}
        self._at_end: list[Callable[[], None]] = []
        self._stop_asked: asyncio.Future[CloseError] = asyncio.get_running_loop().create_future()

    def stop(self, code: int, reason: str) -> None:
        """Makes `run` end with this close frame; returns at once."""
        if not self._stop_asked.done():
            self._stop_asked.set_result(CloseError(code, reason))

    async def run(self) -> None:
        """Serves the socket until it is closed by either side, whether the peer reads or not. Raises nothing but
        CancelledError."""
        close = None
        try:
            async with asyncio.TaskGroup() as tasks:
                stopping = tasks.create_task(self._await_stop(), name="websocket stop")
                # Most sockets end so. An exception that reached the group would hold on to all that the socket is made
                # of, and be held by it, until the garbage collector comes.
                with suppress(WebSocketDisconnect):
                    await self._converse(tasks)
                stopping.cancel()
                self._cancel_operations()
        except* CloseError as group:
            close = _first(group)
        except* WebSocketDisconnect:
            pass
        except* Exception:
            log.exception("request %s: a socket failed", self._request_id)
            close = CloseError(messages.INTERNAL_ERROR, "Internal error")
        finally:
            self._let_go()
        if close:
            self._outlet.cut_off(close.code, close.reason)

    def _session_ended(self) -> None:
        self.stop(messages.UNAUTHORIZED, "Unauthorized")

    def _cancel_operations(self) -> None:
        for running in self._running.values():
            if isinstance(running, asyncio.Task):
                running.cancel()

    def _let_go(self) -> None:
        for running in self._running.values():
            if isinstance(running, Subscription):
                running.close()
        for end in self._at_end:
            end()
        self._running.clear()  # which refers to this connection, as the ends do
        self._at_end.clear()

    async def _await_stop(self) -> NoReturn:
        raise await self._stop_asked

    async def _converse(self, tasks: asyncio.TaskGroup) -> NoReturn:
        try:
            async with asyncio.timeout(self._limits.init_seconds):
                init = await self._await_init()
        except TimeoutError as error:
            raise CloseError(messages.INIT_TIMEOUT, "Connection initialisation timeout") from error
        client = await self._authenticate(init)
        self._outlet.forget_handshake()
        await self._send(messages.ACK)
        while True:
            message = await self._receive()
            if isinstance(message, Subscribe):
                await self._until_writable()
            await self._handle(message, client, tasks)

    async def _await_init(self) -> Init:
        while True:
            match await self._receive():
                case Init() as init:
                    return init
                case Ping(payload):
                    await self._send(messages.pong_frame(payload))
                case Subscribe():
                    raise CloseError(messages.UNAUTHORIZED, "Unauthorized")
                case _:
                    continue

    async def _authenticate(self, init: Init) -> Client:
        """The client by connection_init's authorization, else by the handshake; a factory that refuses it is asked."""
        authorization = next((value for key, value in init.payload.items() if key.lower() == "authorization"), None)
        if not isinstance(authorization, str | None):
            raise CloseError(messages.INVALID_MESSAGE, "Invalid message: its authorization is no string")
        try:
            client = read_client(self._websocket, self._request_id, authorization)
            context = await self._context_factory(client, None)
        except Unauthenticated as error:
            raise CloseError(messages.UNAUTHORIZED, "Unauthorized") from error
        except StarlingError as error:
            raise CloseError(messages.TRY_AGAIN_LATER, str(error)) from error
        self._at_end.append(context.watch_session(self._session_ended))
        if (account_id := context.account_id) is not None:
            self._accounts.opened(account_id)
            self._at_end.append(partial(self._accounts.closed, account_id))
        return client

    async def _handle(self, message: ClientMessage, client: Client, tasks: asyncio.TaskGroup) -> None:
        match message:
            case Init():
                raise CloseError(messages.TOO_MANY_INITS, "Too many initialisation requests")
            case Ping(payload):
                await self._send(messages.pong_frame(payload))
            case Subscribe() if message.id in self._running:
                raise CloseError(messages.DUPLICATE_ID, f"Subscriber for {message.id} already exists")
            case Subscribe() if len(self._running) >= self._limits.operations_per_socket:
                error = BadUserInput(f"A socket runs at most {self._limits.operations_per_socket} operations at once.")
                await self._send(self._failure(message.id, error))
            case Subscribe():
                operation = self._operate(message, client)
                self._running[message.id] = tasks.create_task(operation, name=f"operation {message.id}")
            case Complete():
                await self._cancel(message.id)

    async def _cancel(self, identifier: str) -> None:
        """Ends an operation and waits until it has let go, so that its id can be used again."""
        running = self._running.pop(identifier, None)
        if isinstance(running, Subscription):
            running.close()
        elif running:
            running.cancel()
            await asyncio.wait([running])

    async def _operate(self, message: Subscribe, client: Client) -> None:
        """Runs a query or mutation to its end, or a subscription until it has a stream, which goes on without a task.
        The id is free again before the client can know of the end."""
        frames: list[str] = []
        try:
            operation = self._operations.prepare(message.request)
            context = await self._context(client)
            if operation.type is OperationType.SUBSCRIPTION:
                result = await self._operations.subscribe(operation, context)
            else:
                result = await self._operations.execute(operation, context)
            if not isinstance(result, ExecutionResult):
                self._listen(message.id, operation, context, result)
                return
            frames.append(messages.next_frame(message.id, payload_of(result, self._request_id)))
        except CloseError:
            raise
        except Exception as error:
            frames.append(self._failure(message.id, error))
        else:
            frames.append(messages.complete_frame(message.id))
        if self._running.pop(message.id, None):
            for frame in frames:
                await self._send(frame)

    def _listen(self, identifier: str, operation: Operation, context: SocketContext, stream: Stream) -> None:
        broadcast = self._broadcasts.of(operation)
        subscription = Subscription(identifier, broadcast, context, stream, self._outlet, self._forget)
        self._running[identifier] = subscription
        subscription.start()

    def _forget(self, subscription: Subscription) -> None:
        self._running.pop(subscription.identifier, None)

    async def _context(self, client: Client) -> SocketContext:
        """A context for one operation. A token that was revoked since connection_init ends the socket."""
        try:
            return await self._context_factory(client, None)
        except Unauthenticated as error:
            raise CloseError(messages.UNAUTHORIZED, "Unauthorized") from error

    def _failure(self, identifier: str, error: Exception) -> str:
        return messages.error_frame(identifier, failure_of(error, self._request_id))

    async def _receive(self) -> ClientMessage:
        frame = await self._websocket.receive()
        if frame["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(frame.get("code", 1005), frame.get("reason"))
        return messages.decode(frame, self._limits)

    async def _until_writable(self) -> None:
        """Who doesn't read what they asked for may ask for no more: answers would pile up without a bound."""
        while not self._outlet.is_writable:
            writable = asyncio.Event()
            self._outlet.when_writable(writable.set)
            await writable.wait()

    async def _send(self, frame: str) -> None:
        try:
            await self._websocket.send_text(frame)
        except WebSocketDisconnected as error:
            raise WebSocketDisconnect(1006) from error


def _first(group: BaseExceptionGroup[CloseError]) -> CloseError:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
