"""Base of the adapters on Cassandra."""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any, ClassVar, Self, TypeVar

from stores.cassandra.database import Among, Database, Query, Row

T = TypeVar("T")


class CassandraStore:
    """One port's calls."""

    port: ClassVar[str]
    statements: ClassVar[tuple[str, ...]] = ()
    """The texts of all that the class itself sends."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._working: set[asyncio.Task[Any]] = set()

    @classmethod
    async def open(cls, database: Database) -> Self:
        """Prepares what the class and its bases send. Raises Unavailable."""
        await database.prepare(cls.port, (cql for base in cls.__mro__ for cql in vars(base).get("statements", ())))
        return cls(database)

    async def _rows(self, cql: str, *arguments: object) -> list[Row]:
        [rows] = await self._ask([Query(cql, arguments)])
        return rows

    async def _ask(self, queries: Sequence[Query]) -> list[list[Row]]:
        return await self._database.ask(self.port, queries)

    async def _among(self, cql: str, ids: Iterable[int], *arguments: object) -> list[Row]:
        [rows] = await self._all_among([Among(cql, ids, (), arguments)])
        return rows

    async def _all_among(self, queries: Sequence[Among]) -> list[list[Row]]:
        return await self._database.among(self.port, queries)

    async def _write(self, queries: Sequence[Query]) -> None:
        await self._database.write(self.port, queries)

    async def _claim(self, *queries: Query) -> list[dict[str, Any]]:
        return await self._database.claim(self.port, queries)

    async def _to_the_end(self, work: Coroutine[Any, Any, T]) -> T:
        """Writes of several steps are not left half done because their caller doesn't wait any more."""
        task = asyncio.create_task(work)
        self._working.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._working.discard(task)
        if not task.cancelled():
            task.exception()  # is seen, even if nobody waits any more
