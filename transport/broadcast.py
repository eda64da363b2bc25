"""One execution for all who ask for the same: their frames share its bytes.

What differs by viewer are holes in those bytes, filled for all viewers by one batch. A viewer whom something in them is
hidden from, or is about, gets an execution of their own.
"""

import asyncio
import re
import secrets
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar, cast

import orjson

from domain.access import Access
from domain.live import Happening
from transport.context import SharedContext, SocketContext, new_request_id
from transport.errors import failure_of, payload_of
from transport.operations import Operation, Operations

OWN_AT_ONCE = 16
"""Executions for one viewer alone that a batch has under way."""

Encoded = TypeVar("Encoded")

_LITERALS = {True: b"true", False: b"false", None: b"null"}


class Waiting(Protocol):
    """A subscription, as far as it waits for its bytes."""

    @property
    def context(self) -> SocketContext: ...

    @property
    def access(self) -> Access:
        """What its viewer may see now."""

    def settle(self, batch: "Batch", payload: bytes) -> None:
        """Gives it the bytes of the happening that it waits for in this batch."""


class Rendering:
    """The bytes of one happening for all."""

    def __init__(self, payload: dict[str, object], shared: SharedContext) -> None:
        """Holes are noted as execution comes to them, and lie in the bytes in the order of the document."""
        marker = secrets.token_hex(8)
        self._shared = shared
        for at, hole in enumerate(shared.holes):
            _put(payload, hole, f"{marker}{at}")
        self._parts = re.split(f'"{marker}([0-9]+)"'.encode(), orjson.dumps(payload))
        self._holes = [int(at) for at in self._parts[1::2]]
        del self._parts[1::2]
        self._filled: dict[tuple[bool | None, ...], bytes] = {}

    def suits(self, access: Access) -> bool:
        """Whether a viewer's own would differ in its holes at most."""
        return self._shared.suits(access)

    async def of(self, viewers: Sequence[Access]) -> Sequence[bytes]:
        """What each of the viewers gets. Raises Unavailable."""
        if not self._holes or not viewers:
            return self._parts * len(viewers)
        values = await self._shared.fill(viewers)
        return [self._fill(tuple(each)) for each in values]

    def _fill(self, values: tuple[bool | None, ...]) -> bytes:
        filled = self._filled.get(values)
        if filled is None:
            literals = [*(_LITERALS[values[at]] for at in self._holes), b""]
            pairs = zip(self._parts, literals, strict=True)
            filled = self._filled[values] = b"".join(part for pair in pairs for part in pair)
        return filled


class Broadcast:
    """The subscriptions of this process that ask for the same: one operation, with the same variables as far as they
    tell events apart."""

    def __init__(self, operations: Operations, operation: Operation) -> None:
        self._operations = operations
        self._operation = operation
        self._open: dict[Happening, Batch] = {}

    def take(self, happening: Happening, subscription: Waiting) -> "Batch":
        """Has a subscription get what it asks for of a happening; the batch tells it when that is there."""
        batch = self._open.get(happening)
        if batch is None:
            batch = self._open[happening] = Batch(self, happening)
        batch.subscriptions.append(subscription)
        return batch

    def close(self, happening: Happening) -> None:
        """Whoever comes later makes another batch."""
        del self._open[happening]

    async def rendering(self, happening: Happening, context: SocketContext) -> Rendering:
        """Made once, whoever asks; `context` is that of anybody of them."""
        rendering = happening.renderings.get(self)
        if rendering is None:
            name = "render a happening"
            rendering = happening.renderings[self] = asyncio.create_task(self._render(happening, context), name=name)
        return await asyncio.shield(cast("asyncio.Task[Rendering]", rendering))

    async def own(self, happening: Happening, context: SocketContext) -> bytes:
        """What one viewer gets."""
        return await self._execute(happening, context.for_event(), orjson.dumps)

    async def _render(self, happening: Happening, context: SocketContext) -> Rendering:
        shared = context.for_all(happening.event)
        return await self._execute(happening, shared, lambda payload: Rendering(payload, shared))

    async def _execute(
        self, happening: Happening, context: object, encode: Callable[[dict[str, object]], Encoded]
    ) -> Encoded:
        """A failure of whatever kind is told in the place of the event."""
        request_id = new_request_id()
        try:
            result = await self._operations.execute_event(self._operation, context, happening.event)
            return encode(payload_of(result, request_id))
        except Exception as error:
            return encode({"data": None, "errors": failure_of(error, request_id)})


class Batch:
    """Those who come to be told of one happening in one turn of the event loop."""

    def __init__(self, broadcast: Broadcast, happening: Happening) -> None:
        self.subscriptions: list[Waiting] = []
        self._broadcast = broadcast
        self._happening = happening
        self._task = asyncio.create_task(self._run(), name="broadcast")

    async def _run(self) -> None:
        self._broadcast.close(self._happening)
        rendering = await self._broadcast.rendering(self._happening, self.subscriptions[0].context)
        sharing: list[Waiting] = []
        others: list[Waiting] = []
        for subscription in self.subscriptions:
            (sharing if rendering.suits(subscription.access) else others).append(subscription)
        try:
            for subscription, payload in zip(sharing, await rendering.of([s.access for s in sharing]), strict=True):
                subscription.settle(self, payload)
        except Exception:  # what keeps holes from being filled is told to each in its place
            others += sharing
        await self._run_own(others)

    async def _run_own(self, subscriptions: Sequence[Waiting]) -> None:
        limit = asyncio.Semaphore(OWN_AT_ONCE)

        async def one(subscription: Waiting) -> None:
            async with limit:
                subscription.settle(self, await self._broadcast.own(self._happening, subscription.context))

        await asyncio.gather(*map(one, subscriptions))


def _put(payload: dict[str, object], path: Sequence[str | int], value: str) -> None:
    """Puts a value in the place of a result's field, unless an error has left nothing there."""
    parent: object = payload["data"]
    for key in path[:-1]:
        parent = _child(parent, key)
    if isinstance(parent, dict) and parent.get(path[-1]) is not None:
        parent[path[-1]] = value


def _child(parent: object, key: str | int) -> object:
    if isinstance(parent, dict):
        return parent.get(key)
    return parent[key] if isinstance(parent, list) and isinstance(key, int) and key < len(parent) else None
