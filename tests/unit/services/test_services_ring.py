"""The ring against a plain list of what it should hold."""

import asyncio
import time
from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Unavailable
from domain.snowflake import milliseconds
from events import Blocked, Body, Followed, Muted, TweetsPosted, Unblocked, Unfollowed, Unmuted
from services.ring import CLOCK_SLACK_MS, Ring, RingEntry
from stores.live import LogPosition
from tests.unit.services.logs import BORN_MS, EPOCH, bodies, entry, ring_of, tweet_at

FOREVER = 1 << 62
BOTH = Blocked | Unblocked
ONE = Followed | Unfollowed | Muted | Unmuted


def concerned(body: Body | None) -> set[int]:
    """Whose timeline it changes as a whole: a block that of both."""
    if not isinstance(body, BOTH | ONE):
        return set()
    return set(chain.from_iterable(body.edges)) if isinstance(body, BOTH) else {viewer for viewer, _ in body.edges}


def kept(made: list[Body | None], before: int, capacity: int) -> list[RingEntry]:
    """What a ring of that capacity should hold."""
    entries = [RingEntry(before + at, BORN_MS + 1000 * (before + at), body) for at, body in enumerate(made, 1)]
    return entries[-capacity:]


@given(bodies(), st.integers(0, 5), st.integers(1, 8), st.integers(1, 5))
async def test_it_holds_the_newest_entries(made: list[Body | None], before: int, capacity: int, limit: int) -> None:
    ring = await ring_of(made, capacity=capacity, before=before)
    expected = kept(made, before, capacity)
    newest = before + len(made)
    oldest = newest - len(expected)
    assert ring.number == newest
    for number in range(newest + 3):
        assert ring.holds(EPOCH, number) == (oldest <= number <= newest)
        assert not ring.holds("another", number)
        if ring.holds(EPOCH, number):
            assert ring.after(number, limit) == [each for each in expected if each.number > number][:limit]


@given(bodies(), st.integers(0, 5), st.integers(1, 8), st.sets(st.integers(1, 5)))
async def test_it_knows_who_posted_and_whose_timeline_changed(
    made: list[Body | None], before: int, capacity: int, authors: set[int]
) -> None:
    ring = await ring_of(made, capacity=capacity, before=before)
    expected = kept(made, before, capacity)
    posts = [(each.number, *each.body.tweets[0]) for each in expected if isinstance(each.body, TweetsPosted)]
    changes = [(each.number, viewer) for each in expected for viewer in concerned(each.body)]
    for number in range(before, before + len(made) + 1):
        found = {tweet_id for at, tweet_id, author in posts if author in authors and at <= number}
        assert ring.posted_by(authors, number) == found
        for person in range(1, 6):
            changed = any(at > number and viewer == person for at, viewer in changes)
            assert ring.viewer_changed(person, number) == changed


@given(bodies(), st.integers(0, 3), st.integers(1, 8), st.integers(0, 40), st.integers(-5, 60))
async def test_a_page_may_show_what_its_stream_will_not(
    made: list[Body | None], before: int, capacity: int, number: int, second: int
) -> None:
    """A tweet is in the log up to the page's position, or too old to be still on its way there."""
    ring = await ring_of(made, capacity=capacity, before=before)
    expected = kept(made, before, capacity)
    complete = before == 0 and len(made) <= capacity
    since = BORN_MS if complete else expected[0].at_ms + CLOCK_SLACK_MS if expected else FOREVER
    assert ring.since_ms == since
    stranger = tweet_at(BORN_MS + 1000 * second)
    assert ring.shown_at(stranger, number) == (milliseconds(stranger.event_id) < since)
    for each in expected:
        if isinstance(each.body, TweetsPosted):
            tweet = replace(tweet_at(each.at_ms), id=each.body.tweets[0][0])
            assert ring.shown_at(tweet, number) == (each.number <= number)


