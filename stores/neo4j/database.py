"""What the Neo4j adapters share: the connection, how calls are repeated, and the translation of failures."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from neo4j import AsyncDriver, AsyncGraphDatabase, Query
from neo4j.exceptions import (
    ConnectionPoolError,
    ConstraintError,
    DatabaseError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from domain.errors import Unavailable
from stores.neo4j.plans import PLAN_SECONDS, Plans
from stores.reach import Refused, Unready

CONNECTIONS = 10
"""Of a process. Each open transaction takes 2 MiB of the server's heap: as many processes as share it must fit in."""
ACQUIRE_SECONDS = 5.0
"""How long a call waits for a connection of the pool, or for a new one to be made."""
COMMAND_SECONDS = 10.0
"""After so long the server ends a transaction."""
CALL_SECONDS = ACQUIRE_SECONDS + COMMAND_SECONDS
REPEAT_SECONDS = 5.0
"""For how long a call whose transaction was turned down is begun anew."""
PAUSE_SECONDS = 0.02

_LOST = (ServiceUnavailable, SessionExpired)
_TURNED_DOWN = (
    TransientError,  # a deadlock, no memory left
    ConstraintError,  # somebody else made the same at once, and has committed it by now
)
_FAILURES = (*_LOST, ConnectionPoolError, TransientError, DatabaseError, OSError)
_PING = "RETURN 1"

_PLANNED_ONCE = "CYPHER replan=skip "
"""Statements name their indexes, so that their plans are good however much there is: to plan one anew as the graph
grows would take up to a second each time."""

_ENDED = tuple(
    f"Neo.ClientError.Transaction.{end}" for end in ("TransactionTimedOut", "Terminated", "LockClientStopped")
)


class Neo4jDatabase:
    """Connections to one Neo4j (5.26 or later), shared by all stores that are kept there.

    Each call is one statement, which is a transaction of its own and returns one value: records cost more than what is
    in them. What it is given lies in one map, `$given`: the server plans a statement anew for each size, by powers of
    ten, that a list or a text has which is a parameter by itself.
    """

    def __init__(self, driver: AsyncDriver, name: str, connections: int = CONNECTIONS) -> None:
        self._driver = driver
        self._name = name
        self._closing = False
        self._plans = Plans(self._explain)
        self._writes: set[asyncio.Task[Any]] = set()
        # Writes may wait for each other's locks; reads find a connection all the same.
        self._writing = asyncio.Semaphore(max(1, connections // 2))

    @classmethod
    async def open(cls, url: str, *, connections: int = CONNECTIONS) -> Self:
        """Connects once. The URL is bolt://user:password@host:port/database or neo4j://…, the database by default
        neo4j. Raises Unavailable where the server doesn't answer, the driver's error where it refuses."""
        database = cls(driver_of(url, connections), database_of(url), connections)
        try:
            async with database._answering("graph"):
                await database._run_planned(_PING, {})
        except BaseException:
            await database.close()
            raise
        return database

    async def close(self) -> None:
        """Waits for the writes in flight; later calls are Unavailable."""
        self._closing = True
        if self._writes:
            await asyncio.wait(self._writes)
        await self._plans.close()
        await self._driver.close()

    async def ping(self) -> None:
        """Raises Unavailable where the server doesn't answer."""
        await self.read("graph", _PING)

    async def read(self, store: str, statement: str, **given: object) -> Any:
        """The statement's value. Raises Unavailable(store) where the server can't be reached, goes away, lacks the
        means, or takes too long."""
        async with self._answering(store):
            return await self._repeated(statement, given)

    async def write(self, store: str, statement: str, **given: object) -> Any:
        """As `read`. The statement must do the same when it is done twice, since it is: where the connection is lost,
        nobody knows whether it was committed.

        A caller who is cancelled leaves it to end by itself: to break it off would cost the connection, and leave that
        unknown as well.
        """
        task = asyncio.create_task(self._write(statement, given), name="neo4j write")
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        async with self._answering(store):
            return await asyncio.shield(task)

    async def _write(self, statement: str, given: Mapping[str, object]) -> Any:
        async with asyncio.timeout(CALL_SECONDS):
            await self._writing.acquire()
        try:
            return await self._repeated(statement, given)
        finally:
            self._writing.release()

    async def _repeated(self, statement: str, given: Mapping[str, object]) -> Any:
        """A lost connection is made anew once: the server may have restarted since it was used."""
        until = asyncio.get_running_loop().time() + REPEAT_SECONDS
        was_lost = False
        async with asyncio.timeout(CALL_SECONDS):
            while True:
                try:
                    return await self._run_planned(statement, given)
                except _LOST:
                    self._plans.forget()
                    if was_lost or self._closing:
                        raise
                    was_lost = True
                except _TURNED_DOWN:
                    if asyncio.get_running_loop().time() > until:
                        raise
                await asyncio.sleep(random.uniform(0, PAUSE_SECONDS))  # noqa: S311 - so that two don't meet again

    async def _run_planned(self, statement: str, given: Mapping[str, object]) -> Any:
        await self._plans.ensure(statement)
        return await self._run(statement, given)

    async def _explain(self, statement: str) -> None:
        """Has it planned, and nothing done. The plan is that for all that may be given, since they are of one type."""
        async with self._driver.session(database=self._name) as session:
            query = Query(f"{_PLANNED_ONCE}EXPLAIN {statement}", timeout=PLAN_SECONDS)
            await (await session.run(query, {"given": {}})).consume()

    async def _run(self, statement: str, given: Mapping[str, object]) -> Any:
        async with self._driver.session(database=self._name) as session:
            result = await session.run(Query(_PLANNED_ONCE + statement, timeout=COMMAND_SECONDS), {"given": given})
            return (await result.single(strict=True))[0]  # read to its end: only then is it committed

    @asynccontextmanager
    async def _answering(self, store: str) -> AsyncIterator[None]:
        if self._closing:
            raise Unavailable(store)
        try:
            yield
        except _FAILURES as error:
            raise Unavailable(store) from error
        except Neo4jError as error:
            if (error.code or "").startswith(_ENDED):
                raise Unavailable(store) from error
            raise
        except DriverError as error:
            if self._closing:
                raise Unavailable(store) from error
            raise


def driver_of(url: str, connections: int) -> AsyncDriver:
    """Connects at its first use. Sessions go to the leader of a cluster, unless they say otherwise: others may lag, and
    what one process has written another must find."""
    parts = urlsplit(url)
    return AsyncGraphDatabase.driver(
        parts._replace(netloc=parts.netloc.rpartition("@")[2], path="").geturl(),
        auth=(unquote(parts.username), unquote(parts.password or "")) if parts.username else None,
        max_connection_pool_size=connections,
        connection_acquisition_timeout=ACQUIRE_SECONDS,
        connection_timeout=ACQUIRE_SECONDS,
        notifications_min_severity="OFF",
        disable_auto_commit_retries=True,
        telemetry_disabled=True,
        user_agent="starling",
    )


def database_of(url: str) -> str:
    """The name of its database."""
    return urlsplit(url).path.strip("/") or "neo4j"


async def ask(url: str) -> None:
    """Raises Unready where the server takes no statements yet, Refused where it lets nobody in."""
    try:
        database = await Neo4jDatabase.open(url, connections=1)
    except Unavailable as error:
        raise Unready(str(error.__cause__)) from error
    except (DriverError, Neo4jError) as error:
        raise Refused(str(error)) from error
    await database.close()
