"""Following and profiles."""

import logging
from collections.abc import Sequence

from domain.errors import Unavailable
from domain.graph import Follow
from domain.refusals import Refused, UserErrorCode, refuse
from events import Event, Followed, Unfollowed, UsersChanged
from faults import crash_point
from services.dispatch import Dispatcher
from services.fan_out import FanOut
from services.profiles import BIO, DISPLAY_NAME, check_field
from services.snowflakes import Snowflakes
from stores.graph import GraphStore

_logger = logging.getLogger(__name__)


class GraphService:
    def __init__(self, graph: GraphStore, fan_out: FanOut, dispatcher: Dispatcher, snowflakes: Snowflakes) -> None:
        self._graph = graph
        self._fan_out = fan_out
        self._dispatcher = dispatcher
        self._snowflakes = snowflakes

    async def follow(self, viewer_id: int, user_id: int) -> None:
        """Idempotent. The followee's tweets are in the viewer's timeline when this returns."""
        await self._check_other(viewer_id, user_id, "follow")
        event = Event(self._snowflakes.mint(), Followed(((viewer_id, user_id),)))
        edge = Follow(self._snowflakes.mint(), viewer_id, user_id)
        if not await self._graph.follow([edge], event):
            return
        crash_point("followed.unmerged")
        # Merged before it is dispatched, so that whom the live log tells of the change finds it in the timeline.
        try:
            await self._fan_out.followed([(viewer_id, user_id)])
        except Unavailable:
            _logger.warning("timelines unavailable: follow %d is left to the relay", event.id)
        else:
            await self._dispatcher.dispatch(event)

    async def unfollow(self, viewer_id: int, user_id: int) -> None:
        """Idempotent. Timelines keep their entries: reading counts only those whom the reader follows now."""
        await self._check_other(viewer_id, user_id, "unfollow")
        event = Event(self._snowflakes.mint(), Unfollowed(((viewer_id, user_id),)))
        if await self._graph.unfollow(viewer_id, user_id, event):
            await self._dispatcher.dispatch(event)

    async def update_profile(self, viewer_id: int, *, display_name: str | None, bio: str | None) -> None:
        """None leaves a field as it is. Raises Refused."""
        errors = check_field(DISPLAY_NAME, display_name) if display_name is not None else []
        errors += check_field(BIO, bio) if bio is not None else []
        if errors:
            raise Refused(*errors)
        event = Event(self._snowflakes.mint(), UsersChanged((viewer_id,)))
        await self._graph.update_profile(viewer_id, display_name, bio, event)
        await self._dispatcher.dispatch(event)

    async def ensure_people(self, people: Sequence[tuple[int, str, str]]) -> None:
        """Merges (account id, handle, display name) into the follow graph; those who are there stay as they are."""
        event = Event(self._snowflakes.mint(), UsersChanged(tuple(person[0] for person in people)))
        if await self._graph.merge_users(people, event):
            await self._dispatcher.dispatch(event)

    async def _check_other(self, viewer_id: int, user_id: int, verb: str) -> None:
        if viewer_id == user_id:
            raise refuse(UserErrorCode.INVALID, f"You can't {verb} yourself.", "userId")
        if not await self._graph.users([user_id]):
            raise refuse(UserErrorCode.NOT_FOUND, "There is no such user.", "userId")
