"""What the resolvers of the kit's schema are told to do, and what they did."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from domain.access import Access
from domain.errors import BadUserInput, Forbidden, RateLimited, Unauthenticated, Unavailable
from tests.unit.transport.streams import Source
from transport.context import Client, Cookies

FAILURES: dict[str, Exception] = {
    "secret": RuntimeError("password=hunter2"),
    "forbidden": Forbidden("Not yours."),
    "input": BadUserInput("'first' must be at most 100."),
    "rate": RateLimited("Too many attempts.", 7),
    "unavailable": Unavailable("graph"),
}
FAILING = frozenset({3, 7})
EXPIRES = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class Context:
    client: Client
    cookies: Cookies | None
    account_id: int | None = None
    ended: Callable[[], None] | None = None
    is_over: bool = False

    def for_event(self) -> "Context":
        world.own.append(self.account_id)
        return self

    def for_all(self, event: object) -> "SharedContext":
        world.shared.append(SharedContext(event))
        return world.shared[-1]

    def watch_session(self, ended: Callable[[], None]) -> Callable[[], None]:
        self.ended = ended
        world.watched.add(self.client.token)
        return self._end_watch

    def _end_watch(self) -> None:
        world.watched.discard(self.client.token)
        self.is_over = True

    def mine(self, path: list[str | int]) -> bool | None:
        return mine(self.account_id, path)


def mine(viewer_id: int | None, path: Sequence[str | int]) -> bool | None:
    """What the `mine` field at a path tells a viewer: another thing at each level, nothing to guests."""
    return None if viewer_id is None else (viewer_id + len(path)) % 2 == 1


@dataclass
class SharedContext:
    """That of `event` for all but the viewers in world.apart. `holes` are `mine` fields."""

    event: object
    holes: list[list[str | int]] = field(default_factory=list)

    def suits(self, access: Access) -> bool:
        return access.viewer_id not in world.apart

    def mine(self, path: list[str | int]) -> bool | None:
        """Any value: it is filled in."""
        self.holes.append(path)
        return False

    async def fill(self, viewers: Sequence[Access]) -> Sequence[Sequence[bool | None]]:
        world.fills.append([viewer.viewer_id for viewer in viewers])
        if world.refuse_fill:
            raise world.refuse_fill
        return [[mine(viewer.viewer_id, path) for path in self.holes] for viewer in viewers]


@dataclass
class World:
    """What the resolvers of a test did, and what the context factory is told to do.

    `shared`: the executions for all; `own`: whom there were others for; `fills`: whom holes were filled for. What is
    told is resolved when its gate is open, and at once where it has none.
    """

    contexts: list[Context] = field(default_factory=list)
    refuse: Exception | None = None
    closed_streams: int = 0
    open_streams: int = 0
    hanging: int = 0
    shared: list[SharedContext] = field(default_factory=list)
    apart: set[int | None] = field(default_factory=set)
    watched: set[str | None] = field(default_factory=set)
    refuse_fill: Exception | None = None
    own: list[int | None] = field(default_factory=list)
    fills: list[list[int | None]] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    gates: dict[int, asyncio.Event] = field(default_factory=dict)

    def reset(self) -> None:
        self.__init__()  # type: ignore[misc]

    async def make_context(self, client: Client, cookies: Cookies | None) -> Context:
        if self.refuse:
            raise self.refuse
        if client.token == "bad" and not client.token_from_cookie:
            raise Unauthenticated("The token is not valid.")
        if client.token == "bad" and cookies:
            cookies.clear_session()
        self.contexts.append(Context(client, cookies))
        return self.contexts[-1]


world = World()
