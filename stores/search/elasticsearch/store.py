"""The port's calls."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from domain.errors import Unavailable
from domain.graph import User
from domain.search import Hit, SearchCursor
from domain.tweets import Tweet
from stores.elasticsearch import Cluster, answering, passing
from stores.search.elasticsearch import queries
from stores.search.elasticsearch.documents import Operation, person_operations, removals, tweet_operations
from stores.search.elasticsearch.queries import Search
from stores.search.texts import marked

WRITTEN_AT_ONCE = 1_000
OLDER = 409
"""The status of a write that found a newer version there."""


REMOVED_AT_ONCE = 1_000


class NotWritten(Exception):
    """The server refuses a document, whenever it is sent."""


class ElasticsearchIndex:
    """Reads and writes behind two aliases, one for tweets and one for people: which indexes they name may change at any
    time, see `rebuild`. What is written is found after the index was refreshed, within about a second."""

    def __init__(self, cluster: Cluster, stage: str = "") -> None:
        """`stage` ends the aliases' names."""
        self._client = cluster.client
        self._cluster = cluster
        self._stage = stage

    async def index_tweets(self, tweets: Sequence[Tweet], read_at: int) -> None:
        await self._write("tweets", tweet_operations(tweets, read_at))

    async def remove_tweets(self, tweet_ids: Sequence[int]) -> None:
        await self._write("tweets", removals(tweet_ids))

    async def index_people(self, people: Sequence[User], read_at: int) -> None:
        await self._write("people", person_operations(people, read_at))

    async def top_tweets(self, query: str, limit: int, after: SearchCursor | None) -> Sequence[Hit]:
        return await self._hits("tweets", queries.top_tweets(query, limit, after))

    async def latest_tweets(self, query: str, limit: int, after: SearchCursor | None) -> Sequence[Hit]:
        return await self._hits("tweets", queries.latest_tweets(query, limit, after))

    async def people(self, query: str, limit: int, after: SearchCursor | None) -> Sequence[Hit]:
        return await self._hits("people", queries.people(query, limit, after))

    @answering("search")
    async def missing_tweets(self, tweet_ids: Sequence[int]) -> set[int]:
        """By the documents' ids, which needs no refresh."""
        if not tweet_ids:
            return set()
        ids = [str(tweet_id) for tweet_id in tweet_ids]
        answer = await self._client.mget(index=self._alias("tweets"), ids=ids, source=False)
        _check(answer["docs"])
        return {int(doc["_id"]) for doc in answer["docs"] if not doc["found"]}

    @answering("search")
    async def refresh(self) -> None:
        """From now on all is found that was written of tweets; nothing happens where no index serves."""
        await self._client.indices.refresh(index=self._alias("tweets"), ignore_unavailable=True)

    @answering("search")
    async def removed(self, after: int) -> Sequence[int]:
        """Ids of tweets that were removed, rising, from above `after`; some of them, and none where no index serves."""
        answer = await self._client.search(
            index=self._alias("tweets"),
            query={"bool": {"filter": [{"term": {"removed": True}}, {"range": {"id": {"gt": after}}}]}},
            sort=[{"id": "asc"}],
            size=REMOVED_AT_ONCE,
            source=False,
            ignore_unavailable=True,
            allow_partial_search_results=False,
        )
        return [int(hit["_id"]) for hit in answer["hits"]["hits"]]

    def _alias(self, kind: str) -> str:
        return self._cluster.index(kind + self._stage)

    async def _write(self, kind: str, operations: Iterable[tuple[Operation, Operation]]) -> None:
        pairs = iter(operations)
        while batch := list(islice(pairs, WRITTEN_AT_ONCE)):
            await self._bulk(kind, [line for pair in batch for line in pair])

    @answering("search")
    async def _bulk(self, kind: str, lines: list[Operation]) -> None:
        answer = await self._client.bulk(index=self._alias(kind), operations=lines, require_alias=True)
        if answer["errors"]:
            _check([item["index"] for item in answer["items"] if item["index"]["status"] != OLDER])

    @answering("search")
    async def _hits(self, kind: str, search: Search | None) -> Sequence[Hit]:
        if search is None:
            return []
        answer = await self._client.search(index=self._alias(kind), **search.body, allow_partial_search_results=False)
        return [_hit(hit, search) for hit in answer["hits"]["hits"]]


def _hit(hit: dict[str, Any], search: Search) -> Hit:
    shown = marked(**hit["_source"], wanted=search.marks)
    return Hit(int(hit["_id"]), search.rank(hit["sort"]), shown)


def _check(items: Sequence[dict[str, Any]]) -> None:
    """Raises what the first item failed with."""
    for item in items:
        if error := item.get("error"):
            raise Unavailable("search") if passing(item.get("status", 0), error["type"]) else NotWritten(str(error))
