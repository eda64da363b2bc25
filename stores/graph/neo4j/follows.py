"""Following, and asking to. Between two people there is one of: nothing, a request, an edge, a block."""

from collections.abc import Sequence

from domain.graph import Follow, FollowOutcome
from events import Event
from stores.events.neo4j import with_event
from stores.graph.neo4j.counts import counted
from stores.graph.neo4j.locks import LOCK, GraphPart
from stores.graph.neo4j.pages import between

_EDGE = between("edge", "FOLLOWS", "follower", "followee", "pair[0]", "pair[1]")
_REQUEST = between("request", "REQUESTS", "requester", "requested", "pair[0]", "pair[1]")
_BLOCK = between("block", "BLOCKS", "blocker", "blocked", "pair[0]", "pair[1]")
_BLOCK_BACK = between("block", "BLOCKS", "blocker", "blocked", "pair[1]", "pair[0]")

# What is still asked for under the same id is a request that this very call made: it is done once more.
_FREE = f"""
    UNWIND $given.follows AS follow
    MATCH (:Person {{id: follow[1]}}) MATCH (followee:Person {{id: follow[2]}})
    WITH follow, follow[1..] AS pair, followee.is_protected AS is_protected
    WHERE NOT EXISTS {{ MATCH {_EDGE} }} AND NOT EXISTS {{ MATCH {_BLOCK} }} AND NOT EXISTS {{ MATCH {_BLOCK_BACK} }}
    OPTIONAL MATCH {_REQUEST}
    WITH
        collect(CASE WHEN NOT is_protected THEN follow END) AS edges,
        collect(CASE WHEN is_protected AND request IS NULL THEN follow END) AS asked,
        collect(CASE WHEN is_protected AND request.id = follow[0] THEN follow END) AS asking
"""

_ADDED = """
    CALL (edges) {
        UNWIND edges AS edge
        MATCH (follower:Person {id: edge[1]}) MATCH (followee:Person {id: edge[2]})
        CREATE (follower)-[:FOLLOWS {
            id: edge[0], follower: edge[1], followee: edge[2], feeds: follower.activity = 'ACTIVE'
        }]->(followee)
    }
"""
_ASKED = """
    CALL (asked) {
        UNWIND asked AS request
        MATCH (requester:Person {id: request[1]}) MATCH (requested:Person {id: request[2]})
        CREATE (requester)-[:REQUESTS {id: request[0], requester: request[1], requested: request[2]}]->(requested)
    }
"""


def withdrawn(follows: str) -> str:
    """A subquery: takes the requests of a list, [id, requester id, requested id], away."""
    return f"""
        CALL ({follows}) {{
            UNWIND {follows} AS follow
            WITH follow[1..] AS pair
            MATCH {_REQUEST}
            DELETE request
        }}
    """


# Ids of edges, and, below 0, of requests, which have no event.
_FOLLOW = with_event(
    f"""
    {_FREE}
    {_ADDED}
    {withdrawn("edges")}
    {_ASKED}
    {counted("edges", 1)}
    RETURN [edge IN edges | edge[0]] + [request IN asked + asking | -request[0]] AS answer
    """,
    lock=LOCK,
)

PARTED = f"""
    CALL () {{
        UNWIND $given.pairs AS pair
        MATCH {_REQUEST}
        DELETE request
    }}
    CALL () {{
        UNWIND $given.pairs AS pair
        MATCH {_EDGE}
        WITH edge, [edge.id, edge.follower, edge.followee] AS gone
        DELETE edge
        RETURN collect(gone) AS parted
    }}
    {counted("parted", -1)}
"""
"""Subqueries: take edges and requests between pairs of people away; `parted` are the edges."""

_UNFOLLOW = with_event(
    f"""
    {PARTED}
    RETURN [edge IN parted | edge[0]] AS answer
    """,
    lock=LOCK,
)

_ACCEPT = with_event(
    f"""
    WITH [$given.follow] AS follows
    CALL (follows) {{
        UNWIND follows AS follow
        WITH follow, follow[1..] AS pair
        MATCH {_REQUEST}
        DELETE request
        RETURN collect(follow) AS edges
    }}
    {_ADDED}
    {counted("edges", 1)}
    RETURN [edge IN edges | edge[0]] AS answer
    """,
    lock=LOCK,
)

_REJECT = f"""
    {LOCK}
    WITH $given.pair AS pair
    MATCH {_REQUEST}
    DELETE request
    RETURN count(*) > 0
"""


class Follows(GraphPart):
    async def follow(self, follows: Sequence[Follow], event: Event) -> FollowOutcome:
        by_pair = {(follow.follower_id, follow.followee_id): follow for follow in reversed(follows)}
        rows = [[follow.id, *pair] for pair, follow in by_pair.items()]
        people = [user_id for pair in by_pair for user_id in pair]
        answer = set(await self._write_event(_FOLLOW, people, event, follows=rows))
        return FollowOutcome(
            followed=[follow for follow in follows if follow.id in answer],
            requested=[follow for follow in follows if -follow.id in answer],
        )

    async def unfollow(self, follower_id: int, followee_id: int, event: Event) -> bool:
        pair = [follower_id, followee_id]
        return bool(await self._write_event(_UNFOLLOW, pair, event, pairs=[pair]))

    async def accept(self, follow: Follow, event: Event) -> bool:
        pair = [follow.follower_id, follow.followee_id]
        return bool(await self._write_event(_ACCEPT, pair, event, follow=[follow.id, *pair]))

    async def reject(self, requester_id: int, requested_id: int) -> bool:
        pair = [requester_id, requested_id]
        return bool(await self._write(_REJECT, pair, pair=pair))
