"""Search over tweets and people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import strawberry

from domain.graph import User
from domain.page import Connection, Edge, PageInfo, page_size
from domain.search import Hit, SearchType
from domain.tweets import Tweet
from resolvers.arguments import After, First
from resolvers.context import Context, Info, charge

QUERY = 'As in a web search: words, "phrases", or, -not.'

Query = Annotated[str, strawberry.argument(description=QUERY)]
Type = Annotated[SearchType, strawberry.argument(name="type", description="What to look for, and how to sort it.")]


ROUNDS = 10
"""After so many fetches a page most of whose hits may not be seen is given short, with hasNextPage true."""

HITS_FOR_MEDIA = 101
"""Hits per fetch of a search for tweets with media, of which most have none."""


@dataclass(frozen=True, slots=True)
class SearchEdge(Edge[Tweet | User]):
    highlight: str | None


async def search(
    info: Info, query: Query, search_type: Type = SearchType.TOP, first: First = None, after: After = None
) -> Connection[Tweet | User]:
    size = page_size("first", first)
    charge(info, size)
    edges, examined, more = await _find(info.context, query, search_type, size, after)
    cursors = [edge.cursor for edge in edges]
    if more and len(cursors) < size and examined is not None:
        cursors.append(examined)
    start, end = (cursors[0], cursors[-1]) if cursors else (None, None)
    return Connection(edges, PageInfo(more, after is not None, start, end))


async def _find(
    context: Context, query: str, search_type: SearchType, size: int, after: str | None
) -> tuple[list[SearchEdge], str | None, bool]:
    """A page of hits, the cursor of the last one that was looked at, and whether there are more. Fetches on until the
    page is full or there are none; one hit above the page tells of a next page."""
    edges: list[SearchEdge] = []
    examined, more = after, True
    limit = max(size + 1, HITS_FOR_MEDIA) if search_type is SearchType.MEDIA else size + 1
    for _ in range(ROUNDS):
        hits = await context.services.search.hits(query, search_type, limit, examined)
        edges += await _seen(context, search_type, hits)
        examined, more = hits[-1][0] if hits else examined, len(hits) == limit
        if len(edges) > size or not more:
            break
    return edges[:size], examined, more or len(edges) > size


async def _seen(context: Context, search_type: SearchType, hits: Sequence[tuple[str, Hit]]) -> list[SearchEdge]:
    """Without those that went away since they were indexed, or may not be seen."""
    nodes = await _nodes(context, search_type, [hit.id for _, hit in hits])
    found = zip(hits, nodes, strict=True)
    return [SearchEdge(cursor, node, hit.highlight) for (cursor, hit), node in found if node is not None]


async def _nodes(context: Context, search_type: SearchType, ids: list[int]) -> Sequence[Tweet | User | None]:
    if search_type is SearchType.PEOPLE:
        return await context.loaders.graph.users.load_many(ids)
    tweets = await context.loaders.tweets.tweets.load_many(ids)
    if search_type is SearchType.MEDIA:
        return [tweet if tweet and tweet.media_ids else None for tweet in tweets]
    return tweets
