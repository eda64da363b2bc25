"""The home timeline as a reader sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from domain.access import Access
from domain.graph import User
from domain.page import PageInfo
from domain.tweets import Tweet


class TimelineSource(Enum):
    """How an entry got onto the page."""

    PUSHED = "PUSHED"
    MERGED = "MERGED"
    LIVE = "LIVE"
    STORE = "STORE"


@dataclass(frozen=True, slots=True)
class TimelineEdge:
    cursor: str
    node: Tweet
    source: TimelineSource


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """`live_cursor`: what a stream goes on from, so that nothing between page and stream is lost or repeated. `people`
    are those that the page's reading had to know of, `access` what the viewer may see."""

    edges: Sequence[TimelineEdge]
    page_info: PageInfo
    live_cursor: str
    people: Mapping[int, User]
    access: Access

    @property
    def nodes(self) -> list[Tweet]:
        return [edge.node for edge in self.edges]
