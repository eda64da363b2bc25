"""The indexes: each is the n-th of its kind and lies behind an alias, which is what everybody reads and writes."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from elasticsearch import BadRequestError

from stores.elasticsearch import Cluster

KINDS = ("tweets", "people")
NEXT = "-next"
"""Ends the alias of an index in the making."""

Shape = Mapping[str, Any]


def merged(shapes: Iterable[Shape]) -> dict[str, Any]:
    """Later ones are put over earlier ones, object by object."""
    whole: dict[str, Any] = {}
    for shape in shapes:
        for key, value in shape.items():
            here = whole.get(key)
            whole[key] = merged([here, value]) if isinstance(here, dict) and isinstance(value, dict) else value
    return whole


class Indexes:
    def __init__(self, cluster: Cluster) -> None:
        self._client = cluster.client
        self._cluster = cluster

    async def make_first(self, shapes: Mapping[str, Shape]) -> None:
        """Indexes that serve, of those kinds of which none does."""
        for kind in KINDS:
            if not await self._behind(self._cluster.index(kind)):
                await self._make(f"{self._cluster.index(kind)}-1", self._cluster.index(kind), shapes[kind])

    async def make_next(self, shapes: Mapping[str, Shape]) -> None:
        """Indexes in the making, of those kinds of which there is none."""
        for kind in KINDS:
            if not await self._behind(self._cluster.index(kind + NEXT)):
                numbers = [int(name.rpartition("-")[2]) for name in await self._all(kind)]
                name = f"{self._cluster.index(kind)}-{max(numbers, default=0) + 1}"
                await self._make(name, self._cluster.index(kind + NEXT), shapes[kind])

    async def swap(self) -> None:
        """Has the indexes in the making serve, all in one step."""
        actions: list[dict[str, Any]] = []
        for kind in KINDS:
            alias, following = self._cluster.index(kind), self._cluster.index(kind + NEXT)
            for name in await self._behind(following):
                actions += [{"remove": {"index": old, "alias": alias}} for old in await self._behind(alias)]
                actions += {"add": {"index": name, "alias": alias}}, {"remove": {"index": name, "alias": following}}
        if actions:
            await self._client.indices.update_aliases(actions=actions)

    async def drop_others(self) -> None:
        """Takes away the indexes that no alias names."""
        for kind in KINDS:
            named = [
                *await self._behind(self._cluster.index(kind)),
                *await self._behind(self._cluster.index(kind + NEXT)),
            ]
            if unnamed := [name for name in await self._all(kind) if name not in named]:
                await self._client.indices.delete(index=unnamed)

    async def refresh_next(self) -> None:
        """What was written into the indexes in the making can be found."""
        await self._client.indices.refresh(index=[self._cluster.index(kind + NEXT) for kind in KINDS])

    async def _make(self, name: str, alias: str, shape: Shape) -> None:
        try:
            await self._client.indices.create(index=name, aliases={alias: {}}, **shape)
        except BadRequestError as error:
            if error.error != "resource_already_exists_exception":
                raise

    async def _behind(self, alias: str) -> list[str]:
        answer = await self._client.options(ignore_status=404).indices.get_alias(name=alias)
        return list(answer.body) if answer.meta.status != 404 else []

    async def _all(self, kind: str) -> list[str]:
        base = self._cluster.index(kind)
        found = await self._client.indices.get(index=f"{base}-*", features="aliases")
        return [name for name in found.body if re.fullmatch(rf"{re.escape(base)}-\d+", name)]
