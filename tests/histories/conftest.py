"""Fixtures of the histories: the servers that they run on."""

from tests.contract.postgres_fixtures import postgres_server
from tests.contract.redis_fixtures import shared_redis

__all__ = ["postgres_server", "shared_redis"]
