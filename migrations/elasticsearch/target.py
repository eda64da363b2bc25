"""Migrates an Elasticsearch: each file says what indexes are made with from then on.

A file is a JSON object: by the kind of an index, `settings` and `mappings`, which are put over those of the files
before. The first index of a kind is made at once. One that is there stays as it was made until `make reindex` makes
another: what lies in an index can't be read in another way afterwards.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from migrations.runner import Migration
from stores.elasticsearch import Cluster, open_cluster
from stores.search.elasticsearch.indexes import Indexes, merged
from stores.search.elasticsearch.state import MIGRATIONS, Document, State

FOLDER = Path(__file__).parent
LOCK = "lock"

LEASE_SECONDS = 30.0
"""A lock that somebody has held for so long is nobody's any more. Two who migrate at once do no harm, either."""
PAUSE_SECONDS = 0.1


class ElasticsearchTarget:
    def __init__(self, url: str, folder: Path = FOLDER) -> None:
        self._url = url
        self._folder = folder

    @property
    def files(self) -> Sequence[Path]:
        return list(self._folder.glob("*.json"))

    @asynccontextmanager
    async def held(self) -> AsyncIterator["HeldElasticsearch"]:
        cluster = open_cluster(self._url)
        state = State(cluster)
        try:
            await state.make()
            claim = await _locked(state)
            try:
                yield HeldElasticsearch(cluster, state)
            finally:
                await state.unclaim(LOCK, claim)
        finally:
            await cluster.close()


class HeldElasticsearch:
    def __init__(self, cluster: Cluster, state: State) -> None:
        self._indexes = Indexes(cluster)
        self._state = state

    async def applied(self) -> Mapping[str, str]:
        return {each["name"]: each["checksum"] for each in (await self._recorded())["applied"]}

    async def apply(self, migration: Migration) -> None:
        """Recorded after what it asks for is there: so it may be applied again."""
        recorded = await self._recorded()
        shapes = merged([recorded["shapes"], json.loads(migration.text)])
        await self._indexes.make_first(shapes)
        record = {"name": migration.name, "checksum": migration.checksum}
        await self._state.put(MIGRATIONS, {"applied": [*recorded["applied"], record], "shapes": shapes})

    async def _recorded(self) -> Document:
        return await self._state.get(MIGRATIONS) or {"applied": [], "shapes": {}}


async def _locked(state: State) -> tuple[int, int]:
    """Waits for whoever has the lock, or until that one seems to be dead: by the own clock, whatever others' say."""
    holder: tuple[int, int] | None = None
    since = time.monotonic()
    while True:
        if claim := await state.claim(LOCK, {}):
            return claim
        held = await state.claimed(LOCK)
        if held != holder:
            holder, since = held, time.monotonic()
        elif held and time.monotonic() - since > LEASE_SECONDS:
            await state.unclaim(LOCK, held)
        await asyncio.sleep(PAUSE_SECONDS)
