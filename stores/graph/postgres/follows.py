"""Following, and asking to. Between two people there is one of: nothing, a request, an edge, a block."""

from collections.abc import Sequence

from domain.graph import Follow, FollowOutcome
from events import Event
from stores.events.postgres import with_event
from stores.graph.postgres.counts import counted, told
from stores.graph.postgres.locks import GraphPart

# An edge whose follower has no row in `activity` feeds nothing: who is merged later is INACTIVE.
_FOLLOW = with_event(
    """
    free AS MATERIALIZED (
        SELECT
            id, follower_id, followee_id,
            coalesce((SELECT class = 'ACTIVE' FROM activity WHERE user_id = follower_id), false) AS feeds,
            coalesce((SELECT is_protected FROM users WHERE users.id = followee_id), false) AS is_protected
        FROM unnest($5::bigint[], $6::bigint[], $7::bigint[]) AS edge (id, follower_id, followee_id)
        WHERE (
            SELECT count(*) FROM blocks
            WHERE (blocker_id, blocked_id) IN ((follower_id, followee_id), (followee_id, follower_id))
        ) = 0
    ),
    written AS (
        INSERT INTO follows (id, follower_id, followee_id, feeds)
        SELECT id, follower_id, followee_id, feeds FROM free WHERE NOT is_protected
        ORDER BY follower_id, followee_id, id
        ON CONFLICT (follower_id, followee_id) DO NOTHING
        RETURNING id, follower_id, followee_id, 1 AS step
    ),
    answered AS (
        DELETE FROM follow_requests USING written WHERE requester_id = follower_id AND requested_id = followee_id
    ),
    asked AS (
        INSERT INTO follow_requests (id, requester_id, requested_id)
        SELECT id, follower_id, followee_id FROM free
        WHERE is_protected AND (
            SELECT count(*) FROM follows AS held
            WHERE held.follower_id = free.follower_id AND held.followee_id = free.followee_id
        ) = 0
        ORDER BY follower_id, followee_id, id
        ON CONFLICT (requester_id, requested_id) DO NOTHING
        RETURNING id
    )
    """,
    counted("written"),
    result="SELECT id, true AS followed FROM written UNION ALL SELECT id, false FROM asked",
)

_UNFOLLOW = with_event(
    """
    written AS (
        DELETE FROM follows WHERE follower_id = $5 AND followee_id = $6 RETURNING follower_id, followee_id, -1 AS step
    ),
    withdrawn AS (DELETE FROM follow_requests WHERE requester_id = $5 AND requested_id = $6)
    """,
    counted("written"),
    result="SELECT FROM written",
)

_ACCEPT = with_event(
    """
    answered AS (
        DELETE FROM follow_requests WHERE requester_id = $6 AND requested_id = $7 RETURNING requester_id, requested_id
    ),
    written AS (
        INSERT INTO follows (id, follower_id, followee_id, feeds)
        SELECT $5, requester_id, requested_id, coalesce(class = 'ACTIVE', false)
        FROM answered LEFT JOIN activity ON user_id = requester_id
        RETURNING follower_id, followee_id, 1 AS step
    )
    """,
    counted("written"),
    result="SELECT FROM written",
)

_REJECT = "DELETE FROM follow_requests WHERE requester_id = $1 AND requested_id = $2 RETURNING true"


class Follows(GraphPart):
    async def follow(self, follows: Sequence[Follow], event: Event) -> FollowOutcome:
        ids = [follow.id for follow in follows]
        followers, followees = [follow.follower_id for follow in follows], [follow.followee_id for follow in follows]
        arguments = *told(event, self._fame), ids, followers, followees
        followed = {row["id"]: row["followed"] for row in await self._fetch_locked(followers, _FOLLOW, *arguments)}
        return FollowOutcome(
            followed=[follow for follow in follows if followed.get(follow.id) is True],
            requested=[follow for follow in follows if followed.get(follow.id) is False],
        )

    async def unfollow(self, follower_id: int, followee_id: int, event: Event) -> bool:
        arguments = *told(event, self._fame), follower_id, followee_id
        return bool(await self._fetch_locked([follower_id], _UNFOLLOW, *arguments))

    async def accept(self, follow: Follow, event: Event) -> bool:
        arguments = *told(event, self._fame), follow.id, follow.follower_id, follow.followee_id
        return bool(await self._fetch_locked([follow.follower_id], _ACCEPT, *arguments))

    async def reject(self, requester_id: int, requested_id: int) -> bool:
        return await self._fetchval(_REJECT, requester_id, requested_id) is not None
