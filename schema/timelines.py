"""The home timeline."""

import strawberry

import resolvers.timelines as resolve
from domain.timelines import TimelineSource
from schema.fields import attribute, describe_enum, edge
from schema.pages import PageInfo
from schema.tweets import Tweet

describe_enum(
    TimelineSource,
    "How an entry got onto the page: what an operator asks when a tweet is missing or late.",
    PUSHED="Written into the reader's timeline by the tweet processor.",
    MERGED="A famous author's, merged at read.",
    LIVE="Posted moments ago and not yet written by the tweet processor: from the live log.",
    STORE="Read from the tweets store: past the precomputed timeline, or while one is being built.",
)


@strawberry.type(description="An entry of the timeline, with its place there.")
class TimelineEdge:
    cursor: str = attribute("The entry's place in the timeline, for `after` or `before`.")
    node: Tweet | None = attribute("The tweet.")
    source: TimelineSource = attribute("How it got onto the page.")


@strawberry.type(description="A page of the timeline.")
class TimelineConnection:
    edges: list[TimelineEdge] = attribute("The entries with their cursors.")
    nodes: list[Tweet | None] = attribute("The tweets alone.")
    page_info: PageInfo = attribute("Where this page lies in the timeline.")
    live_cursor: str = attribute(
        "Give it to timelineUpdates(after:): nothing posted between this page and the subscription is lost or repeated."
    )


@strawberry.type
class TimelineQuery:
    timeline: TimelineConnection | None = edge(
        resolve.timeline,
        "The viewer's home timeline, newest first. Guests get UNAUTHENTICATED. Pages go on past what is precomputed, "
        "to the first tweet.",
    )
