"""Subscriptions without a socket: outlets that a test can stop up, and those who read from them."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import orjson

from domain.errors import StarlingError
from domain.live import Happening
from tests.unit.transport.kit import SCHEMA, Told
from tests.unit.transport.streams import SLOW, Source
from tests.unit.transport.worlds import FAILING, Context, mine
from transport.broadcast import Broadcast
from transport.context import Client
from transport.limits import Limits
from transport.operations import Operation, Operations
from transport.request import OperationRequest
from transport.subscriptions import Subscription

OPERATIONS = Operations(SCHEMA, Limits())
TOLD = "subscription { told { number later { mine } mine } }"
CLIENT = Client("192.0.2.1", None, None, "0")

Json = dict[str, Any]


def prepared(query: str, variables: Json | None = None, name: str | None = None) -> Operation:
    return OPERATIONS.prepare(OperationRequest(query, name, variables or {}))


class Wire:
    """An outlet. `log` has the frames that went out, and what else was noted between them: also that it was full."""

    def __init__(self) -> None:
        self.is_writable = True
        self.log: list[object] = []
        self.cut: list[tuple[int, str]] = []
        self._waiting: list[Callable[[], None]] = []

    def push(self, *parts: bytes) -> None:
        if not self.is_writable:
            self.log.append("full")
        self.log.append(orjson.loads(b"".join(parts)))

    def forget_handshake(self) -> None:
        """Here is none."""

    def when_writable(self, then: Callable[[], None]) -> None:
        self._waiting.append(then)

    def cut_off(self, code: int, reason: str) -> None:
        self.cut.append((code, reason))

    def take(self) -> None:
        """The peer has caught up."""
        self.is_writable = True
        waiting, self._waiting = self._waiting, []
        for then in waiting:
            then()


class Reader:
    """A subscription of a viewer's, named by its id. Its end by itself is in the wire's log as "over"."""

    def __init__(
        self,
        broadcast: Broadcast,
        viewer_id: int | None = None,
        *,
        identifier: str = "s",
        coalesces: bool = False,
        too_slow: Happening | StarlingError = SLOW,
    ) -> None:
        self.viewer_id = viewer_id
        self.source = Source(viewer_id, too_slow, coalesces=coalesces)
        self.wire = Wire()
        self.subscription = Subscription(
            identifier,
            broadcast,
            Context(CLIENT, None, viewer_id),
            self.source,
            self.wire,
            lambda _: self.wire.log.append("over"),
        )
        self.subscription.start()

    @property
    def payloads(self) -> list[Json]:
        """Of the frames so far, all of which are events."""
        frames = [cast("Json", each) for each in self.wire.log]
        assert {frame["type"] for frame in frames} <= {"next"}
        return [frame["payload"] for frame in frames]


def broadcast(query: str = TOLD) -> Broadcast:
    return Broadcast(OPERATIONS, prepared(query))


def happening(number: int) -> Happening:
    return Happening(Told(number=number))


def payload(number: int, viewer_id: int | None) -> Json:
    """What TOLD asks for."""
    if number in FAILING:
        extensions = {"code": "FORBIDDEN"}
        where = {"locations": [{"line": 1, "column": 30}], "path": ["told", "later"]}
        return {"data": None, "errors": [{"message": "Not yours.", **where, "extensions": extensions}]}
    inner, outer = mine(viewer_id, ["told", "later", "mine"]), mine(viewer_id, ["told", "mine"])
    return {"data": {"told": {"number": number, "later": {"mine": inner}, "mine": outer}}}


async def idle() -> None:
    """Returns when nothing goes on that waits for nothing."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(0)
    while loop._ready:  # type: ignore[attr-defined]
        await asyncio.sleep(0)
