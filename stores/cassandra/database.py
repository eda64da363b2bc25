"""A keyspace, and what is asked of it: statements by their text, prepared once, sent in waves."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Self

from cassandra import (
    AuthenticationFailed,
    OperationTimedOut,
    ReadFailure,
    ReadTimeout,
    UnresolvableContactPoints,
    WriteFailure,
    WriteTimeout,
)
from cassandra import Unavailable as TooFewReplicas
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, NoHostAvailable, Session
from cassandra.connection import ConnectionBusy, ConnectionException
from cassandra.pool import NoConnectionsAvailable
from cassandra.protocol import IsBootstrappingErrorMessage, OverloadedErrorMessage, ServerError
from cassandra.query import BatchStatement, BatchType, BoundStatement, PreparedStatement

from domain.errors import Unavailable
from stores.cassandra.address import NAMED, Address
from stores.cassandra.slots import Slots
from stores.cassandra.stamps import Stamps
from stores.cassandra.waves import Rows, Wave

WAVE = 64
"""Requests sent in a row; the loop has its turn in between."""
REQUESTS = 1_024
"""On their way at once."""
ADMITTED_SECONDS = 5.0
"""How long a wave waits for others to end."""
IDS_AT_ONCE = 100

Row = tuple[Any, ...]

_logger = logging.getLogger(__name__)

FAILURES = (
    OSError,
    NoHostAvailable,
    NoConnectionsAvailable,
    ConnectionException,
    ConnectionBusy,
    OperationTimedOut,
    TooFewReplicas,
    ReadTimeout,
    WriteTimeout,
    ReadFailure,
    WriteFailure,
    OverloadedErrorMessage,
    IsBootstrappingErrorMessage,
    ServerError,
    AuthenticationFailed,
    UnresolvableContactPoints,
)


class Query(NamedTuple):
    """A statement's text, and its arguments. It must be idempotent: it may be carried out twice."""

    cql: str
    arguments: tuple[Any, ...] = ()


class Among(NamedTuple):
    """A statement that reads many partitions: its first argument is a list of ids, as in `id IN ?`. `key`: what their
    partition keys have besides, which the statement's next arguments begin with."""

    cql: str
    ids: Iterable[int]
    key: tuple[int, ...] = ()
    arguments: tuple[Any, ...] = ()


class _Routed(BoundStatement):  # type: ignore[misc]
    """One that names several partitions, sent to a replica of one of them."""

    routing_key: bytes | None = None


