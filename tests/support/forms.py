"""The forms in which tests have the product: embedded, and scaled out over the real servers."""

import asyncio
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from stores.cassandra import Address
from stores.elasticsearch import open_cluster
from stores.media import s3
from tests.support import graphs, stack

EMBEDDED = "embedded"
SCALED_OUT = pytest.param("scaled_out", marks=[getattr(pytest.mark, name) for name in stack.URLS])
FORMS = [EMBEDDED, SCALED_OUT]


@contextmanager
def scaled_out() -> Iterator[dict[str, str]]:
    """Settings of a system on the real servers: a keyspace, indexes and a bucket that nobody else has, and the only
    graph that there is, emptied. They are gone after the block."""
    name = f"starling_test_{secrets.token_hex(6)}"
    urls = {
        "graph_url": _url("neo4j"),
        "tweets_url": _url("cassandra", name),
        "search_url": _url("elasticsearch", name),
        "media_url": _url("s3", name.replace("_", "-")),
    }
    asyncio.run(graphs.empty_at(urls["graph_url"]))
    try:
        yield urls
    finally:
        asyncio.run(_remove(urls))


def _url(server: str, name: str = "") -> str:
    url = stack.url(server)
    assert url is not None
    return urlsplit(url)._replace(path=f"/{name}").geturl()


@contextmanager
def form(name: str) -> Iterator[dict[str, str]]:
    """Settings of a system of this form."""
    if name == EMBEDDED:
        yield {}
    else:
        with scaled_out() as urls:
            yield urls


async def empty(urls: Mapping[str, str]) -> None:
    """Leaves the stores of a form as good as new: of the tweets there is nothing that others would find."""
    if "graph_url" in urls:
        await asyncio.gather(graphs.empty_at(urls["graph_url"]), empty_indexes(urls["search_url"]))


async def _remove(urls: dict[str, str]) -> None:
    await graphs.empty_at(urls["graph_url"])
    await asyncio.to_thread(_drop_keyspace, Address.parse(urls["tweets_url"]))
    await _drop_indexes(urls["search_url"])
    bucket = s3.Bucket.of(urls["media_url"])
    async with s3.open_client(bucket) as client:
        await s3.S3Files(client, bucket).delete("")
        await client.delete_bucket(Bucket=bucket.name)


def _drop_keyspace(address: Address) -> None:
    cluster = address.cluster()
    try:
        cluster.connect().execute(f"DROP KEYSPACE IF EXISTS {address.keyspace}", timeout=60)
    finally:
        cluster.shutdown()


async def empty_indexes(url: str) -> None:
    cluster = open_cluster(url)
    try:
        aliases = [f"{cluster.prefix}-{kind}" for kind in ("tweets", "people")]
        await cluster.client.indices.refresh(index=aliases, ignore_unavailable=True)
        everything: dict[str, object] = {"match_all": {}}
        await cluster.client.delete_by_query(index=aliases, query=everything, ignore_unavailable=True, refresh=True)
    finally:
        await cluster.close()


async def _drop_indexes(url: str) -> None:
    """All whose names begin as the URL says."""
    cluster = open_cluster(url)
    try:
        made = await cluster.client.indices.get(index=f"{cluster.prefix}-*", features="aliases")
        if made.body:
            await cluster.client.indices.delete(index=list(made.body))
    finally:
        await cluster.close()
