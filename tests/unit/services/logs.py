"""Live logs in memory, for tests of what reads them."""

from collections.abc import Sequence

from hypothesis import strategies as st

from domain.snowflake import EPOCH_MS, compose
from domain.tweets import Tweet
from events import Body, Event, Followed, TweetsDeleted, TweetsPosted, Unfollowed, encode
from services.ring import Ring
from stores.live import LogEntry, LogPosition

BORN_MS = EPOCH_MS + 1_000_000
EPOCH = "epoch"
PEOPLE = st.integers(1, 4)


def entry(number: int, body: Body, at_ms: int | None = None) -> LogEntry:
    """An entry that arrived `number` seconds after the log's birth."""
    at_ms = BORN_MS + 1000 * number if at_ms is None else at_ms
    return LogEntry(number, at_ms, encode(Event(compose(at_ms, 0, number % 4096), body)))


def tweet_at(at_ms: int, author_id: int = 1, *, sequence: int = 0) -> Tweet:
    """A tweet that was written at a Unix time."""
    tweet_id = compose(at_ms, 0, sequence)
    return Tweet(tweet_id, tweet_id, author_id, "text", tweet_id, None, None, None, 0, 0, 0, 0)


async def ring_of(bodies: Sequence[Body], *, capacity: int = 100, before: int = 0) -> Ring:
    """A ring that has read these, from number `before` + 1 on."""
    ring = Ring(capacity)
    await ring.restart(LogPosition(EPOCH, BORN_MS, before), before)
    await ring.append(entry(before + at, body) for at, body in enumerate(bodies, 1))
    return ring


@st.composite
def bodies(draw: st.DrawFn, max_size: int = 30) -> list[Body]:
    """What may come in a log: each tweet is posted once, and by whom it is deleted it was posted."""
    posted: list[tuple[int, int]] = []
    made: list[Body] = []
    for kind in draw(
        st.lists(st.sampled_from(["post", "post", "post", "delete", "follow", "unfollow"]), max_size=max_size)
    ):
        match kind:
            case "post":
                posted.append((1000 + len(posted), draw(PEOPLE)))
                made.append(TweetsPosted((posted[-1],)))
            case "delete" if posted:
                made.append(TweetsDeleted((draw(st.sampled_from(posted)),)))
            case "follow":
                made.append(Followed(((draw(PEOPLE), draw(PEOPLE)),)))
            case "unfollow":
                made.append(Unfollowed(((draw(PEOPLE), draw(PEOPLE)),)))
    return made
