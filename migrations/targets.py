"""Which schemas a deployment has: one per server that its settings name."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from migrations.postgres.target import PostgresTarget
from migrations.runner import Target, migrate
from settings import Settings
from stores.urls import NEO4J


def _elasticsearch(url: str) -> Target:
    from migrations.elasticsearch.target import ElasticsearchTarget  # noqa: PLC0415 - its driver loads slowly

    return ElasticsearchTarget(url)


def _cassandra(url: str) -> Target:
    from migrations.cassandra.target import CassandraTarget  # noqa: PLC0415 - as above

    return CassandraTarget(url)


def _neo4j(url: str) -> Target:
    from migrations.neo4j.target import Neo4jTarget  # noqa: PLC0415 - as above

    return Neo4jTarget(url)


TARGETS: Mapping[str, Callable[[str], Target]] = {
    "postgres": PostgresTarget,
    "postgresql": PostgresTarget,
    "http": _elasticsearch,
    "https": _elasticsearch,
    "cassandra": _cassandra,
    **dict.fromkeys(NEO4J, _neo4j),
}
"""By the scheme of a URL; a store of another scheme has no schema."""


async def migrate_all(settings: Settings) -> list[str]:
    """Brings every server up to date; the names of the migrations applied. Raises MigrationError."""
    applied: list[str] = []
    for url in dict.fromkeys(settings.store_urls.values()):
        if make := TARGETS.get(urlsplit(url).scheme):
            applied += await migrate(make(url))
    return applied
