"""Streams against an oracle over the whole live log: each tweet once, in order, or a reset that says so."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from types import SimpleNamespace
from typing import cast
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import BadUserInput
from domain.live import TimelineEvent, TimelineReset, TimelineResetReason, TweetAdded, TweetRemoved
from domain.tweets import Tweet
from events import Body, Followed, TweetsDeleted, TweetsPosted, Unfollowed
from services.live import LiveService, live_cursor
from services.ring import Ring
from stores.graph import GraphStore
from stores.live import LiveLog, LogPosition
from stores.tweets import TweetStore
from tests.unit.services.logs import BORN_MS, EPOCH, bodies, entry, ring_of

VIEWER = 1
END = Unfollowed(((VIEWER, 2),))
"""Ends every stream of the viewer's that has got so far."""

REBUILT = TimelineReset(TimelineResetReason.REBUILT)
TOO_OLD = TimelineReset(TimelineResetReason.TOO_OLD)
SLOW = TimelineReset(TimelineResetReason.SLOW)
FOLLOWEES = st.sets(st.integers(2, 4))


def cursor(number: int, epoch: str = EPOCH) -> str:
    return live_cursor(LogPosition(epoch, BORN_MS, number))


def tweet_of(tweet_id: int, author_id: int) -> Tweet:
    return Tweet(tweet_id, tweet_id, author_id, "text", tweet_id, None, None, None, 0, 0, 0, 0)


class World:
    """A log whose tweets are those that are posted in it, without the `gone`."""

    def __init__(self, log: Sequence[Body], followees: set[int], gone: set[int]) -> None:
        self.log = log
        self.followees = followees
        posted = [body.tweets[0] for body in log if isinstance(body, TweetsPosted)]
        self.tweets = {tweet_id: tweet_of(tweet_id, author) for tweet_id, author in posted if tweet_id not in gone}

    def expected(self, after: int) -> list[TimelineEvent]:
        """All that a stream from there on tells, up to the viewer's first change of follows."""
        authors = self.followees | {VIEWER}
        events: list[TimelineEvent] = []
        for number, body in list(enumerate(self.log, 1))[after:]:
            match body:
                case TweetsPosted(((tweet_id, author),)) if author in authors and tweet_id in self.tweets:
                    events.append(TweetAdded(cursor(number), self.tweets[tweet_id]))
                case TweetsDeleted(((tweet_id, author),)) if author in authors:
                    events.append(TweetRemoved(cursor(number), tweet_id))
                case Followed(((follower, _),)) | Unfollowed(((follower, _),)) if follower == VIEWER:
                    return [*events, REBUILT]
        raise AssertionError("the log ends no stream")

    def stream(self, ring: Ring, after: str | None) -> AsyncGenerator[TimelineEvent]:
        async def position() -> LogPosition:
            return LogPosition(ring.epoch, BORN_MS, ring.number)

        async def followees(_: int) -> Sequence[int]:
            return list(self.followees)

        async def tweets(tweet_ids: Sequence[int]) -> dict[int, Tweet]:
            await asyncio.sleep(0)
            return {each: self.tweets[each] for each in tweet_ids if each in self.tweets}

        service = LiveService(
            cast("GraphStore", SimpleNamespace(followees=followees)),
            cast("TweetStore", SimpleNamespace(tweets=tweets)),
            cast("LiveLog", SimpleNamespace(position=position)),
            ring,
        )
        return service.timeline_updates(VIEWER, after)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    log = [*draw(bodies()), END]
    return World(log, draw(FOLLOWEES), draw(st.sets(st.integers(1000, 1030))))


async def post(ring: Ring, log: Sequence[Body], chunks: Sequence[int]) -> None:
    """What the ring has not read yet, by chunks in turn."""
    turn = 0
    while rest := log[ring.number :]:
        news = rest[: chunks[turn % len(chunks)]]
        await ring.append([entry(ring.number + at, body) for at, body in enumerate(news, 1)])
        await asyncio.sleep(0)
        turn += 1


async def follow(stream: AsyncGenerator[TimelineEvent], pauses: int, limit: int = 1000) -> list[TimelineEvent]:
    """Events, up to so many; a reader who is slow makes as many pauses after each."""
    events: list[TimelineEvent] = []
    async with aclosing(stream):
        async for event in stream:
            events.append(event)
            if len(events) == limit:
                break
            for _ in range(pauses):
                await asyncio.sleep(0)
    return events


