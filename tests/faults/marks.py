"""What tests do to the graph behind the product's back: days that pass, and a look at all marks."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol
from urllib.parse import urlsplit

import asyncpg
from neo4j.exceptions import DriverError

from domain.errors import Unavailable
from stores.neo4j import Neo4jDatabase
from stores.urls import NEO4J, POSTGRES

_SEEN = "MATCH (person:Person {id: $given.id}) SET person.last_seen = $given.at RETURN person.id"
_CLASS = "MATCH (person:Person {id: $given.id}) RETURN person.activity"
_STALE = """
    MATCH (follower:Person)-[edge:FOLLOWS]->() WHERE edge.feeds <> (follower.activity = 'ACTIVE') RETURN count(*)
"""
_UNREACHABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class Marks(Protocol):
    async def let_pass(self, user_id: int, days: int) -> str:
        """So many since somebody was seen; the class that they are of now."""

    async def stale(self) -> int:
        """Edges whose mark is not that of their follower's class."""


def open_marks(graph_url: str) -> AbstractAsyncContextManager[Marks]:
    """Of the graph with this URL. Raises ConnectionError where it can't be reached."""
    return _OPEN[urlsplit(graph_url).scheme](graph_url)


class _PostgresMarks:
    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def let_pass(self, user_id: int, days: int) -> str:
        await self._connection.execute(
            "UPDATE activity SET last_seen_at = now() - make_interval(days => $2) WHERE user_id = $1", user_id, days
        )
        return str(await self._connection.fetchval("SELECT class FROM activity WHERE user_id = $1", user_id))

    async def stale(self) -> int:
        return int(
            await self._connection.fetchval(
                "SELECT count(*) FROM follows JOIN activity ON user_id = follower_id WHERE feeds <> (class = 'ACTIVE')"
            )
        )


@asynccontextmanager
async def _postgres(url: str) -> AsyncIterator[Marks]:
    try:
        connection = await asyncpg.connect(url)
        try:
            yield _PostgresMarks(connection)
        finally:
            await connection.close()
    except _UNREACHABLE as error:
        raise ConnectionError(str(error)) from error


class _Neo4jMarks:
    def __init__(self, database: Neo4jDatabase) -> None:
        self._database = database

    async def let_pass(self, user_id: int, days: int) -> str:
        at = int((time.time() - days * 86_400) * 1_000_000)
        await self._database.write("graph", _SEEN, id=user_id, at=at)
        return str(await self._database.read("graph", _CLASS, id=user_id))

    async def stale(self) -> int:
        return int(await self._database.read("graph", _STALE))


@asynccontextmanager
async def _neo4j(url: str) -> AsyncIterator[Marks]:
    try:
        database = await Neo4jDatabase.open(url)
        try:
            yield _Neo4jMarks(database)
        finally:
            await database.close()
    except (Unavailable, DriverError) as error:
        raise ConnectionError(str(error)) from error


_OPEN: Mapping[str, Callable[[str], AbstractAsyncContextManager[Marks]]] = {
    **dict.fromkeys(POSTGRES, _postgres),
    **dict.fromkeys(NEO4J, _neo4j),
}
