"""The graph and its event log in the Neo4j that the environment names, emptied before each test."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from migrations.neo4j.target import Neo4jTarget
from migrations.runner import migrate
from stores.events.neo4j import Neo4jEvents
from stores.graph.neo4j import Neo4jGraph
from stores.neo4j import Neo4jDatabase
from tests.contract.backends import FAME, Backend
from tests.support import graphs, stack
from tests.support.wire import Wire


@pytest.fixture(scope="session")
def neo4j_server() -> str:
    """The URL of a database that has the schema in place."""
    url = stack.url("neo4j")
    assert url is not None
    asyncio.run(migrate(Neo4jTarget(url)))
    return url


@pytest.fixture
async def neo4j_database(neo4j_server: str) -> AsyncIterator[Neo4jDatabase]:
    """As good as new: the one database that there is, emptied."""
    database = await Neo4jDatabase.open(neo4j_server)
    try:
        await graphs.empty(database)
        yield database
    finally:
        await database.close()


@pytest.fixture
def neo4j(neo4j_database: Neo4jDatabase) -> Backend:
    return Backend(events=Neo4jEvents(neo4j_database), graph=Neo4jGraph(neo4j_database, FAME))


def wired(url: str, wire: Wire) -> str:
    """The server's URL, by way of a wire to it."""
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    return parts._replace(scheme="bolt", netloc=f"{login}@127.0.0.1:{wire.port}").geturl()
