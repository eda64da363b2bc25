"""What the suites put into the stores, and how they read it back."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import count

from hypothesis import HealthCheck, settings

from domain.page import Link, Window
from domain.tweets import NewTweet
from events import Event, UsersChanged
from stores.events import EventLog

LARGEST = 2**63 - 1
UNICODE = "naïve 日本語 👩‍👩‍👧 \u202eעברית\u2066 é \U0010fffd ' \" \\ % _ <b>&amp;"

examples = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
"""For properties of stores. Examples share a store: each uses ids that no other has."""

_ids = count(1_000_000)


def new_id() -> int:
    """An id that is above all others given before."""
    return next(_ids)


def event() -> Event:
    event_id = new_id()
    return Event(event_id, UsersChanged((event_id,)))


def tweet(
    author_id: int,
    *,
    tweet_id: int | None = None,
    text: str = "words",
    reply_to: int | None = None,
    retweet_of: int | None = None,
    quote_of: int | None = None,
    pulled: bool = False,
) -> NewTweet:
    """A tweet whose id is given, or new."""
    tweet_id = tweet_id or new_id()
    return NewTweet(tweet_id, new_id(), author_id, text, reply_to or tweet_id, reply_to, retweet_of, quote_of, pulled)


async def logged(events: EventLog) -> list[int]:
    """The ids of all events, in the log's order."""
    return [entry.event.id for entry in await events.read(None, 1000)]


Fetch = Callable[[Window], Awaitable[Sequence[Link]]]


async def all_pages(fetch: Fetch, size: int, *, ascending: bool) -> list[Link]:
    """A list read to its end, page by page."""
    links: list[Link] = []
    while True:
        end = links[-1].key if links else None
        window = Window(size, low=end, ascending=True) if ascending else Window(size, high=end)
        page = await fetch(window)
        links += page
        if len(page) < size:
            return links
