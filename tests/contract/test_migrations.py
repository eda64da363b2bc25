"""Migrations: each applied once, in order, whole or not at all."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from migrations.postgres.target import FOLDER, PostgresTarget
from migrations.runner import MigrationError, migrate

FILES = {"0001_a": "CREATE TABLE a (id int); INSERT INTO a VALUES (1);", "0002_b": "CREATE TABLE b (id int);"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, sql in FILES.items():
        (tmp_path / f"{name}.sql").write_text(sql)
    return tmp_path


async def tables(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        return [row["tablename"] for row in rows]
    finally:
        await connection.close()


async def test_the_schema_is_applied_once(bare_url: str) -> None:
    names = [path.stem for path in sorted(FOLDER.glob("*.sql"))]
    assert names[0] == "0001_accounts"
    assert await migrate(PostgresTarget(bare_url)) == names
    assert await migrate(PostgresTarget(bare_url)) == []


async def test_processes_that_start_at_once_apply_it_once(bare_url: str) -> None:
    names = [path.stem for path in sorted(FOLDER.glob("*.sql"))]
    applied = await asyncio.gather(*(migrate(PostgresTarget(bare_url)) for _ in range(4)))
    assert sorted(applied) == [[], [], [], names]


async def test_what_is_new_is_added(bare_url: str, folder: Path) -> None:
    assert await migrate(PostgresTarget(bare_url, folder)) == ["0001_a", "0002_b"]
    (folder / "0003_c.sql").write_text("CREATE TABLE c (id int);")
    assert await migrate(PostgresTarget(bare_url, folder)) == ["0003_c"]
    assert await tables(bare_url) == ["a", "b", "c", "migrations"]


async def test_a_changed_file_is_named_and_nothing_is_done(bare_url: str, folder: Path) -> None:
    await migrate(PostgresTarget(bare_url, folder))
    (folder / "0001_a.sql").write_text(FILES["0001_a"] + " ")
    (folder / "0003_c.sql").write_text("CREATE TABLE c (id int);")
    with pytest.raises(MigrationError, match=r"^0001_a was changed after it was applied"):
        await migrate(PostgresTarget(bare_url, folder))
    assert await tables(bare_url) == ["a", "b", "migrations"]


async def test_what_a_later_version_applied_is_named(bare_url: str, folder: Path) -> None:
    await migrate(PostgresTarget(bare_url, folder))
    (folder / "0002_b.sql").unlink()
    with pytest.raises(MigrationError, match=r"^0002_b was applied to the database by another version"):
        await migrate(PostgresTarget(bare_url, folder))


async def test_a_file_with_an_old_number_is_named(bare_url: str, folder: Path) -> None:
    await migrate(PostgresTarget(bare_url, folder))
    (folder / "0001_z.sql").write_text("CREATE TABLE z (id int);")
    with pytest.raises(MigrationError, match=r"^0001_z is older than what was applied"):
        await migrate(PostgresTarget(bare_url, folder))
    assert await tables(bare_url) == ["a", "b", "migrations"]


async def test_a_file_that_fails_leaves_nothing_of_itself(bare_url: str, folder: Path) -> None:
    (folder / "0002_b.sql").write_text("CREATE TABLE b (id int); SELECT 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(PostgresTarget(bare_url, folder))
    assert await tables(bare_url) == ["a", "migrations"]
    (folder / "0002_b.sql").write_text(FILES["0002_b"])
    assert await migrate(PostgresTarget(bare_url, folder)) == ["0002_b"]
