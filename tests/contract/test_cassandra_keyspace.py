"""A keyspace as adapters see it: answers in the order of the questions, and Unavailable when nobody answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import pytest

from domain.errors import Unavailable
from stores.cassandra import Address, Among, Database, Query, ask
from stores.cassandra.database import REQUESTS, WAVE
from stores.reach import Refused, Unready

pytestmark = pytest.mark.cassandra

ECHO = "SELECT owner_id, bucket FROM buckets WHERE owner_id = ? AND list = 'echo'"
WRITE = "INSERT INTO buckets (owner_id, list, bucket) VALUES (?, 'echo', ?)"
AMONG = "SELECT owner_id FROM buckets WHERE owner_id IN ? AND list = ?"


class Wire:
    """A port that leads to the server, and can be cut."""

    def __init__(self, host: str, port: int) -> None:
        self._to = host, port
        self._writers: list[asyncio.StreamWriter] = []
        self.port = 0

    async def lay(self) -> None:
        """The same port each time."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._to)
        self._writers += [writer, back]
        await asyncio.gather(_pump(reader, back), _pump(there, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def wired(url: str) -> AsyncIterator[tuple[Wire, str]]:
    address = Address.parse(url)
    wire = Wire(address.hosts[0], address.port)
    await wire.lay()
    try:
        yield wire, urlsplit(url)._replace(netloc=f"127.0.0.1:{wire.port}").geturl()
    finally:
        await wire.cut()


async def test_answers_come_in_the_order_of_the_questions(keyspace: Database) -> None:
    """Many more than are sent at once, from callers who don't wait for each other."""
    await keyspace.prepare("tweets", [ECHO, WRITE])
    many = range(2 * REQUESTS + 7)
    await keyspace.ask("tweets", [Query(WRITE, (each, each * 2)) for each in many])
    answers = await asyncio.gather(*(keyspace.ask("tweets", [Query(ECHO, (each,)) for each in many]) for _ in range(3)))
    assert answers == [[[(each, each * 2)] for each in many]] * 3
    assert await keyspace.ask("tweets", []) == []


async def test_any_number_of_partitions_is_read_at_once(keyspace: Database) -> None:
    await keyspace.prepare("tweets", [AMONG, WRITE])
    await keyspace.ask("tweets", [Query(WRITE, (each, 1)) for each in range(-125, 125)])
    many, few, none = [Among(AMONG, ids, (), ("echo",)) for ids in ([*range(-200, 200), 1, 1], [3, 200], [])]
    found = await keyspace.among("tweets", [many, few, none])
    assert sorted(each for (each,) in found[0]) == list(range(-125, 125))
    assert found[1:] == [[(3,)], []]


async def test_a_batch_is_written_as_a_whole(keyspace: Database) -> None:
    await keyspace.prepare("tweets", [ECHO, WRITE])
    await keyspace.write("tweets", [Query(WRITE, (each, 1)) for each in range(20)])
    assert await keyspace.ask("tweets", [Query(ECHO, (each,)) for each in range(20)]) == [[(e, 1)] for e in range(20)]


async def test_places_among_those_admitted_are_given_back(keyspace: Database) -> None:
    """By callers who are gone as well, and by what could not even be sent."""
    await keyspace.prepare("tweets", [ECHO])
    queries = [Query(ECHO, (each,)) for each in range(WAVE)]
    for _ in range(3):
        calls = [asyncio.create_task(keyspace.ask("tweets", queries)) for _ in range(3 * REQUESTS // WAVE)]
        await asyncio.sleep(0)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
    for _ in range(2 * REQUESTS // WAVE):
        with pytest.raises(TypeError):
            await keyspace.ask("tweets", [Query(ECHO, ("no number",))])
    async with asyncio.timeout(10):
        for _ in range(REQUESTS // WAVE):
            await keyspace.ask("tweets", queries)


async def test_a_server_that_goes_away_is_unavailable_until_it_is_back(cassandra_keyspace: str) -> None:
    async with wired(cassandra_keyspace) as (wire, url):
        database = await Database.open(url)
        await database.ping("tweets")
        await wire.cut()
        with pytest.raises(Unavailable, match="The tweets store"):
            await database.ping("tweets")
        await wire.lay()
        async with asyncio.timeout(20):
            while True:
                with suppress(Unavailable):
                    await database.ping("tweets")
                    break
                await asyncio.sleep(0.05)
        await database.close()


async def test_what_is_closed_is_unavailable(cassandra_keyspace: str) -> None:
    database = await Database.open(cassandra_keyspace)
    await database.ping("tweets")
    await database.close()
    with pytest.raises(Unavailable):
        await database.ping("tweets")


async def test_who_asks_at_the_start_is_told_what_is_wrong(cassandra_keyspace: str) -> None:
    await ask(cassandra_keyspace)
    with pytest.raises(Refused, match="names its data centre"):
        await ask(cassandra_keyspace.partition("?")[0])
    with pytest.raises(Unready, match="data centre: elsewhere"):
        await ask(f"{cassandra_keyspace.partition('?')[0]}?datacenter=elsewhere")
    async with wired(cassandra_keyspace) as (wire, url):
        await wire.cut()
        with pytest.raises(Unready, match="refused"):
            await ask(url)
        await wire.lay()