class Database:
    """One keyspace of a cluster, shared by all stores that are kept there."""

    def __init__(self, cluster: Cluster, session: Session) -> None:
        self._cluster = cluster
        self._session = session
        self._prepared: dict[str, PreparedStatement] = {}
        self._slots = Slots(REQUESTS)
        self.stamps = Stamps()

    @classmethod
    async def open(cls, url: str) -> Self:
        """Raises ValueError for what is no such URL, and the driver's error where no node can be reached."""
        address = Address.parse(url)
        cluster = await asyncio.to_thread(address.cluster)
        try:
            session = await asyncio.to_thread(cluster.connect, address.keyspace)
        except BaseException:
            cluster.shutdown()
            raise
        session.default_fetch_size = None  # what is asked for has a limit
        return cls(cluster, session)

    async def close(self) -> None:
        """Waits for what is on its way; later calls are Unavailable."""
        try:
            async with asyncio.timeout(ADMITTED_SECONDS):
                await self._slots.take(REQUESTS)
        except TimeoutError:
            _logger.warning("cassandra: requests are left unanswered")
        else:
            self._slots.give(REQUESTS)
        await asyncio.to_thread(self._cluster.shutdown)

    async def ping(self, store: str) -> None:
        """Raises Unavailable(store)."""
        await self.prepare(store, [_PING])
        await self.ask(store, [Query(_PING)])

    async def prepare(self, store: str, statements: Iterable[str]) -> None:
        """Makes the statements known, once for all stores."""
        async with answering(store):
            missing = [cql for cql in dict.fromkeys(statements) if cql not in self._prepared]
            prepared = await asyncio.gather(*(asyncio.to_thread(self._session.prepare, cql) for cql in missing))
        for cql, statement in zip(missing, prepared, strict=True):
            statement.is_idempotent = True
            self._prepared[cql] = statement

    async def ask(self, store: str, queries: Sequence[Query]) -> list[Rows]:
        """The rows of each, all asked at once."""
        return await self._send(store, [self._prepared[query.cql].bind(query.arguments) for query in queries])

    async def among(self, store: str, queries: Sequence[Among]) -> list[Rows]:
        """The rows of each: one request per replica, which reads what it has itself, where one per id would cost ten
        times as much."""
        parts = [(place, ids) for place, query in enumerate(queries) for ids in self._by_replica(query)]
        answers = await self._send(store, [self._routed(queries[place], ids) for place, ids in parts])
        found: list[Rows] = [[] for _ in queries]
        for (place, _), rows in zip(parts, answers, strict=True):
            found[place] += rows
        return found

    async def write(self, store: str, queries: Sequence[Query]) -> None:
        """All of them or, at last, none: a logged batch."""
        batch = BatchStatement(BatchType.LOGGED)
        batch.is_idempotent = True
        for query in queries:
            batch.add(self._prepared[query.cql].bind(query.arguments))
        await self._send(store, [batch])

    async def claim(self, store: str, queries: Sequence[Query]) -> list[dict[str, Any]]:
        """The row that each conditional statement answers with; its `[applied]` says whether it was carried out. One
        that was tried again may be answered by what it did itself."""
        statements = [self._prepared[query.cql].bind(query.arguments) for query in queries]
        return [rows[0] for rows in await self._send(store, statements, NAMED)]

    async def _send(self, store: str, statements: Sequence[Any], profile: object = EXEC_PROFILE_DEFAULT) -> list[Rows]:
        waves = [statements[start : start + WAVE] for start in range(0, len(statements), WAVE)]
        async with answering(store):
            if len(waves) == 1:
                return await self._wave(waves[0], profile)
            answers = await asyncio.gather(*(self._wave(wave, profile) for wave in waves))
            return [rows for answer in answers for rows in answer]

    async def _wave(self, statements: Sequence[Any], profile: object) -> list[Rows]:
        """It keeps its slots until it is answered, whether or not its caller still waits."""
        async with asyncio.timeout(ADMITTED_SECONDS):
            await self._slots.take(len(statements))
        try:
            wave = Wave(self._session, statements, profile)
        except BaseException:
            self._slots.give(len(statements))
            raise
        wave.done.add_done_callback(lambda _: self._slots.give(len(statements)))
        return await asyncio.shield(wave.done)

    def _routed(self, query: Among, ids: Sequence[int]) -> _Routed:
        statement = _Routed(self._prepared[query.cql])
        statement.bind((ids, *query.key, *query.arguments))
        statement.routing_key = _routing_key(ids[0], *query.key)
        return statement

    def _by_replica(self, query: Among) -> list[list[int]]:
        """The ids in groups of those that lie on one node, no larger than IDS_AT_ONCE."""
        groups: dict[object, list[int]] = defaultdict(list)
        one = len(self._cluster.metadata.all_hosts()) == 1
        for each in dict.fromkeys(query.ids):
            groups[None if one else self._replica(_routing_key(each, *query.key))].append(each)
        return [
            group[start : start + IDS_AT_ONCE]
            for group in groups.values()
            for start in range(0, len(group), IDS_AT_ONCE)
        ]

    def _replica(self, routing_key: bytes) -> object:
        replicas = self._cluster.metadata.get_replicas(self._session.keyspace, routing_key)
        return replicas[0] if replicas else None


_PING = "SELECT release_version FROM system.local"


def _routing_key(*parts: int) -> bytes:
    """A partition key of numbers of 64 bits, as its token is made from it."""
    packed = [part.to_bytes(8, signed=True) for part in parts]
    return packed[0] if len(packed) == 1 else b"".join(b"\0\x08" + part + b"\0" for part in packed)


@asynccontextmanager
async def answering(store: str) -> AsyncIterator[None]:
    """Raises Unavailable(store) where the cluster doesn't answer."""
    try:
        yield
    except FAILURES as error:
        raise Unavailable(store) from error
