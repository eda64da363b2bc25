"""Live logs in memory, for tests of what reads them."""

from collections.abc import Sequence

import msgpack
from hypothesis import strategies as st

from domain.snowflake import EPOCH_MS, compose
from domain.tweets import Tweet
from events import (
    Blocked,
    Body,
    Event,
    Followed,
    Muted,
    TweetsDeleted,
    TweetsPosted,
    Unblocked,
    Unfollowed,
    Unmuted,
    encode,
)
from services.ring import Ring
from stores.live import LogEntry, LogPosition

BORN_MS = EPOCH_MS + 1_000_000
EPOCH = "epoch"
PEOPLE = st.integers(1, 4)
RELATIONS: list[type[Followed | Unfollowed | Blocked | Unblocked | Muted | Unmuted]] = [
    Followed,
    Unfollowed,
    Blocked,
    Unblocked,
    Muted,
    Unmuted,
]
"""The kinds that change somebody's timeline as a whole."""


def entry(number: int, body: Body | None, at_ms: int | None = None) -> LogEntry:
    """An entry that arrived `number` seconds after the log's birth; None: of a kind that only a later version
    knows."""
    at_ms = BORN_MS + 1000 * number if at_ms is None else at_ms
    event_id = compose(at_ms, 0, number % 4096)
    packed = msgpack.packb((event_id, "later", ())) if body is None else encode(Event(event_id, body))
    return LogEntry(number, at_ms, packed)


def tweet_at(
    at_ms: int,
    author_id: int = 1,
    *,
    sequence: int = 0,
    dated_ms: int | None = None,
    retweet_of: int | None = None,
    pulled: bool = False,
) -> Tweet:
    """A tweet that was written at a Unix time, under the date of another one where that is given; a retweet where it
    names an original's author."""
    tweet_id = compose(at_ms if dated_ms is None else dated_ms, 0, sequence)
    original = None if retweet_of is None else 1
    event_id = compose(at_ms, 1, sequence)
    return Tweet(tweet_id, event_id, author_id, "text", tweet_id, None, original, retweet_of, None, pulled, 0, 0, 0, 0)


async def ring_of(bodies: Sequence[Body | None], *, capacity: int = 100, before: int = 0) -> Ring:
    """A ring that has read these, from number `before` + 1 on."""
    ring = Ring(capacity)
    await ring.restart(LogPosition(EPOCH, BORN_MS, before), before)
    await ring.append(entry(before + at, body) for at, body in enumerate(bodies, 1))
    return ring


@st.composite
def bodies(draw: st.DrawFn, max_size: int = 30) -> list[Body | None]:
    """What may come in a log: each tweet is posted once, and by whom it is deleted it was posted."""
    posted: list[tuple[int, int]] = []
    made: list[Body | None] = []
    kinds = ["post", "post", "post", "delete", "relation", "later"]
    for kind in draw(st.lists(st.sampled_from(kinds), max_size=max_size)):
        match kind:
            case "post":
                posted.append((1000 + len(posted), draw(PEOPLE)))
                made.append(TweetsPosted((posted[-1],)))
            case "delete" if posted:
                made.append(TweetsDeleted((draw(st.sampled_from(posted)),)))
            case "relation":
                edges = draw(st.lists(st.tuples(PEOPLE, PEOPLE), min_size=1, max_size=2))
                made.append(draw(st.sampled_from(RELATIONS))(tuple(edges)))
            case "later":
                made.append(None)
    return made
