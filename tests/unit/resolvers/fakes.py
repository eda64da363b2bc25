"""The API over stores and services in memory."""

import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from graphql import ExecutionResult

from domain.accounts import Session
from resolvers.context import Context
from schema import build_schema
from tests.unit.resolvers.fake_services import FakeServices
from tests.unit.resolvers.fake_stores import World
from transport.limits import Limits
from transport.operations import Operations
from transport.request import OperationRequest

SCHEMA = build_schema()
OPERATIONS = Operations(SCHEMA, Limits())
logging.getLogger("strawberry.execution").disabled = True  # It writes a traceback per error: some have 10,000.


@dataclass
class FakeCookies:
    session: tuple[str, datetime] | None = None
    cleared: bool = False

    def set_session(self, token: str, expires: datetime) -> None:
        self.session = (token, expires)

    def clear_session(self) -> None:
        self.cleared = True


@dataclass
class Api:
    """The schema over a world. Each query is an operation of its own, by `viewer`."""

    world: World = field(default_factory=World)
    viewer: Session | None = None
    cookies: FakeCookies | None = None

    def __post_init__(self) -> None:
        self.fake = FakeServices(self.world)

    def context(self) -> Context:
        client = SimpleNamespace(address="192.0.2.1", user_agent="curl")
        return Context(self.viewer, client, self.cookies, self.fake.services(), self.world.stores())

    async def run(self, query: str) -> tuple[Any, list[tuple[list[str | int], Exception]]]:
        """Data, and (path, cause) of each error."""
        result = await SCHEMA.execute(query, context_value=self.context())
        return result.data, [(error.path or [], error.original_error or error) for error in result.errors or ()]

    async def events(self, query: str) -> list[ExecutionResult]:
        """What a subscription of the viewer's own gives for each event."""
        operation = OPERATIONS.prepare(OperationRequest(query, None, {}))
        context = self.context()
        stream = await OPERATIONS.subscribe(operation, context)
        assert isinstance(stream, AsyncGenerator), stream
        return [await OPERATIONS.execute_event(operation, context.for_event(), event) async for event in stream]

    async def data(self, query: str) -> Any:
        """The data of a query that must succeed."""
        data, errors = await self.run(query)
        assert errors == []
        assert data is not None
        return data
