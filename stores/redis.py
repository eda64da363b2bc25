"""What the adapters on Redis (or Valkey) share: the client, Lua scripts, and what becomes Unavailable."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import ConnectionError as LostConnection
from redis.exceptions import OutOfMemoryError, ReadOnlyError, RedisError, ResponseError
from redis.exceptions import TimeoutError as SlowConnection

from domain.errors import Unavailable
from stores.reach import Unready

Client = Redis

ANSWER_SECONDS = 5.0
"""How long a caller waits for an answer, a free connection included."""

CONNECT_SECONDS = 2.0
IDLE_CHECK_SECONDS = 30
REFUSALS = re.compile(r"\b(MISCONF|MASTERDOWN|NOREPLICAS|BUSY)\b")
"""Error replies of a server that is there, but can't serve for now."""


def open_client(url: str, connections: int = 64) -> Client:
    """A client for redis://, rediss:// or unix://, to be closed by aclose(). It connects when first used; callers wait
    for a free connection. Nothing is retried: whether a command whose answer was lost has been carried out, nobody
    knows."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=None,
        socket_connect_timeout=CONNECT_SECONDS,
        health_check_interval=IDLE_CHECK_SECONDS,
    )
    return Redis.from_pool(pool)


@asynccontextmanager
async def answering(store: str, within: float = ANSWER_SECONDS) -> AsyncIterator[None]:
    """Bounds what is in it to some seconds, and raises Unavailable(store) where the server doesn't answer or takes no
    writes. A call that is cut off, by the deadline or by its caller, closes its connection, so that nobody else gets
    its answer. Serves as a decorator too."""
    try:
        async with asyncio.timeout(within):
            yield
    except (LostConnection, SlowConnection, TimeoutError, OutOfMemoryError, ReadOnlyError) as error:
        raise Unavailable(store) from error
    except ResponseError as error:
        if REFUSALS.search(str(error)):
            raise Unavailable(store) from error
        raise


async def ping(client: Client, store: str) -> None:
    """Raises Unavailable where the server doesn't answer."""
    async with answering(store):
        await client.ping()


async def ask(url: str) -> None:
    """Raises Unready where the server takes no commands yet."""
    client = open_client(url, 1)
    try:
        await client.ping()
    except (RedisError, OSError) as error:
        raise Unready(str(error)) from error
    finally:
        await client.aclose()


async def call(client: Client, *command: str | int | bytes) -> Any:
    """One command, for those whose methods redis-py types as both awaitable and not."""
    return await client.execute_command(*command)  # type: ignore[no-untyped-call]


class Script:
    """A Lua script, run by its hash and sent along only where the server doesn't know it yet."""

    def __init__(self, client: Client, *files: Path) -> None:
        """The files' texts make one script, definitions first."""
        self._script = client.register_script("\n".join(file.read_text("utf-8") for file in files))

    async def __call__(self, keys: list[str], args: list[bytes | str | int]) -> Any:
        return await self._script(keys=keys, args=args)
