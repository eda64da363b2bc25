"""What the Postgres adapters share: the pool, the translation of its failures, and lists that are read by pages."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Protocol, Self, TypeVar

import asyncpg
from asyncpg.pool import Pool, PoolConnectionProxy

from domain.errors import Unavailable
from domain.page import Link, Part, Window
from domain.snowflake import MAX_ID
from stores.reach import Refused, Unready

ACQUIRE_SECONDS = 5.0
"""How long a call waits for a connection of the pool, or for a new one to be made."""
COMMAND_SECONDS = 10.0
"""How long a statement may take. The slowest, a search for frequent words, takes a tenth of a second."""

STATEMENTS = 500
"""Prepared statements kept per connection: more than the adapters have, so that none is prepared twice."""

_FAILURES = (
    OSError,  # and TimeoutError, which is one
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TargetServerAttributeNotMatched,
)


class _WithId(Protocol):
    @property
    def id(self) -> int: ...


Row = TypeVar("Row", bound=_WithId)


class Database:
    """A pool of connections to one PostgreSQL (14 or later), shared by all stores that are kept there."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @classmethod
    async def open(cls, url: str, *, min_size: int = 2, max_size: int = 10) -> Self:
        """Connects `min_size` times at once. Raises the driver's error where the server can't be reached."""
        pool = await asyncpg.create_pool(
            url,
            min_size=min_size,
            max_size=max_size,
            timeout=ACQUIRE_SECONDS,
            command_timeout=COMMAND_SECONDS,
            statement_cache_size=STATEMENTS,
            max_cached_statement_lifetime=0,
            reset=_keep,
            server_settings={"application_name": "starling", "jit": "off"},
        )
        return cls(pool)

    async def close(self) -> None:
        """Waits for the calls in flight; later ones are Unavailable."""
        await self._pool.close()

    async def ping(self) -> None:
        """Raises Unavailable where the server doesn't answer."""
        async with self.connection("accounts") as connection:
            await connection.execute("SELECT 1")

    @asynccontextmanager
    async def connection(self, store: str) -> AsyncIterator[PoolConnectionProxy]:
        """A connection for the block. Raises Unavailable(store) where the server can't be reached, goes away, lacks the
        means, or takes too long."""
        try:
            async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
                try:
                    yield connection
                except asyncpg.InternalClientError as error:
                    # The server is saying goodbye to what was an idle connection, or the driver has lost the thread.
                    connection.terminate()
                    raise Unavailable(store) from error
                except asyncpg.InterfaceError as error:
                    if _is_closed(connection):
                        raise Unavailable(store) from error
                    raise
        except _FAILURES as error:
            raise Unavailable(store) from error
        except asyncpg.InterfaceError as error:
            if self._pool.is_closing():
                raise Unavailable(store) from error
            raise


async def ask(url: str) -> None:
    """Raises Unready where the server takes no connections yet, Refused where it lets nobody in."""
    try:
        connection = await asyncpg.connect(url)
    except (OSError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError) as error:
        raise Unready(str(error)) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Refused(str(error)) from error
    await connection.close()


async def _keep(_connection: object) -> None:
    """The adapters change no state of a session, so its reset, a round trip after each call, is left out."""


def _is_closed(connection: PoolConnectionProxy) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # it was closed, and the pool has dropped it
        return True


class ListQuery:
    """A list sorted by key, for many parents in one statement.

    `rows` is a SELECT of one table's `id AS key` and of `node_id` that ends in a condition on `parent.id`; an index on
    (that condition's column, id) must serve it, so that a page costs its own length wherever it lies in the list.
    """

    _PAGES = """
        SELECT parent.id AS parent_id, page.key, page.node_id
        FROM unnest($1::bigint[]) AS parent (id)
        CROSS JOIN LATERAL (<rows> AND id > $2 AND id <= $3 ORDER BY id <order> LIMIT $4) AS page
        ORDER BY page.key <order>
    """

    def __init__(self, rows: str) -> None:
        self._sql = both_ways(self._PAGES.replace("<rows>", rows))

    def statement(self, window: Window) -> str:
        """Takes the parents' ids and what `bounds` gives."""
        return self._sql[window.ascending]


def both_ways(sql: str) -> dict[bool, str]:
    """A statement with `<order>` in it, by whether its order is ascending."""
    return {False: sql.replace("<order>", "DESC"), True: sql.replace("<order>", "ASC")}


def bounds(window: Window) -> tuple[int, int, int]:
    """A window as (low, last, limit), for low < key <= last: that way each bound fits into 64 bits."""
    low = 0 if window.low is None else window.low
    last = MAX_ID if window.high is None else window.high - 1
    return low, last, window.limit


class PostgresStore:
    """Base of the adapters: one port's calls, mostly a statement each, which is a transaction of its own."""

    port: ClassVar[str]

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[PoolConnectionProxy]:
        """A transaction for the block, where one statement is not enough. Each of its statements sees what was
        committed when that statement began.
        https://www.postgresql.org/docs/18/transaction-iso.html#XACT-READ-COMMITTED"""
        async with (
            self._database.connection(self.port) as connection,
            connection.transaction(isolation="read_committed"),
        ):
            yield connection

    async def _fetch(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        async with self._database.connection(self.port) as connection:
            return await connection.fetch(sql, *arguments)

    async def _fetchrow(self, sql: str, *arguments: object) -> asyncpg.Record | None:
        async with self._database.connection(self.port) as connection:
            return await connection.fetchrow(sql, *arguments)

    async def _fetchval(self, sql: str, *arguments: object) -> Any:
        async with self._database.connection(self.port) as connection:
            return await connection.fetchval(sql, *arguments)

    async def _fetchdict(self, sql: str, *arguments: object) -> dict[Any, Any]:
        """The second column by the first."""
        return {row[0]: row[1] for row in await self._fetch(sql, *arguments)}

    async def _part(self, rows: Sequence[Row], limit: int, extent: str) -> Part[Row]:
        """What was read of a table in the order of its ids; `extent` is a statement for the smallest and largest."""
        if len(rows) < limit:
            return Part(rows, None, 1.0)
        [(low, high)] = await self._fetch(extent)
        return Part(rows, str(rows[-1].id), (rows[-1].id - low) / max(high - low, 1))

    async def _pages(self, query: ListQuery, parent_ids: Iterable[int], window: Window) -> dict[int, Sequence[Link]]:
        """A page of each parent's list; for every id given."""
        pages: dict[int, list[Link]] = {parent_id: [] for parent_id in parent_ids}
        for parent_id, key, node_id in await self._fetch(query.statement(window), list(pages), *bounds(window)):
            pages[parent_id].append(Link(key, node_id))
        return dict(pages)