@given(bodies(), st.integers(0, 3), st.integers(1, 8))
async def test_its_reach_is_the_age_of_the_oldest_entry_where_one_was_dropped(
    made: list[Body | None], before: int, capacity: int
) -> None:
    """Never longer than what it holds goes back: whether by its own capacity or by the log's, nobody knows what came
    before the oldest."""
    ring = await ring_of(made, capacity=capacity, before=before)
    expected = kept(made, before, capacity)
    oldest = expected[0] if expected else None
    assert (ring.size, ring.oldest) == (len(expected), oldest)
    if before == 0 and len(made) <= capacity:
        assert ring.reach_seconds is None
    else:
        age = time.time() - oldest.at_ms / 1000 if oldest else 0.0
        assert ring.reach_seconds == pytest.approx(age, abs=5)


async def test_entries_lost_in_between_are_not_in_reach() -> None:
    """A ring that begins anew behind a gap reaches back to the gap, however long the log was kept before."""
    now_ms = int(time.time() * 1000)
    ring = await ring_of([TweetsPosted(((1, 1),))])
    await ring.restart(LogPosition(EPOCH, BORN_MS, 9), 8)
    assert ring.reach_seconds == 0
    await ring.append([entry(9, TweetsPosted(((2, 1),)), now_ms)])
    assert ring.reach_seconds is not None
    assert ring.reach_seconds < 5


@given(bodies(), bodies(), st.integers(1, 8), st.integers(0, 10))
async def test_a_new_beginning_forgets_all(
    old: list[Body | None], new: list[Body | None], capacity: int, before: int
) -> None:
    ring = await ring_of(old, capacity=capacity)
    await ring.restart(LogPosition("new", BORN_MS, before), before)
    assert (ring.number, ring.posted_by(range(6), 1000)) == (before, set())
    assert not any(ring.viewer_changed(person, 0) for person in range(6))
    assert not ring.holds(EPOCH, before)
    await ring.append(entry(before + at, body) for at, body in enumerate(new, 1))
    oldest = before + max(0, len(new) - capacity)
    assert list(ring.after(oldest, 1000)) == kept(new, before, capacity)


async def test_waiting_ends_when_the_position_is_reached() -> None:
    ring = await ring_of([])
    waiting = asyncio.create_task(ring.reached(LogPosition(EPOCH, BORN_MS, 2)))
    await ring.append([entry(1, TweetsPosted(((1, 1),)))])
    await asyncio.sleep(0)
    assert not waiting.done()
    await ring.append([entry(2, TweetsPosted(((2, 1),)))])
    await waiting
    await ring.reached(LogPosition(EPOCH, BORN_MS, 1))


@pytest.mark.parametrize("position", [LogPosition(EPOCH, BORN_MS, 2), LogPosition("another", BORN_MS, 1)])
async def test_a_position_that_does_not_come_is_a_queue_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, position: LogPosition
) -> None:
    monkeypatch.setattr("services.ring.REACH_SECONDS", 0.01)
    ring = await ring_of([TweetsPosted(((1, 1),))])
    with pytest.raises(Unavailable) as unavailable:
        await ring.reached(position)
    assert unavailable.value.store == "queue"


@pytest.mark.parametrize("news", ["entry", "epoch", "gap"])
async def test_streams_wake_at_news(news: str) -> None:
    ring = await ring_of([TweetsPosted(((1, 1),))])
    waiting = asyncio.create_task(ring.changed(EPOCH, 1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting.done()
    match news:
        case "entry":
            await ring.append([entry(2, TweetsPosted(((2, 1),)))])
        case "epoch":
            await ring.restart(LogPosition("another", BORN_MS, 0), 0)
        case "gap":
            await ring.restart(LogPosition(EPOCH, BORN_MS, 9), 8)
            await ring.append([entry(9, TweetsPosted(((2, 1),)))])
    await asyncio.wait_for(waiting, 5)
    assert ring.holds(EPOCH, 1) == (news == "entry")


def test_a_ring_that_has_read_nothing_holds_nothing() -> None:
    ring = Ring(10)
    assert not ring.holds(EPOCH, 0)
    assert ring.number == 0
