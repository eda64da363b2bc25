"""Following, requests to follow protected people, and profiles."""

import logging
from collections.abc import Sequence

from domain.errors import Unavailable
from domain.graph import Follow
from domain.refusals import Refused, UserErrorCode, refuse
from events import Event, Followed, Unfollowed, UsersChanged
from faults import crash_point
from services.dispatch import Dispatcher
from services.fan_out import FanOut
from services.media import MediaService
from services.profiles import BIO, DISPLAY_NAME, check_field
from services.snowflakes import Snowflakes
from stores.graph import GraphStore

_logger = logging.getLogger(__name__)


class GraphService:
    def __init__(
        self,
        graph: GraphStore,
        fan_out: FanOut,
        dispatcher: Dispatcher,
        snowflakes: Snowflakes,
        media: MediaService,
    ) -> None:
        self._graph = graph
        self._fan_out = fan_out
        self._dispatcher = dispatcher
        self._snowflakes = snowflakes
        self._media = media

    async def follow(self, viewer_id: int, user_id: int) -> None:
        """Idempotent. The followee's tweets are in the viewer's timeline when this returns; protected people are asked
        instead. Raises Refused, also where one of the two blocks the other."""
        await check_other(self._graph, viewer_id, user_id, "follow")
        edge, event = self._edge(viewer_id, user_id)
        outcome = await self._graph.follow([edge], event)
        if outcome.followed:
            await self._followed(edge, event)
        elif not outcome.requested:
            await self._check_unparted(viewer_id, user_id)

    async def unfollow(self, viewer_id: int, user_id: int) -> None:
        """Idempotent; withdraws a request as well. Timelines keep their entries: reading counts only those whom the
        reader follows now."""
        await check_other(self._graph, viewer_id, user_id, "unfollow")
        event = Event(self._snowflakes.mint(), Unfollowed(((viewer_id, user_id),)))
        if await self._graph.unfollow(viewer_id, user_id, event):
            await self._dispatcher.dispatch(event)

    async def accept_follow_request(self, viewer_id: int, requester_id: int) -> None:
        """The viewer's tweets are in the requester's timeline when this returns. Raises Refused where there is no such
        request."""
        edge, event = self._edge(requester_id, viewer_id)
        if not await self._graph.accept(edge, event):
            raise _no_such_request()
        await self._followed(edge, event)

    async def reject_follow_request(self, viewer_id: int, requester_id: int) -> None:
        """Raises Refused where there is no such request."""
        if not await self._graph.reject(requester_id, viewer_id):
            raise _no_such_request()

    async def update_profile(
        self,
        viewer_id: int,
        *,
        display_name: str | None = None,
        bio: str | None = None,
        is_protected: bool | None = None,
        avatar_id: int | None = None,
    ) -> None:
        """None leaves a field as it is. Raises Refused."""
        errors = check_field(DISPLAY_NAME, display_name) if display_name is not None else []
        errors += check_field(BIO, bio) if bio is not None else []
        if errors:
            raise Refused(*errors)
        if avatar_id is not None:
            await self._media.use_as_avatar(viewer_id, avatar_id)
        event = Event(self._snowflakes.mint(), UsersChanged((viewer_id,)))
        await self._graph.update_profile(
            viewer_id, event, display_name=display_name, bio=bio, is_protected=is_protected, avatar_id=avatar_id
        )
        await self._dispatcher.dispatch(event)

    async def ensure_people(self, people: Sequence[tuple[int, str, str]]) -> None:
        """Merges (account id, handle, display name) into the follow graph; those who are there stay as they are."""
        event = Event(self._snowflakes.mint(), UsersChanged(tuple(person[0] for person in people)))
        if await self._graph.merge_users(people, event):
            await self._dispatcher.dispatch(event)

    def _edge(self, follower_id: int, followee_id: int) -> tuple[Follow, Event]:
        event = Event(self._snowflakes.mint(), Followed(((follower_id, followee_id),)))
        return Follow(self._snowflakes.mint(), follower_id, followee_id), event

    async def _followed(self, edge: Follow, event: Event) -> None:
        """Merged before it is dispatched, so that whom the live log tells of the change finds it in the timeline."""
        crash_point("followed.unmerged")
        try:
            await self._fan_out.followed([(edge.follower_id, edge.followee_id)])
        except Unavailable:
            _logger.warning("timelines unavailable: follow %d is left to the relay", event.id)
        else:
            await self._dispatcher.dispatch(event)

    async def _check_unparted(self, viewer_id: int, user_id: int) -> None:
        """Tells apart why the store did not add a follow: it is there already, or one of the two blocks the other."""
        boundaries = await self._graph.boundaries(viewer_id)
        if user_id in boundaries.blocked_by:
            raise refuse(UserErrorCode.FORBIDDEN, "You can't follow somebody who blocks you.", "userId")
        if user_id in boundaries.blocks:
            raise refuse(UserErrorCode.FORBIDDEN, "Unblock them first.", "userId")


async def check_other(graph: GraphStore, viewer_id: int, user_id: int, verb: str) -> None:
    """Raises Refused for oneself and for nobody."""
    if viewer_id == user_id:
        raise refuse(UserErrorCode.INVALID, f"You can't {verb} yourself.", "userId")
    if not await graph.users([user_id]):
        raise refuse(UserErrorCode.NOT_FOUND, "There is no such user.", "userId")


def _no_such_request() -> Refused:
    return refuse(UserErrorCode.NOT_FOUND, "There is no such follow request.", "userId")
