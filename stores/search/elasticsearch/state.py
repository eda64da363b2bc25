"""What is to be remembered of the indexes: documents of an index of its own, which are read as they are, without a
refresh."""

from typing import Any

from elasticsearch import BadRequestError, NotFoundError

from stores.elasticsearch import Cluster

Document = dict[str, Any]

MIGRATIONS, REBUILD = "migrations", "rebuild"
"""Documents: `applied` migrations with the `shapes` of indexes that come of them; an index in the making."""

_SETTINGS = {"number_of_shards": 1, "auto_expand_replicas": "0-1"}


class State:
    def __init__(self, cluster: Cluster) -> None:
        self._client = cluster.client
        self._index = cluster.index("state")

    async def make(self) -> None:
        """Makes the index where it is missing."""
        try:
            await self._client.indices.create(index=self._index, settings=_SETTINGS, mappings={"dynamic": False})
        except BadRequestError as error:
            if error.error != "resource_already_exists_exception":
                raise

    async def get(self, name: str) -> Document | None:
        try:
            found = await self._client.get(index=self._index, id=name)
        except NotFoundError:
            return None
        source: Document = found["_source"]
        return source

    async def put(self, name: str, document: Document) -> None:
        await self._client.index(index=self._index, id=name, document=document)

    async def drop(self, name: str) -> None:
        await self._client.options(ignore_status=404).delete(index=self._index, id=name)

    async def claim(self, name: str, document: Document) -> tuple[int, int] | None:
        """Adds a document; which writing of it this is, or None where there is one already."""
        answer = await self._client.options(ignore_status=409).create(index=self._index, id=name, document=document)
        return None if answer.meta.status == 409 else (answer["_seq_no"], answer["_primary_term"])

    async def claimed(self, name: str) -> tuple[int, int] | None:
        """Which writing of a document this is; None where there is none."""
        try:
            found = await self._client.get(index=self._index, id=name, source=False)
        except NotFoundError:
            return None
        return found["_seq_no"], found["_primary_term"]

    async def unclaim(self, name: str, claim: tuple[int, int]) -> None:
        """Drops a document, if it is of that writing still."""
        number, term = claim
        await self._client.options(ignore_status=(404, 409)).delete(
            index=self._index, id=name, if_seq_no=number, if_primary_term=term
        )
