"""Pages of lists: a window of links becomes a connection."""

from collections.abc import Sequence
from typing import TypeVar

from strawberry.dataloader import DataLoader

from domain.page import Connection, Edge, Link, PageInfo, Window, decode_key, encode_cursor, page_size
from loaders.batches import PageLoader
from resolvers.context import Info, charge

T = TypeVar("T")


async def newest_first(
    info: Info,
    field: str,
    links: PageLoader,
    nodes: DataLoader[int, T | None],
    parent_id: int,
    first: int | None,
    after: str | None,
) -> Connection[T]:
    """The page of a list that follows `after`. `field` names the list in its cursors. Raises BadUserInput."""
    size = page_size("first", first)
    high = None if after is None else decode_key(field, "after", after)
    charge(info, size)
    found = await links.load((parent_id, Window(size + 1, high)))
    rows = found[:size]
    page_info = _page_info(field, rows, has_next=len(found) > size, has_previous=after is not None)
    return Connection(await _edges(field, rows, nodes), page_info)


async def oldest_first(
    info: Info,
    field: str,
    links: PageLoader,
    nodes: DataLoader[int, T | None],
    parent_id: int,
    last: int | None,
    before: str | None,
) -> Connection[T]:
    """The page of a list that ends at `before`, of links that are loaded from the end. Raises BadUserInput."""
    size = page_size("last", last)
    high = None if before is None else decode_key(field, "before", before)
    charge(info, size)
    found = await links.load((parent_id, Window(size + 1, high)))
    rows = found[:size][::-1]
    page_info = _page_info(field, rows, has_next=before is not None, has_previous=len(found) > size)
    return Connection(await _edges(field, rows, nodes), page_info)


async def _edges(field: str, rows: Sequence[Link], nodes: DataLoader[int, T | None]) -> list[Edge[T]]:
    """Without those whose node went away since the list was read, or may not be seen."""
    found = await nodes.load_many([row.node_id for row in rows])
    return [
        Edge(encode_cursor(field, row.key), node) for row, node in zip(rows, found, strict=True) if node is not None
    ]


def _page_info(field: str, rows: Sequence[Link], *, has_next: bool, has_previous: bool) -> PageInfo:
    """By rows, not edges: the cursors lead on even from a page whose nodes all went away."""
    start, end = (rows[0].key, rows[-1].key) if rows else (None, None)
    return PageInfo(
        has_next_page=has_next,
        has_previous_page=has_previous,
        start_cursor=None if start is None else encode_cursor(field, start),
        end_cursor=None if end is None else encode_cursor(field, end),
    )
