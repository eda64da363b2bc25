"""What is read of follows and requests."""

from collections.abc import Iterable, Mapping, Sequence

from domain.graph import Followees
from domain.page import Link, Window
from stores.graph.neo4j.pages import List, Pages, between

_FOLLOWING_AMONG = f"""
    UNWIND $given.pairs AS pair
    MATCH {between("edge", "FOLLOWS", "follower", "followee", "pair[0]", "pair[1]")}
    RETURN collect(pair)
"""
_REQUESTS_AMONG = f"""
    UNWIND $given.pairs AS pair
    MATCH {between("request", "REQUESTS", "requester", "requested", "pair[0]", "pair[1]")}
    RETURN collect(pair)
"""
_FOLLOWEES = """
    MATCH ()-[edge:FOLLOWS]->(followee) USING INDEX SEEK edge:FOLLOWS(follower, followee)
    WHERE edge.follower = $given.user_id AND edge.followee IS NOT NULL
    RETURN [collect(edge.followee), collect(CASE WHEN followee.famous IS NOT NULL THEN edge.followee END)]
"""
# Within a CALL: where a property is collected by the statement that seeks it, the planner may take "is not null" in
# place of its range, as statistics have it, and each page would read all those before it.
FEEDING = """
    CALL () {
        MATCH ()-[edge:FOLLOWS]->() USING INDEX SEEK edge:FOLLOWS(followee, feeds, follower)
        WHERE edge.followee = $given.followee_id AND edge.feeds = true AND edge.follower > $given.after
        WITH edge ORDER BY edge.followee, edge.feeds, edge.follower LIMIT $given.limit
        RETURN edge.follower AS follower
    }
    RETURN collect(follower)
"""
_FOLLOWERS = List("FOLLOWS", "followee", "follower")
_FOLLOWING = List("FOLLOWS", "follower", "followee")
_FOLLOW_REQUESTS = List("REQUESTS", "requested", "requester")


class Edges(Pages):
    async def following_among(self, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
        return await self._among(_FOLLOWING_AMONG, pairs)

    async def requests_among(self, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
        return await self._among(_REQUESTS_AMONG, pairs)

    async def _among(self, statement: str, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
        found = await self._read(statement, pairs=[list(pair) for pair in pairs])
        return {(one, other) for one, other in found}

    async def followees(self, user_id: int) -> Followees:
        ids, pulled = await self._read(_FOLLOWEES, user_id=user_id)
        return Followees(frozenset(ids), frozenset(pulled))

    async def feeding(self, followee_id: int, after: int, limit: int) -> Sequence[int]:
        found: Sequence[int] = await self._read(FEEDING, followee_id=followee_id, after=after, limit=limit)
        return found

    async def followers(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return await self._pages(_FOLLOWERS, user_ids, window)

    async def following(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return await self._pages(_FOLLOWING, user_ids, window)

    async def follow_requests(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return await self._pages(_FOLLOW_REQUESTS, user_ids, window)
