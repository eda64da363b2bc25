"""The connection to Neo4j: a server that is gone is Unavailable, and works again when it is back."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from neo4j.exceptions import CypherSyntaxError

from domain.errors import Unavailable
from stores.neo4j import Neo4jDatabase, ask, database_of
from stores.neo4j import database as stores_neo4j
from stores.reach import Refused, Unready
from tests.contract.neo4j_fixtures import wired
from tests.support.servers import free_port
from tests.support.wire import Wire

pytestmark = pytest.mark.neo4j

LOCK = "MERGE (lock:Lock {name: 'test'}) SET lock.locked = true RETURN 1"


@pytest.fixture
async def wire(neo4j_server: str) -> AsyncIterator[Wire]:
    async with Wire("127.0.0.1", urlsplit(neo4j_server).port or 7687).open() as wire:
        yield wire


async def unavailable(database: Neo4jDatabase, statement: str = "RETURN 1") -> None:
    with pytest.raises(Unavailable) as raised:
        await database.read("graph", statement)
    assert raised.value.extensions() == {"code": "UNAVAILABLE", "store": "graph"}


async def test_connections_that_were_cut_are_replaced(neo4j_server: str, wire: Wire) -> None:
    database = await Neo4jDatabase.open(wired(neo4j_server, wire), connections=3)
    for _ in range(3):
        await asyncio.gather(*(database.read("graph", "RETURN 1") for _ in range(6)))
        wire.cut()
    await database.close()


async def test_a_server_that_is_gone_is_unavailable_until_it_is_back(neo4j_server: str, wire: Wire) -> None:
    database = await Neo4jDatabase.open(wired(neo4j_server, wire))
    wire.refuse()
    for _ in range(3):
        await unavailable(database)
    wire.cut()
    assert await database.read("graph", "RETURN 2") == 2
    await database.close()


async def test_a_server_that_says_nothing_is_unavailable(
    neo4j_server: str, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await Neo4jDatabase.open(wired(neo4j_server, wire), connections=1)
    monkeypatch.setattr(stores_neo4j, "CALL_SECONDS", 0.2)
    wire.lose_answers()
    await unavailable(database)
    with pytest.raises(Unavailable):
        await database.write("graph", "RETURN 1")
    wire.cut()
    assert await database.read("graph", "RETURN 2") == 2
    await database.close()


async def test_waiting_for_a_connection_ends(neo4j_server: str, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores_neo4j, "ACQUIRE_SECONDS", 0.2)
    database = await Neo4jDatabase.open(wired(neo4j_server, wire), connections=1)
    wire.lose_answers()
    holding = asyncio.create_task(database.read("graph", "RETURN 1"))
    await asyncio.sleep(0)
    await unavailable(database)
    wire.cut()
    assert await holding == 1
    await database.close()


async def test_a_statement_that_takes_too_long_is_unavailable(
    neo4j_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await Neo4jDatabase.open(neo4j_server)
    monkeypatch.setattr(stores_neo4j, "COMMAND_SECONDS", 0.3)
    await unavailable(database, "UNWIND range(1, 1000000000) AS n RETURN sum(n % 7)")
    assert await database.read("graph", "RETURN 2") == 2
    await database.close()


async def test_a_write_that_is_planned_first_is_done_once(neo4j_server: str, wire: Wire) -> None:
    """At the first use of a connection, and after its loss."""
    database = await Neo4jDatabase.open(wired(neo4j_server, wire))
    create = f"CREATE (:Test {{key: $given.key}}) RETURN 1 AS a{secrets.token_hex(4)}"
    count = "MATCH (test:Test) RETURN count(*)"
    for number in range(1, 3):
        await asyncio.gather(*(database.write("graph", create, key=key) for key in range(3)))
        assert await database.read("graph", count) == 3 * number
        wire.cut()
    await database.read("graph", "MATCH (test:Test) DELETE test RETURN count(*)")
    await database.close()


async def test_a_closed_database_is_unavailable(neo4j_server: str) -> None:
    database = await Neo4jDatabase.open(neo4j_server)
    await database.ping()
    await database.close()
    await unavailable(database)
    with pytest.raises(Unavailable):
        await database.ping()


async def test_a_statement_that_is_wrong_is_not_the_servers_fault(neo4j_server: str) -> None:
    database = await Neo4jDatabase.open(neo4j_server)
    with pytest.raises(CypherSyntaxError):
        await database.read("graph", "RETURN")
    await database.close()


async def test_asking_tells_why_there_is_no_answer(neo4j_server: str) -> None:
    await ask(neo4j_server)
    parts = urlsplit(neo4j_server)
    with pytest.raises(Unready):
        await ask(f"bolt://127.0.0.1:{free_port()}")
    with pytest.raises(Refused):
        await ask(parts._replace(netloc=f"nobody:wrong@127.0.0.1:{parts.port}").geturl())
    with pytest.raises(Refused):
        await ask(parts._replace(path="/nowhere").geturl())


async def test_a_server_that_answers_too_late_is_asked_again(
    neo4j_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that has just been started may."""
    monkeypatch.setattr(stores_neo4j, "_PING", "UNWIND range(1, 1000000000) AS n RETURN sum(n % 7)")
    monkeypatch.setattr(stores_neo4j, "COMMAND_SECONDS", 0.3)
    with pytest.raises(Unready):
        await ask(neo4j_server)
    with pytest.raises(Unavailable):
        await Neo4jDatabase.open(neo4j_server)


def test_a_url_names_its_database() -> None:
    assert database_of("bolt://neo4j:secret@127.0.0.1:7687") == "neo4j"
    assert database_of("neo4j+s://127.0.0.1/starling") == "starling"
