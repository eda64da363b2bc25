"""Blocks and mutes."""

from collections.abc import Mapping, Sequence

from domain.access import Boundaries
from domain.page import Link, Window
from events import Event
from stores.events.neo4j import with_event
from stores.graph.neo4j.follows import PARTED
from stores.graph.neo4j.locks import LOCK
from stores.graph.neo4j.pages import List, Pages, between


def _built(type_: str, source: str, target: str) -> str:
    """A wall between two people, if there is none; `answer` is its id."""
    return f"""
        MATCH (one:Person {{id: $given.one}}) MATCH (other:Person {{id: $given.other}})
        OPTIONAL MATCH {between("held", type_, source, target, "$given.one", "$given.other")}
        WITH one, other, held WHERE held IS NULL
        CREATE (one)-[:{type_} {{id: $given.row_id, {source}: $given.one, {target}: $given.other}}]->(other)
        WITH collect($given.row_id) AS answer
    """


def _gone(type_: str, source: str, target: str) -> str:
    return with_event(
        f"""
        MATCH {between("held", type_, source, target, "$given.one", "$given.other")}
        WITH held, held.id AS row_id
        DELETE held
        RETURN collect(row_id) AS answer
        """,
        lock=LOCK,
    )


_BLOCK = with_event(f"{_built('BLOCKS', 'blocker', 'blocked')} {PARTED} RETURN answer", lock=LOCK)
_UNBLOCK = _gone("BLOCKS", "blocker", "blocked")
_MUTE = with_event(f"{_built('MUTES', 'muter', 'muted')} RETURN answer", lock=LOCK)
_UNMUTE = _gone("MUTES", "muter", "muted")

_BOUNDARIES = """
    CALL () {
        MATCH ()-[block:BLOCKS]->() USING INDEX SEEK block:BLOCKS(blocker, blocked)
        WHERE block.blocker = $given.user_id AND block.blocked IS NOT NULL
        RETURN collect(block.blocked) AS blocks
    }
    CALL () {
        MATCH ()-[block:BLOCKS]->() USING INDEX SEEK block:BLOCKS(blocked, blocker)
        WHERE block.blocked = $given.user_id AND block.blocker IS NOT NULL
        RETURN collect(block.blocker) AS blocked_by
    }
    CALL () {
        MATCH ()-[mute:MUTES]->() USING INDEX SEEK mute:MUTES(muter, muted)
        WHERE mute.muter = $given.user_id AND mute.muted IS NOT NULL
        RETURN collect(mute.muted) AS mutes
    }
    RETURN [blocks, blocked_by, mutes]
"""
_BLOCKED = List("BLOCKS", "blocker", "blocked")
_MUTED = List("MUTES", "muter", "muted")


class Walls(Pages):
    async def block(self, blocker_id: int, blocked_id: int, block_id: int, event: Event) -> bool:
        pairs = [[blocker_id, blocked_id], [blocked_id, blocker_id]]
        return await self._wall(_BLOCK, blocker_id, blocked_id, event, row_id=block_id, pairs=pairs)

    async def unblock(self, blocker_id: int, blocked_id: int, event: Event) -> bool:
        return await self._wall(_UNBLOCK, blocker_id, blocked_id, event)

    async def mute(self, muter_id: int, muted_id: int, mute_id: int, event: Event) -> bool:
        return await self._wall(_MUTE, muter_id, muted_id, event, row_id=mute_id)

    async def unmute(self, muter_id: int, muted_id: int, event: Event) -> bool:
        return await self._wall(_UNMUTE, muter_id, muted_id, event)

    async def _wall(self, statement: str, one: int, other: int, event: Event, **parameters: object) -> bool:
        return bool(await self._write_event(statement, [one, other], event, one=one, other=other, **parameters))

    async def boundaries(self, user_id: int) -> Boundaries:
        return Boundaries(*map(frozenset, await self._read(_BOUNDARIES, user_id=user_id)))

    async def blocked(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return await self._pages(_BLOCKED, user_ids, window)

    async def muted(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return await self._pages(_MUTED, user_ids, window)
