"""What each kind of event sets going."""

from collections.abc import Sequence
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Unavailable
from events import (
    KINDS,
    ActivityChanged,
    Blocked,
    Body,
    Event,
    Followed,
    MediaUploaded,
    Muted,
    SignedUp,
    TweetsDeleted,
    TweetsLiked,
    TweetsPosted,
    Unblocked,
    Unfollowed,
    Unmuted,
    UsersChanged,
    decode,
    encode,
)
from services.dispatch import CONSUMERS, Dispatcher, plan
from stores.queue import QUEUES, Dispatch, Queue
from tests.unit.services.logs import RELATIONS

IDS = st.integers(1, 2**63 - 1)
PAIRS = st.lists(st.tuples(IDS, IDS), min_size=1, max_size=5).map(tuple)
SOME_IDS = st.lists(IDS, min_size=1, max_size=5).map(tuple)
BODIES = st.one_of(
    st.builds(TweetsPosted, PAIRS, SOME_IDS),
    *(st.builds(kind, PAIRS) for kind in [TweetsDeleted, *RELATIONS]),
    st.builds(SignedUp, st.lists(st.tuples(IDS, st.text(), st.text()), min_size=1, max_size=5).map(tuple)),
    *(st.builds(kind, SOME_IDS) for kind in [ActivityChanged, UsersChanged, TweetsLiked]),
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
        case SignedUp() | UsersChanged() | ActivityChanged() | MediaUploaded() | TweetsLiked():
            assert entries == []
        case _:
            assert entries == [event]


@pytest.mark.parametrize(
    ("body", "queues"),
    [
        (TweetsPosted(((1, 2),)), ("timeline", "search")),
        (TweetsDeleted(((1, 2),)), ("timeline", "search", "media")),
        (TweetsLiked((1,)), ("search",)),
        (Followed(((1, 2),)), ("timeline", "search")),
        (Unfollowed(((1, 2),)), ("search",)),
        (Blocked(((1, 2),)), ("search",)),
        (Unblocked(((1, 2),)), ()),
        (Muted(((1, 2),)), ()),
        (Unmuted(((1, 2),)), ()),
        (ActivityChanged((1,)), ("timeline",)),
        (SignedUp(((1, "a", "A"),)), ("graph",)),
        (UsersChanged((1,)), ("search",)),
        (MediaUploaded((1,)), ("media",)),
    ],
)
def test_who_consumes_what(body: Body, queues: tuple[str, ...]) -> None:
    assert plan(Event(1, body)).queues == queues


def test_every_kind_has_its_consumers() -> None:
    assert set(CONSUMERS) == set(KINDS.values())
    assert {queue for queues in CONSUMERS.values() for queue in queues} == set(QUEUES)


class FakeQueue:
    def __init__(self, *, down: bool) -> None:
        self.down = down
        self.dispatched: list[Sequence[int]] = []

    async def dispatch(self, dispatches: Sequence[Dispatch]) -> None:
        if self.down:
            raise Unavailable("queue")
        self.dispatched.append([each.event_id for each in dispatches])


@pytest.mark.parametrize("down", [False, True])
async def test_a_queue_that_is_down_is_left_to_the_relay(*, down: bool) -> None:
    """What is committed stays accepted; what goes out together is one call."""
    queue = FakeQueue(down=down)
    await Dispatcher(cast("Queue", queue)).dispatch(Event(1, UsersChanged((1,))), Event(2, UsersChanged((1,))))
    assert queue.dispatched == ([] if down else [[1, 2]])


@pytest.mark.parametrize("down", [False, True])
async def test_a_hint_may_be_lost(*, down: bool) -> None:
    queue = FakeQueue(down=down)
    await Dispatcher(cast("Queue", queue)).hint(Event(1, TweetsLiked((1,))))
    assert queue.dispatched == ([] if down else [[1]])
