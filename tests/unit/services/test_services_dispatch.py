"""What each kind of event sets going."""

from collections.abc import Sequence
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Unavailable
from events import (
    KINDS,
    Body,
    Event,
    Followed,
    SignedUp,
    TweetsDeleted,
    TweetsPosted,
    Unfollowed,
    UsersChanged,
    decode,
    encode,
)
from services.dispatch import Dispatcher, plan
from stores.queue import Dispatch, Queue

IDS = st.integers(1, 2**63 - 1)
PAIRS = st.lists(st.tuples(IDS, IDS), min_size=1, max_size=5).map(tuple)
PAIRED = [TweetsPosted, TweetsDeleted, Followed, Unfollowed]
BODIES = st.one_of(
    *(st.builds(kind, PAIRS) for kind in PAIRED),
    st.builds(SignedUp, st.lists(st.tuples(IDS, st.text(), st.text()), min_size=1, max_size=5).map(tuple)),
    st.builds(UsersChanged, st.lists(IDS, min_size=1, max_size=5).map(tuple)),
)
EVENTS = st.builds(Event, IDS, BODIES)


@given(EVENTS)
def test_an_event_is_read_back(event: Event) -> None:
    assert decode(encode(event)) == event
    assert KINDS[event.kind] is type(event.body)


@given(EVENTS)
def test_consumers_get_the_whole_event_and_the_live_log_one_fact_each(event: Event) -> None:
    made = plan(event)
    assert (made.event_id, decode(made.packed)) == (event.id, event)
    entries = [decode(entry) for entry in made.live]
    assert {entry.id for entry in entries} <= {event.id}
    match event.body:
        case TweetsPosted(tweets) | TweetsDeleted(tweets):
            assert [entry.body for entry in entries] == [type(event.body)((tweet,)) for tweet in tweets]
        case Followed() | Unfollowed():
            assert entries == [event]
        case _:
            assert entries == []


@pytest.mark.parametrize(
    ("body", "queues"),
    [
        (TweetsPosted(((1, 2),)), ("timeline", "search")),
        (TweetsDeleted(((1, 2),)), ("timeline", "search")),
        (Followed(((1, 2),)), ("timeline", "search")),
        (Unfollowed(((1, 2),)), ("search",)),
        (SignedUp(((1, "a", "A"),)), ("graph",)),
        (UsersChanged((1,)), ("search",)),
    ],
)
def test_who_consumes_what(body: Body, queues: tuple[str, ...]) -> None:
    assert plan(Event(1, body)).queues == queues


class FakeQueue:
    def __init__(self, *, down: bool) -> None:
        self.down = down
        self.dispatched: list[int] = []

    async def dispatch(self, dispatches: Sequence[Dispatch], *, is_news: bool = False) -> int:
        assert is_news
        if self.down:
            raise Unavailable("queue")
        self.dispatched += [each.event_id for each in dispatches]
        return len(dispatches)


@pytest.mark.parametrize("down", [False, True])
async def test_a_queue_that_is_down_is_left_to_the_relay(*, down: bool) -> None:
    """What is committed stays accepted."""
    queue = FakeQueue(down=down)
    await Dispatcher(cast("Queue", queue)).dispatch(Event(1, UsersChanged((1,))), Event(2, UsersChanged((1,))))
    assert queue.dispatched == ([] if down else [1, 2])
