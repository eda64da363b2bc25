"""What happens after a commit: each event into the live log and to its consumers, once."""

import logging
from collections.abc import Sequence
from contextlib import suppress

from domain.errors import Unavailable
from events import (
    ActivityChanged,
    Blocked,
    Body,
    Event,
    Followed,
    MediaUploaded,
    Muted,
    SessionsRevoked,
    SignedUp,
    TweetsDeleted,
    TweetsLiked,
    TweetsPosted,
    Unblocked,
    Unfollowed,
    Unmuted,
    UsersChanged,
    encode,
)
from faults import crash_point
from stores.queue import Dispatch, Queue

_logger = logging.getLogger(__name__)


CONSUMERS: dict[type[Body], tuple[str, ...]] = {
    TweetsPosted: ("timeline", "search"),
    TweetsDeleted: ("timeline", "search", "media"),
    TweetsLiked: ("search",),
    Followed: ("timeline", "search"),
    Unfollowed: ("search",),
    Blocked: ("search",),
    Unblocked: (),
    Muted: (),
    Unmuted: (),
    ActivityChanged: ("timeline",),
    SignedUp: ("graph",),
    SessionsRevoked: (),
    UsersChanged: ("search",),
    MediaUploaded: ("media",),
}
"""The queues that an event goes to."""


def plan(event: Event) -> Dispatch:
    """Which live log entries and which consumers an event goes to."""
    packed = encode(event)
    return Dispatch(event.id, packed, _entries(event, packed), CONSUMERS[type(event.body)])


def _entries(event: Event, packed: bytes) -> Sequence[bytes]:
    """An entry a tweet, so that the log is read by author; of what nobody waits for none."""
    match event.body:
        case TweetsPosted(tweets, _):
            return [encode(Event(event.id, TweetsPosted((tweet,)))) for tweet in tweets]
        case TweetsDeleted(tweets):
            return [encode(Event(event.id, TweetsDeleted((tweet,)))) for tweet in tweets]
        case TweetsLiked() | ActivityChanged() | SignedUp() | UsersChanged() | MediaUploaded():
            return ()
    return (packed,)


class Dispatcher:
    """Dispatches what a request has just committed."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    async def dispatch(self, *events: Event) -> None:
        """Never fails for want of the queue: what is committed stays accepted, and the relay dispatches it later."""
        for event in events:
            crash_point(f"{event.kind}.committed")
        try:
            await self._queue.dispatch([plan(event) for event in events])
        except Unavailable:
            _logger.warning("queue unavailable: %d events left to the relay", len(events))
        for event in events:
            crash_point(f"{event.kind}.dispatched")

    async def hint(self, event: Event) -> None:
        """Dispatches one of events.HINTS, if the queue is there."""
        with suppress(Unavailable):
            await self._queue.dispatch([plan(event)])
