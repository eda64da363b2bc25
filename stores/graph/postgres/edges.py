"""What is read of follows and requests."""

from collections.abc import Iterable, Mapping, Sequence

from domain.graph import Followees
from domain.page import Link, Window
from stores.graph.postgres.locks import GraphPart
from stores.postgres import ListQuery

_FOLLOWING_AMONG = """
    SELECT follower_id, followee_id
    FROM unnest($1::bigint[], $2::bigint[]) AS pair (follower_id, followee_id)
    JOIN follows USING (follower_id, followee_id)
"""
_REQUESTS_AMONG = """
    SELECT requester_id, requested_id
    FROM unnest($1::bigint[], $2::bigint[]) AS pair (requester_id, requested_id)
    JOIN follow_requests USING (requester_id, requested_id)
"""
_FOLLOWEES = """
    SELECT array_agg(followee_id), array_agg(followee_id) FILTER (WHERE ever.user_id IS NOT NULL)
    FROM follows LEFT JOIN follow_counts AS ever ON ever.user_id = followee_id AND famous IS NOT NULL
    WHERE follower_id = $1
"""
_FEEDING = """
    SELECT array(
        SELECT follower_id FROM follows WHERE followee_id = $1 AND feeds AND follower_id > $2
        ORDER BY follower_id LIMIT $3
    )
"""
_FOLLOWERS = ListQuery("SELECT id AS key, follower_id AS node_id FROM follows WHERE followee_id = parent.id")
_FOLLOWING = ListQuery("SELECT id AS key, followee_id AS node_id FROM follows WHERE follower_id = parent.id")
_FOLLOW_REQUESTS = ListQuery(
    "SELECT id AS key, requester_id AS node_id FROM follow_requests WHERE requested_id = parent.id"
)


class Edges(GraphPart):
    async def following_among(self, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
        return await self._among(_FOLLOWING_AMONG, pairs)

    async def requests_among(self, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
        return await self._among(_REQUESTS_AMONG, pairs)

    async def _among(self, sql: str, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
        wanted = list(pairs)
        columns = [one for one, _ in wanted], [other for _, other in wanted]
        return {(row[0], row[1]) for row in await self._fetch(sql, *columns)}

    async def followees(self, user_id: int) -> Followees:
        [(ids, pulled)] = await self._fetch(_FOLLOWEES, user_id)
        return Followees(frozenset(ids or ()), frozenset(pulled or ()))

    async def feeding(self, followee_id: int, after: int, limit: int) -> Sequence[int]:
        ids: list[int]
        [(ids,)] = await self._fetch(_FEEDING, followee_id, after, limit)  # a record a follower would cost far more
        return ids

    async def followers(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return await self._pages(_FOLLOWERS, user_ids, window)

    async def following(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return await self._pages(_FOLLOWING, user_ids, window)

    async def follow_requests(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return await self._pages(_FOLLOW_REQUESTS, user_ids, window)
