"""Migrations of Elasticsearch: each applied once, whoever starts at the same time."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from migrations.elasticsearch import target
from migrations.elasticsearch.target import FOLDER, LOCK, ElasticsearchTarget
from migrations.runner import MigrationError, migrate
from stores.elasticsearch import Cluster, open_cluster
from stores.search.elasticsearch import ElasticsearchSearch
from stores.search.elasticsearch.indexes import merged
from stores.search.elasticsearch.state import State

pytestmark = pytest.mark.elasticsearch

NAMES = [path.stem for path in sorted(FOLDER.glob("*.json"))]
SHAPE = {"mappings": {"dynamic": False, "properties": {"id": {"type": "long"}}}}


@pytest.fixture
async def bare(bare_elasticsearch_url: str) -> AsyncIterator[Cluster]:
    opened = open_cluster(bare_elasticsearch_url)
    try:
        yield opened
    finally:
        await opened.close()


async def fields(cluster: Cluster, alias: str) -> set[str]:
    [made] = (await cluster.client.indices.get_mapping(index=cluster.index(alias))).body.values()
    return set(made["mappings"]["properties"])


async def test_processes_that_start_at_once_apply_it_once(bare_elasticsearch_url: str, bare: Cluster) -> None:
    applied = await asyncio.gather(*(migrate(ElasticsearchTarget(bare_elasticsearch_url)) for _ in range(4)))
    assert sorted(applied) == [[], [], [], NAMES]
    assert await migrate(ElasticsearchTarget(bare_elasticsearch_url)) == []
    assert "words" in await fields(bare, "tweets")
    assert await State(bare).get(LOCK) is None


async def test_a_lock_that_nobody_lets_go_is_taken_over(
    bare_elasticsearch_url: str, bare: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target, "LEASE_SECONDS", 0.3)
    state = State(bare)
    await state.make()
    assert await state.claim(LOCK, {})
    assert await migrate(ElasticsearchTarget(bare_elasticsearch_url)) == NAMES
    assert await state.get(LOCK) is None


async def test_a_file_shapes_the_next_index(bare_elasticsearch_url: str, bare: Cluster, tmp_path: Path) -> None:
    (tmp_path / "0001_a.json").write_text(json.dumps({"tweets": SHAPE, "people": SHAPE}))
    assert await migrate(ElasticsearchTarget(bare_elasticsearch_url, tmp_path)) == ["0001_a"]
    more = {"tweets": {"mappings": {"properties": {"more": {"type": "long"}}}}}
    (tmp_path / "0002_b.json").write_text(json.dumps(more))
    assert await migrate(ElasticsearchTarget(bare_elasticsearch_url, tmp_path)) == ["0002_b"]
    assert await fields(bare, "tweets") == {"id"}
    rebuild = await ElasticsearchSearch(bare).rebuild()
    await rebuild.serve()
    await rebuild.finish()
    assert await fields(bare, "tweets") == {"id", "more"}
    assert await fields(bare, "people") == {"id"}


async def test_a_changed_file_is_named(bare_elasticsearch_url: str, tmp_path: Path) -> None:
    file = tmp_path / "0001_a.json"
    file.write_text(json.dumps({"tweets": SHAPE, "people": SHAPE}))
    await migrate(ElasticsearchTarget(bare_elasticsearch_url, tmp_path))
    file.write_text(file.read_text() + "\n")
    with pytest.raises(MigrationError, match=r"^0001_a was changed after it was applied"):
        await migrate(ElasticsearchTarget(bare_elasticsearch_url, tmp_path))


def test_later_shapes_are_put_over_earlier_ones() -> None:
    shapes: list[dict[str, Any]] = [
        {"a": {"b": 1, "c": {"d": 2}}, "e": 3},
        {"a": {"c": {"d": 4, "f": 5}}},
        {"e": {"g": 6}},
    ]
    assert merged(shapes) == {"a": {"b": 1, "c": {"d": 4, "f": 5}}, "e": {"g": 6}}
    assert shapes[0] == {"a": {"b": 1, "c": {"d": 2}}, "e": 3}
