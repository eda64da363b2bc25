"""What the adapters on Elasticsearch (9) share: the client, the names of indexes, and what becomes Unavailable."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from elastic_transport import TransportError
from elasticsearch import ApiError, AsyncElasticsearch, UnsupportedProductError
from elasticsearch.serializer import OrjsonSerializer

from domain.errors import Unavailable
from stores.reach import Refused, Unready

ANSWER_SECONDS = 10.0
"""How long a caller waits for an answer, a free connection and a second try included."""

CONNECTIONS = 32
PREFIX = "starling"
_PREFIX = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
_PASSING = frozenset({429, 502, 503, 504})
_LOST = frozenset({"index_not_found_exception", "cluster_block_exception"})
"""Where an index was lost its consumer waits until it is made again, and loses no job meanwhile."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A client, and what the names of all our indexes begin with."""

    client: AsyncElasticsearch
    prefix: str

    def index(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    async def close(self) -> None:
        await self.client.close()

    async def ping(self) -> None:
        """Raises Unavailable where the server doesn't answer."""
        async with answering("search"):
            await self.client.info()


def open_cluster(url: str) -> Cluster:
    """For http(s)://[user:password@]host:port[/prefix]. It connects when first used. A call whose connection is lost is
    tried once more: whatever is written says which version it is, so that twice is the same as once. Raises ValueError
    for a path that can't be the beginning of an index's name."""
    parts = urlsplit(url)
    prefix = parts.path.strip("/") or PREFIX
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"/{prefix} can't begin the names of indexes: write letters from a to z, digits, - and _.")
    user, at, host = parts.netloc.rpartition("@")
    if not urlsplit(f"//{host}").port:
        host = f"{host}:{443 if parts.scheme == 'https' else 80}"
    client = AsyncElasticsearch(
        f"{parts.scheme}://{user}{at}{host}",
        connections_per_node=CONNECTIONS,
        request_timeout=ANSWER_SECONDS,
        max_retries=1,
        serializers={"application/json": OrjsonSerializer()},
    )
    return Cluster(client, prefix)


@asynccontextmanager
async def answering(store: str) -> AsyncIterator[None]:
    """Bounds what is in it to ANSWER_SECONDS, and raises Unavailable(store) where the server doesn't answer, has too
    much to do, or lacks the index. Serves as a decorator too."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            yield
    except (TransportError, TimeoutError) as error:
        raise Unavailable(store) from error
    except ApiError as error:
        if passing(error.status_code, error.error):
            raise Unavailable(store) from error
        raise


def passing(status: int, kind: str) -> bool:
    """Whether a call that failed so may be carried out later."""
    return status in _PASSING or kind in _LOST


async def ask(url: str) -> None:
    """Raises Unready where the server gives no answer yet, Refused where it is none that this client can speak to."""
    try:
        cluster = open_cluster(url)
    except ValueError as error:
        raise Refused(str(error)) from error
    try:
        await cluster.client.cluster.health(wait_for_status="yellow", timeout="0s")
    except (UnsupportedProductError, ApiError) as error:
        if isinstance(error, ApiError) and error.status_code in (_PASSING | {408}):
            raise Unready(str(error)) from error
        raise Refused(str(error)) from error
    except TransportError as error:
        raise Unready(str(error)) from error
    finally:
        await cluster.close()
