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


@dataclass(frozen=True, slots=True)
class SearchEdge(Edge[Tweet | User]):
    highlight: str | None


async def search(
    info: Info, query: Query, search_type: Type = SearchType.TOP, first: First = None, after: After = None
) -> Connection[Tweet | User]:
    size = page_size("first", first)
    charge(info, size)
    hits = await info.context.services.search.hits(query, search_type, size + 1, after)
    shown = hits[:size]
    nodes = await _nodes(info.context, search_type, [hit.id for _, hit in shown])
    edges = [
        SearchEdge(cursor, node, hit.highlight)
        for (cursor, hit), node in zip(shown, nodes, strict=True)
        if node is not None
    ]
    return Connection(edges, _page_info(shown, has_next=len(hits) > size, has_previous=after is not None))


async def _nodes(context: Context, search_type: SearchType, ids: list[int]) -> Sequence[Tweet | User | None]:
    if search_type is SearchType.PEOPLE:
        return await context.loaders.graph.users.load_many(ids)
    return await context.loaders.tweets.tweets.load_many(ids)


def _page_info(shown: Sequence[tuple[str, Hit]], *, has_next: bool, has_previous: bool) -> PageInfo:
    start, end = (shown[0][0], shown[-1][0]) if shown else (None, None)
    return PageInfo(has_next, has_previous, start, end)