@settings(max_examples=300)
@given(worlds(), st.data(), st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(0, 4), st.integers(1, 5))
async def test_a_stream_tells_all_and_nothing_twice(
    world: World, data: st.DataObject, chunks: list[int], pauses: int, batch: int
) -> None:
    """From any place in the log, however it grows meanwhile."""
    here = data.draw(st.integers(0, len(world.log) - 1), "entries at the beginning")
    after = data.draw(st.integers(0, here), "cursor")
    ring = await ring_of(world.log[:here])
    with patch("services.live.BATCH", batch):
        events, _ = await asyncio.gather(
            follow(world.stream(ring, cursor(after)), pauses), post(ring, world.log, chunks)
        )
    assert events == world.expected(after)


@settings(max_examples=300)
@given(worlds(), st.integers(0, 10), st.integers(1, 5))
async def test_a_stream_goes_on_where_it_broke_off(world: World, told: int, batch: int) -> None:
    expected = world.expected(0)
    told = min(told, len(expected) - 1)
    ring = await ring_of(world.log)
    with patch("services.live.BATCH", batch):
        first = await follow(world.stream(ring, cursor(0)), 0, told) if told else []
        last = first[-1] if first else None
        after = last.cursor if isinstance(last, TweetAdded | TweetRemoved) else cursor(0)
        rest = await follow(world.stream(ring, after), 0)
    assert first + rest == expected


@settings(max_examples=300)
@given(worlds(), st.integers(1, 6), st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(0, 9))
async def test_a_reader_who_is_too_slow_is_told_so(world: World, capacity: int, chunks: list[int], pauses: int) -> None:
    """Never a gap: what was told is the beginning of all there was to tell."""
    ring = await ring_of([], capacity=capacity)
    with patch("services.live.BATCH", 2):
        events, _ = await asyncio.gather(follow(world.stream(ring, None), pauses), post(ring, world.log, chunks))
    expected = world.expected(0)
    assert events == expected or events == [*expected[: len(events) - 1], SLOW]


@given(bodies(), st.integers(1, 5), st.integers(0, 40))
async def test_a_place_that_is_not_kept_is_too_old(log: list[Body], capacity: int, after: int) -> None:
    world = World([*log, END], set(), set())
    ring = await ring_of(world.log, capacity=capacity)
    if not ring.holds(EPOCH, after):
        assert await follow(world.stream(ring, cursor(after)), 0) == [TOO_OLD]
    assert await follow(world.stream(ring, cursor(ring.number, "another")), 0) == [TOO_OLD]


@pytest.mark.parametrize(
    ("epoch", "reason"), [("another", TOO_OLD), (EPOCH, SLOW)], ids=["the log was lost", "entries were lost"]
)
async def test_a_log_that_begins_anew_ends_streams(epoch: str, reason: TimelineReset) -> None:
    world = World([TweetsPosted(((1000, VIEWER),))], set(), set())
    ring = await ring_of(world.log)
    stream = world.stream(ring, cursor(0))
    assert await anext(stream) == TweetAdded(cursor(1), world.tweets[1000])
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    await ring.restart(LogPosition(epoch, BORN_MS, 7), 6)
    await ring.append([entry(7, TweetsPosted(((1001, VIEWER),)))])
    assert await waiting == reason
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_a_stream_without_a_cursor_begins_now() -> None:
    world = World([TweetsPosted(((1000, VIEWER),)), TweetsPosted(((1001, VIEWER),)), END], set(), set())
    ring = await ring_of(world.log[:1])
    events, _ = await asyncio.gather(follow(world.stream(ring, None), 0), post(ring, world.log, [1]))
    assert events == world.expected(1)


@pytest.mark.parametrize("after", ["", "x", "dGltZWxpbmU6MQ"])
async def test_what_is_no_cursor_is_refused(after: str) -> None:
    world = World([END], set(), set())
    with pytest.raises(BadUserInput, match=r"^after: not a cursor of this stream;"):
        await anext(world.stream(await ring_of(world.log), after))
