"""What happens after a commit: each event into the live log and to its consumers, once."""

import logging

from domain.errors import Unavailable
from events import Event, Followed, SignedUp, TweetsDeleted, TweetsPosted, Unfollowed, UsersChanged, encode
from faults import crash_point
from stores.queue import Dispatch, Queue

_logger = logging.getLogger(__name__)


def plan(event: Event) -> Dispatch:
    """Which live log entries and which consumers an event goes to."""
    packed = encode(event)
    match event.body:
        case TweetsPosted(tweets):
            live = [encode(Event(event.id, TweetsPosted((tweet,)))) for tweet in tweets]
            return Dispatch(event.id, packed, live, ("timeline", "search"))
        case TweetsDeleted(tweets):
            live = [encode(Event(event.id, TweetsDeleted((tweet,)))) for tweet in tweets]
            return Dispatch(event.id, packed, live, ("timeline", "search"))
        case Followed():
            return Dispatch(event.id, packed, (packed,), ("timeline", "search"))
        case Unfollowed():
            return Dispatch(event.id, packed, (packed,), ("search",))
        case SignedUp():
            return Dispatch(event.id, packed, (), ("graph",))
        case UsersChanged():
            return Dispatch(event.id, packed, (), ("search",))


class Dispatcher:
    """Dispatches what a request has just committed."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    async def dispatch(self, *events: Event) -> None:
        """Never fails for want of the queue: what is committed stays accepted, and the relay dispatches it later."""
        for event in events:
            crash_point(f"{event.kind}.committed")
        try:
            await self._queue.dispatch([plan(event) for event in events], is_news=True)
        except Unavailable:
            _logger.warning("queue unavailable: %d events left to the relay", len(events))
        for event in events:
            crash_point(f"{event.kind}.dispatched")
