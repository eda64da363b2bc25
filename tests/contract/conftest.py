"""Fixtures of the contract's suites: every test runs once per backend."""

import pytest

from stores.accounts import AccountStore
from stores.events import EventLog
from stores.graph import GraphStore
from stores.nodes import NodeLeases
from stores.search import SearchStore
from stores.tweets import TweetStore
from tests.contract.backends import Backend, having
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
    "bare_url",
    "database",
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


@pytest.fixture(params=["postgres"])
def backend(request: pytest.FixtureRequest) -> Backend:
    made: Backend = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def events(backend: Backend) -> EventLog:
    return backend.events


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
def nodes(backend: Backend) -> NodeLeases:
    return having(backend.nodes)
