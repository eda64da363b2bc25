"""Waiting at the start until the servers that the settings name take commands."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl, urlencode, urlsplit

import asyncpg
from redis.exceptions import RedisError

from settings import Settings
from stores.opening import POSTGRES_SCHEMES, REDIS_SCHEMES, store_url
from stores.redis import open_client

PATIENCE_SECONDS = 5.0
PAUSE_SECONDS = 0.2

_PASSING = (OSError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError, RedisError)
_FAILURES = (*_PASSING, asyncpg.PostgresError, asyncpg.InterfaceError)

_logger = logging.getLogger(__name__)


class Unreachable(ConnectionError):
    """A server gives no answer, or lets nobody in; the message names the setting, the URL without its password, and the
    reason."""


async def reach(settings: Settings) -> None:
    """Returns once each server has answered; those that are still starting have PATIENCE_SECONDS. Raises WrongUrl or
    Unreachable."""
    await _reach("DATABASE_URL", store_url("DATABASE_URL", settings.database_url, POSTGRES_SCHEMES), _connect)
    await _reach("REDIS_URL", store_url("REDIS_URL", settings.redis_url, REDIS_SCHEMES), _ping)
    if settings.queue_url:
        await _reach("QUEUE_URL", store_url("QUEUE_URL", settings.queue_url, REDIS_SCHEMES), _ping)


def shown(url: str) -> str:
    """A URL as messages may show it."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    query = urlencode([pair for pair in parse_qsl(parts.query) if pair[0] != "password"], safe="/")
    return parts._replace(netloc=user.partition(":")[0] + at + host, query=query).geturl()


async def _reach(name: str, url: str, ask: Callable[[str], Awaitable[None]]) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE_SECONDS
    waiting = False
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                return await ask(url)
        except _FAILURES as error:
            if not isinstance(error, _PASSING) or loop.time() + PAUSE_SECONDS > deadline:
                reason = str(error) or "no answer"
                raise Unreachable(f"STARLING_{name}: {shown(url)} can't be reached: {reason}") from error
            if not waiting:
                _logger.warning("waiting for %s: %s", shown(url), error)
            waiting = True
        await asyncio.sleep(PAUSE_SECONDS)


async def _connect(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.close()


async def _ping(url: str) -> None:
    client = open_client(url, 1)
    try:
        await client.ping()
    finally:
        await client.aclose()
