"""Fixtures of the contract's suites: every test runs once per backend that has all the ports that it uses."""

from collections.abc import Awaitable, Callable

import pytest

from events import Event
from stores.accounts import AccountStore
from stores.events import EventLog
from stores.graph import GraphStore
from stores.media import MediaStore
from stores.nodes import NodeLeases
from stores.search import SearchStore
from stores.tweets import TweetStore
from tests.contract.backends import BACKENDS, PORTS, Backend, having
from tests.contract.cassandra_fixtures import cassandra, cassandra_cluster, cassandra_keyspace, keyspace
from tests.contract.elasticsearch_fixtures import (
    bare_elasticsearch_url,
    cluster,
    elasticsearch,
    elasticsearch_server,
)
from tests.contract.makers import new_id, tweet
from tests.contract.neo4j_fixtures import neo4j, neo4j_database, neo4j_server
from tests.contract.postgres_fixtures import (
    bare_url,
    database,
    own_postgres,
    postgres,
    postgres_server,
    postgres_url,
)
from tests.contract.redis_fixtures import own_client, own_redis, redis_client, redis_clients, shared_redis

__all__ = [
    "bare_elasticsearch_url",
    "bare_url",
    "cassandra",
    "cassandra_cluster",
    "cassandra_keyspace",
    "cluster",
    "database",
    "elasticsearch",
    "elasticsearch_server",
    "keyspace",
    "neo4j",
    "neo4j_database",
    "neo4j_server",
    "own_client",
    "own_postgres",
    "own_redis",
    "postgres",
    "postgres_server",
    "postgres_url",
    "redis_client",
    "redis_clients",
    "shared_redis",
]


POSTGRES_ALONE = frozenset({"database", "postgres_url", "bare_url", "own_postgres"})
"""A test that uses one of these is about that adapter."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    names = set(metafunc.fixturenames)
    if "backend" in names:
        chosen = (
            ["postgres"] if names & POSTGRES_ALONE else [name for name in BACKENDS if names & PORTS <= BACKENDS[name]]
        )
        metafunc.parametrize("backend", [_marked(name) for name in chosen], indirect=True)


def _marked(name: str) -> object:
    return name if name == "postgres" else pytest.param(name, marks=getattr(pytest.mark, name))


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> Backend:
    made: Backend = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def events(backend: Backend) -> EventLog:
    return having(backend.events)


@pytest.fixture
def write_event(backend: Backend) -> Callable[[Event], Awaitable[object]]:
    """Writes a fact of its own with the event."""

    async def write(told: Event) -> None:
        if backend.graph:
            user_id = new_id()
            await backend.graph.merge_users([(user_id, f"u{user_id}", "")], told)
        else:
            await having(backend.tweets).create(tweet(new_id()), told)

    return write


@pytest.fixture
def accounts(backend: Backend) -> AccountStore:
    return having(backend.accounts)


@pytest.fixture
def graph(backend: Backend) -> GraphStore:
    return having(backend.graph)


@pytest.fixture
def tweets(backend: Backend) -> TweetStore:
    return having(backend.tweets)


@pytest.fixture
def search(backend: Backend) -> SearchStore:
    return having(backend.search)


@pytest.fixture
def media(backend: Backend) -> MediaStore:
    return having(backend.media)


@pytest.fixture
def nodes(backend: Backend) -> NodeLeases:
    return having(backend.nodes)
