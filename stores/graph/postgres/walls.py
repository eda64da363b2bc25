"""Blocks and mutes."""

from collections.abc import Mapping, Sequence

from domain.access import Boundaries
from domain.page import Link, Window
from events import Event
from stores.events.postgres import logged, with_event
from stores.graph.postgres.counts import counted, told
from stores.graph.postgres.locks import GraphPart
from stores.postgres import ListQuery

# Nobody follows or asks themselves, so that these conditions hold for rows between the two alone.
_BLOCK = with_event(
    """
    written AS (
        INSERT INTO blocks (id, blocker_id, blocked_id) VALUES ($5, $6, $7) ON CONFLICT (blocker_id, blocked_id)
        DO NOTHING
        RETURNING id
    ),
    parted AS (
        DELETE FROM follows WHERE follower_id IN ($6, $7) AND followee_id IN ($6, $7)
        RETURNING follower_id, followee_id, -1 AS step
    ),
    withdrawn AS (DELETE FROM follow_requests WHERE requester_id IN ($6, $7) AND requested_id IN ($6, $7))
    """,
    counted("parted"),
    result="SELECT FROM written",
)

_UNBLOCK = with_event(
    "written AS (DELETE FROM blocks WHERE blocker_id = $3 AND blocked_id = $4 RETURNING id)",
    result="SELECT true FROM written",
)
_MUTE = with_event(
    """
    written AS (
        INSERT INTO mutes (id, muter_id, muted_id) VALUES ($5, $3, $4) ON CONFLICT (muter_id, muted_id) DO NOTHING
        RETURNING id
    )
    """,
    result="SELECT true FROM written",
)
_UNMUTE = with_event(
    "written AS (DELETE FROM mutes WHERE muter_id = $3 AND muted_id = $4 RETURNING id)",
    result="SELECT true FROM written",
)

_BOUNDARIES = """
    SELECT
        ARRAY(SELECT blocked_id FROM blocks WHERE blocker_id = $1),
        ARRAY(SELECT blocker_id FROM blocks WHERE blocked_id = $1),
        ARRAY(SELECT muted_id FROM mutes WHERE muter_id = $1)
"""
_BLOCKED = ListQuery("SELECT id AS key, blocked_id AS node_id FROM blocks WHERE blocker_id = parent.id")
_MUTED = ListQuery("SELECT id AS key, muted_id AS node_id FROM mutes WHERE muter_id = parent.id")


class Walls(GraphPart):
    async def block(self, blocker_id: int, blocked_id: int, block_id: int, event: Event) -> bool:
        arguments = *told(event, self._fame), block_id, blocker_id, blocked_id
        return bool(await self._fetch_locked([blocker_id, blocked_id], _BLOCK, *arguments))

    async def unblock(self, blocker_id: int, blocked_id: int, event: Event) -> bool:
        return await self._fetchval(_UNBLOCK, *logged(event), blocker_id, blocked_id) is not None

    async def mute(self, muter_id: int, muted_id: int, mute_id: int, event: Event) -> bool:
        return await self._fetchval(_MUTE, *logged(event), muter_id, muted_id, mute_id) is not None

    async def unmute(self, muter_id: int, muted_id: int, event: Event) -> bool:
        return await self._fetchval(_UNMUTE, *logged(event), muter_id, muted_id) is not None

    async def boundaries(self, user_id: int) -> Boundaries:
        [sides] = await self._fetch(_BOUNDARIES, user_id)
        return Boundaries(*map(frozenset, sides))

    async def blocked(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return await self._pages(_BLOCKED, user_ids, window)

    async def muted(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return await self._pages(_MUTED, user_ids, window)
