"""Which URL each port has, and whether there is an adapter for it."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from settings import Settings

POSTGRES = ("postgres", "postgresql")
NEO4J = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
MEDIA = ("s3", "file")
CASSANDRA = ("cassandra",)
REDIS = ("redis", "rediss", "unix")
ELASTICSEARCH = ("http", "https")

SCHEMES: Mapping[str, tuple[str, ...]] = {
    "DATABASE_URL": POSTGRES,
    "TWEETS_URL": POSTGRES + CASSANDRA,
    "GRAPH_URL": POSTGRES + NEO4J,
    "SEARCH_URL": POSTGRES + ELASTICSEARCH,
    "REDIS_URL": REDIS,
    "QUEUE_URL": REDIS,
    "TIMELINE_URLS": REDIS,
    "MEDIA_URL": MEDIA,
}
"""Those that a setting may have, by its name without STARLING_: its port has an adapter for each."""


class WrongUrl(Exception):
    """A store's URL is missing or names no adapter; the message names the setting and the mend."""


def checked_urls(settings: Settings) -> dict[str, str]:
    """The URL of every port, by the setting's name. Raises WrongUrl."""
    redis = {"REDIS_URL": settings.redis_url, "QUEUE_URL": settings.queue_url or settings.redis_url}
    media = {"MEDIA_URL": settings.media_url or (settings.data_dir / "media").resolve().as_uri()}
    given = {"DATABASE_URL": settings.database_url} | settings.store_urls | redis | media
    return {name: _checked(name, url) for name, url in given.items()}


def checked_timeline_urls(settings: Settings) -> tuple[str, ...]:
    """The URLs of the servers that share the timelines, in their order. Raises WrongUrl."""
    return tuple(_checked("TIMELINE_URLS", url) for url in settings.timeline_urls or (settings.redis_url,))


def _checked(name: str, url: str | None) -> str:
    schemes = SCHEMES[name]
    if url is None or urlsplit(url).scheme not in schemes:
        told = f"it has {urlsplit(url).scheme}://" if url else "it is not set"
        raise WrongUrl(f"STARLING_{name} must be a URL of {' or '.join(f'{s}://' for s in schemes)}; {told}.")
    return url


def shown(url: str) -> str:
    """A URL as messages may show it."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    query = urlencode([pair for pair in parse_qsl(parts.query) if pair[0] != "password"], safe="/")
    return parts._replace(netloc=user.partition(":")[0] + at + host, query=query).geturl()
