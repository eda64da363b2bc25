"""Import runs: one per file, none sharing a millisecond with another, and one import at a time."""

import asyncio

import pytest

from stores.imports import AlreadyImporting, ImportRun, ImportRuns
from stores.imports.postgres import PostgresImports
from stores.postgres import Database


@pytest.fixture
def imports(database: Database) -> ImportRuns:
    return PostgresImports(database)


async def test_a_file_that_is_seen_again_has_the_same_run(imports: ImportRuns) -> None:
    assert await imports.run_of(b"one", 1_000, 5) == ImportRun(0, 1_000)
    assert await imports.run_of(b"one", 9_000, 7) == ImportRun(0, 1_000)


async def test_a_run_begins_after_all_that_were_before(imports: ImportRuns) -> None:
    await imports.run_of(b"one", 1_000, 5)
    assert await imports.run_of(b"two", 1_000, 0) == ImportRun(1, 1_006)
    assert await imports.run_of(b"three", 900, 0) == ImportRun(2, 1_007)
    assert await imports.run_of(b"four", 2_000, 0) == ImportRun(3, 2_000)


async def test_runs_that_begin_at_once(imports: ImportRuns) -> None:
    files = [bytes([number]) for number in range(8)]
    runs = await asyncio.gather(*(imports.run_of(file, 1_000, 2) for file in files + files))
    assert sorted({run.number: run.started_ms for run in runs}.items()) == [(n, 1_000 + 3 * n) for n in range(8)]


async def test_one_import_at_a_time(imports: ImportRuns) -> None:
    async with imports.alone():
        with pytest.raises(AlreadyImporting):
            async with imports.alone():
                pass
    async with imports.alone():
        pass
