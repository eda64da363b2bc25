"""Waiting at the start until the servers that the settings name take commands."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from settings import Settings
from stores import postgres, redis
from stores.reach import Ask, reach
from stores.urls import CASSANDRA, ELASTICSEARCH, NEO4J, POSTGRES, REDIS, checked_timeline_urls, checked_urls


async def _ask_bucket(url: str) -> None:
    from stores.media import s3  # noqa: PLC0415 - its driver takes a second to load

    await s3.ask(url)


async def _ask_elasticsearch(url: str) -> None:
    from stores import elasticsearch  # noqa: PLC0415 - as above

    await elasticsearch.ask(url)


async def _ask_cassandra(url: str) -> None:
    from stores import cassandra  # noqa: PLC0415 - as above

    await cassandra.ask(url)


async def _ask_neo4j(url: str) -> None:
    from stores import neo4j  # noqa: PLC0415 - as above

    await neo4j.ask(url)


ASKS: Mapping[str, Ask] = {
    **dict.fromkeys(POSTGRES, postgres.ask),
    **dict.fromkeys(NEO4J, _ask_neo4j),
    **dict.fromkeys(CASSANDRA, _ask_cassandra),
    **dict.fromkeys(REDIS, redis.ask),
    **dict.fromkeys(ELASTICSEARCH, _ask_elasticsearch),
    "s3": _ask_bucket,
}
"""By the scheme of a URL; a store of another scheme has no server."""


async def reach_all(settings: Settings) -> None:
    """Returns once each server has answered; those that are still starting have the settings' patience. Raises WrongUrl
    or Unreachable."""
    by_url: dict[str, str] = {}
    named = list(checked_urls(settings).items())
    named += [("TIMELINE_URLS", url) for url in checked_timeline_urls(settings)]
    for name, url in named:
        by_url.setdefault(url, name)
    for url, name in by_url.items():
        if ask := ASKS.get(urlsplit(url).scheme):
            await reach(name, url, ask, settings.patience_seconds)


async def prepare_media(settings: Settings) -> None:
    """Makes the bucket of media where it is missing; pages of the server's own origin and of those that are allowed may
    use it."""
    url = checked_urls(settings)["MEDIA_URL"]
    if urlsplit(url).scheme == "s3":
        from stores.media import s3  # noqa: PLC0415 - as above

        await s3.prepare(url, (settings.origin, *settings.allowed_origins))
