"""Blocking and muting. Timelines keep their entries: what one may see, and wants to, is decided when they are read."""

from events import Blocked, Event, Muted, Unblocked, Unmuted
from services.dispatch import Dispatcher
from services.graph import check_other
from services.snowflakes import Snowflakes
from stores.graph import GraphStore


class WallService:
    """Everything is idempotent, and raises Refused for oneself and for nobody."""

    def __init__(self, graph: GraphStore, dispatcher: Dispatcher, snowflakes: Snowflakes) -> None:
        self._graph = graph
        self._dispatcher = dispatcher
        self._snowflakes = snowflakes

    async def block(self, viewer_id: int, user_id: int) -> None:
        """Ends the follows and requests between the two, both ways."""
        await check_other(self._graph, viewer_id, user_id, "block")
        event = Event(self._snowflakes.mint(), Blocked(((viewer_id, user_id),)))
        if await self._graph.block(viewer_id, user_id, self._snowflakes.mint(), event):
            await self._dispatcher.dispatch(event)

    async def unblock(self, viewer_id: int, user_id: int) -> None:
        """Follows and requests that the block ended don't come back."""
        await check_other(self._graph, viewer_id, user_id, "unblock")
        event = Event(self._snowflakes.mint(), Unblocked(((viewer_id, user_id),)))
        if await self._graph.unblock(viewer_id, user_id, event):
            await self._dispatcher.dispatch(event)

    async def mute(self, viewer_id: int, user_id: int) -> None:
        """Keeps somebody out of the viewer's timeline, and changes nothing else."""
        await check_other(self._graph, viewer_id, user_id, "mute")
        event = Event(self._snowflakes.mint(), Muted(((viewer_id, user_id),)))
        if await self._graph.mute(viewer_id, user_id, self._snowflakes.mint(), event):
            await self._dispatcher.dispatch(event)

    async def unmute(self, viewer_id: int, user_id: int) -> None:
        await check_other(self._graph, viewer_id, user_id, "unmute")
        event = Event(self._snowflakes.mint(), Unmuted(((viewer_id, user_id),)))
        if await self._graph.unmute(viewer_id, user_id, event):
            await self._dispatcher.dispatch(event)
