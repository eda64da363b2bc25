"""Search."""

from typing import Annotated, TypeAlias

import strawberry

import resolvers.search as resolve
from domain.search import SearchType
from schema.fields import attribute, describe_enum, edge
from schema.graph import User
from schema.pages import PageInfo
from schema.tweets import Tweet

describe_enum(
    SearchType,
    "What a search looks for, and how it sorts.",
    TOP="Tweets, those that match best first.",
    LATEST="Tweets, newest first.",
    PEOPLE="People, those that match best first.",
    MEDIA="Tweets with media, newest first.",
)

SearchItem: TypeAlias = Annotated[Tweet | User, strawberry.union("SearchItem", description="What a search finds.")]


@strawberry.type(description="A hit, with its place among the others.")
class SearchEdge:
    cursor: str = attribute("The hit's place, for `after`.")
    node: SearchItem | None = attribute("What was found.")
    highlight: str | None = attribute("Its text as HTML, with the matches in `<em>`; null where there is none to show.")


@strawberry.type(description="A page of hits.")
class SearchConnection:
    edges: list[SearchEdge] = attribute("The hits with their cursors.")
    nodes: list[SearchItem | None] = attribute("What was found, alone.")
    page_info: PageInfo = attribute("Where this page lies among the hits.")


@strawberry.type
class SearchQuery:
    search: SearchConnection | None = edge(resolve.search, "Tweets or people that match.")
