"""Pages: connections, edges and page info."""

from typing import TYPE_CHECKING, Annotated, Generic, TypeAlias, TypeVar

import strawberry

from schema.fields import attribute

if TYPE_CHECKING:
    from schema.graph import User
    from schema.tweets import Tweet

T = TypeVar("T")


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = attribute("Whether there is more after this page.")
    has_previous_page: bool = attribute("Whether there is more before this page.")
    start_cursor: str | None = attribute("The cursor that the page begins at; null for an empty page.")
    end_cursor: str | None = attribute(
        "The cursor that the page ends at, for the next `after`; null for an empty page."
    )


@strawberry.type(description="An entry of a list, with its place there.")
class Edge(Generic[T]):
    cursor: str = attribute("The entry's place in the list, for `after` or `before`.")
    node: T | None = attribute("The entry itself.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = attribute("The entries with their cursors.")
    nodes: list[T | None] = attribute("The entries alone.")
    page_info: PageInfo = attribute("Where this page lies in the list.")


TweetConnection: TypeAlias = Connection[Annotated["Tweet", strawberry.lazy("schema.tweets")]]
UserConnection: TypeAlias = Connection[Annotated["User", strawberry.lazy("schema.graph")]]
