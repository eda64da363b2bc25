"""Migrations of Neo4j: each applied once, whoever starts at the same time."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from neo4j import AsyncDriver
from neo4j.exceptions import ClientError

from migrations.neo4j.target import FOLDER, Neo4jTarget
from migrations.runner import MigrationError, migrate
from stores.neo4j import driver_of

pytestmark = pytest.mark.neo4j

NAMES = [path.stem for path in sorted(FOLDER.glob("*.cypher"))]
FILES = {
    "0001_a": "// A first one.\nCREATE CONSTRAINT test_a IF NOT EXISTS FOR (t:Test) REQUIRE t.id IS UNIQUE;\n",
    "0002_b": "UNWIND [1, 2] AS id MERGE (:Test {id: id});\nCREATE INDEX test_b IF NOT EXISTS FOR (t:Test) ON (t.b);\n",
}
FORGET = "MATCH (node:Migration|Test) DELETE node"


async def run(driver: AsyncDriver, statement: str) -> list[Any]:
    async with driver.session() as session:
        return [record[0] async for record in await session.run(statement)]


@pytest.fixture
async def bare(neo4j_server: str) -> AsyncIterator[AsyncDriver]:
    """The one database that there is, as if nothing had been recorded in it; put right again afterwards."""
    async with driver_of(neo4j_server, connections=3) as driver:
        await run(driver, FORGET)
        yield driver
        await run(driver, "DROP CONSTRAINT test_a IF EXISTS")
        await run(driver, "DROP INDEX test_b IF EXISTS")
        await run(driver, FORGET)
        await migrate(Neo4jTarget(neo4j_server))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / f"{name}.cypher").write_text(text)
    return tmp_path


async def made(driver: AsyncDriver) -> tuple[list[str], list[int]]:
    """Indexes, and nodes, of the test's own files."""
    indexes = (
        "SHOW INDEXES YIELD name, state WHERE name STARTS WITH 'test' AND state = 'ONLINE' RETURN name ORDER BY name"
    )
    return await run(driver, indexes), await run(driver, "MATCH (t:Test) RETURN t.id ORDER BY t.id")


async def test_processes_that_start_at_once_apply_it_once(neo4j_server: str, bare: AsyncDriver) -> None:
    applied = await asyncio.gather(*(migrate(Neo4jTarget(neo4j_server)) for _ in range(4)))
    assert sorted(applied) == [[], [], [], NAMES]
    assert await migrate(Neo4jTarget(neo4j_server)) == []
    assert await run(bare, "MATCH (m:Migration) RETURN m.name ORDER BY m.name") == NAMES


async def test_processes_that_start_at_once_on_an_empty_server_make_one_lock(
    neo4j_server: str, bare: AsyncDriver
) -> None:
    await run(bare, "DROP CONSTRAINT lock_name IF EXISTS")
    await run(bare, "MATCH (lock:Lock) DELETE lock")
    applied = await asyncio.gather(*(migrate(Neo4jTarget(neo4j_server)) for _ in range(4)))
    assert sorted(applied) == [[], [], [], NAMES]
    assert await run(bare, "MATCH (lock:Lock) RETURN lock.name ORDER BY lock.name") == ["migrations", "prune"]


async def test_what_is_new_is_added(neo4j_server: str, bare: AsyncDriver, folder: Path) -> None:
    assert await migrate(Neo4jTarget(neo4j_server, folder)) == ["0001_a", "0002_b"]
    assert await made(bare) == (["test_a", "test_b"], [1, 2])
    (folder / "0003_c.cypher").write_text("MERGE (:Test {id: 3})")
    assert await migrate(Neo4jTarget(neo4j_server, folder)) == ["0003_c"]
    assert await made(bare) == (["test_a", "test_b"], [1, 2, 3])


async def test_a_changed_file_is_named_and_nothing_is_done(neo4j_server: str, bare: AsyncDriver, folder: Path) -> None:
    await migrate(Neo4jTarget(neo4j_server, folder))
    (folder / "0001_a.cypher").write_text(FILES["0001_a"] + " ")
    (folder / "0003_c.cypher").write_text("MERGE (:Test {id: 3})")
    with pytest.raises(MigrationError, match=r"^0001_a was changed after it was applied"):
        await migrate(Neo4jTarget(neo4j_server, folder))
    assert (await made(bare))[1] == [1, 2]


async def test_a_file_that_was_broken_off_is_applied_again(neo4j_server: str, bare: AsyncDriver, folder: Path) -> None:
    (folder / "0002_b.cypher").write_text("UNWIND [1, 2] AS id MERGE (:Test {id: id});\nRETURN 1 / 0;\n")
    with pytest.raises(ClientError):
        await migrate(Neo4jTarget(neo4j_server, folder))
    assert await made(bare) == (["test_a"], [1, 2])
    (folder / "0002_b.cypher").write_text(FILES["0002_b"])
    assert await migrate(Neo4jTarget(neo4j_server, folder)) == ["0002_b"]
    assert await made(bare) == (["test_a", "test_b"], [1, 2])
