"""Streams against an oracle over the whole live log: each tweet once, in order, or a reset that says so."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.access import OPEN, Boundaries
from domain.errors import BadUserInput
from domain.graph import Followees, User
from domain.live import TimelineEvent, TimelineReset, TimelineResetReason, TweetAdded, TweetRemoved
from domain.tweets import Tweet
from events import Blocked, Body, Followed, Muted, TweetsDeleted, TweetsPosted, Unblocked, Unfollowed, Unmuted
from services.live import live_cursor
from services.ring import Ring
from stores.live import LogPosition
from tests.unit.services.live_services import live_service, told
from tests.unit.services.logs import BORN_MS, EPOCH, RELATIONS, bodies, entry, ring_of, tweet_at
from tests.unit.services.people import person

VIEWER = 1
STRANGER = 5
END = Unfollowed(((VIEWER, 2),))
"""Ends every stream of the viewer's."""

REBUILT = TimelineReset(TimelineResetReason.REBUILT)
TOO_OLD = TimelineReset(TimelineResetReason.TOO_OLD)
SLOW = TimelineReset(TimelineResetReason.SLOW)
SOME = st.frozensets(st.integers(2, STRANGER), max_size=2)


def cursor(number: int, epoch: str = EPOCH) -> str:
    return live_cursor(LogPosition(epoch, BORN_MS, number))


class World:
    """A log whose tweets are those that are posted in it, without the `gone`. `originals`: authors of what is
    retweeted, by the retweet. `protected` are people, and the rest is as it was at the beginning."""

    def __init__(
        self,
        log: Sequence[Body | None],
        followees: frozenset[int] = frozenset(),
        gone: frozenset[int] = frozenset(),
        *,
        originals: dict[int, int] | None = None,
        protected: frozenset[int] = frozenset(),
        boundaries: Boundaries = OPEN,
    ) -> None:
        self.log = log
        self.followees = followees
        self.protected = protected
        self.boundaries = boundaries
        self.tweets: dict[int, Tweet] = {}
        for tweet_id, author in (body.tweets[0] for body in log if isinstance(body, TweetsPosted)):
            if tweet_id not in gone:
                tweet = tweet_at(BORN_MS, author, retweet_of=(originals or {}).get(tweet_id))
                self.tweets[tweet_id] = replace(tweet, id=tweet_id)

    def expected(self, after: int) -> list[TimelineEvent]:
        """All that a stream from there on tells, up to the first change of the viewer's follows, blocks or mutes; what
        comes before that need not be told, as soon as it is known."""
        authors = self.followees | {VIEWER}
        events: list[TimelineEvent] = []
        for number, body in list(enumerate(self.log, 1))[after:]:
            match body:
                case TweetsPosted(((tweet_id, author),)) if author in authors and self._is_shown(tweet_id):
                    events.append(TweetAdded(cursor(number), self.tweets[tweet_id]))
                case TweetsDeleted(((tweet_id, author),)) if author in authors:
                    events.append(TweetRemoved(cursor(number), tweet_id))
                case Followed(edges) | Unfollowed(edges) | Muted(edges) | Unmuted(edges):
                    if any(one == VIEWER for one, _ in edges):
                        return [*events, REBUILT]
                case Blocked(edges) | Unblocked(edges):
                    if any(VIEWER in edge for edge in edges):
                        return [*events, REBUILT]
        return events

    def _is_shown(self, tweet_id: int) -> bool:
        tweet = self.tweets.get(tweet_id)
        if tweet is None:
            return False
        people = {tweet.author_id, tweet.retweet_of_author_id or tweet.author_id}
        hidden = self.boundaries.blocks | self.boundaries.blocked_by | (self.protected - self.followees)
        return not people & (hidden - {VIEWER}) and not people & self.boundaries.mutes

    def stream(self, ring: Ring, after: str | None, *, at: int | None = None) -> AsyncGenerator[TimelineEvent]:
        """`at`: where the log stands; None: where the ring does."""

        async def position() -> LogPosition:
            return LogPosition(ring.epoch, BORN_MS, ring.number if at is None else at)

        async def followees(_: int) -> Followees:
            return Followees(self.followees)

        async def boundaries(_: int) -> Boundaries:
            return self.boundaries

        async def users(user_ids: Sequence[int]) -> dict[int, User]:
            assert user_ids
            return {each: person(each, is_protected=each in self.protected) for each in user_ids}

        async def tweets(tweet_ids: Sequence[int]) -> dict[int, Tweet]:
            assert tweet_ids
            await asyncio.sleep(0)
            return {each: self.tweets[each] for each in tweet_ids if each in self.tweets}

        service = live_service(
            SimpleNamespace(followees=followees, boundaries=boundaries, users=users),
            SimpleNamespace(tweets=tweets),
            SimpleNamespace(position=position),
            ring,
        )
        return told(service, lambda live: live.timeline_updates(VIEWER, after))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Most tweets are retweets, also of the viewer's; whoever is blocked may still be followed, since the one is read
    before the other."""
    ids = st.integers(1000, 1030)
    return World(
        draw(bodies()),
        draw(st.frozensets(st.integers(2, 4))),
        draw(st.frozensets(ids)),
        originals=draw(st.dictionaries(ids, st.integers(1, STRANGER))),
        protected=draw(st.frozensets(st.integers(1, STRANGER))),
        boundaries=draw(st.builds(Boundaries, SOME, SOME, SOME)),
    )


async def post(ring: Ring, log: Sequence[Body | None], chunks: Sequence[int]) -> None:
    """What the ring has not read yet, by chunks in turn."""
    turn = 0
    while rest := log[ring.number :]:
        news = rest[: chunks[turn % len(chunks)]]
        await ring.append([entry(ring.number + at, body) for at, body in enumerate(news, 1)])
        await asyncio.sleep(0)
        turn += 1


async def follow(
    stream: AsyncGenerator[TimelineEvent], pauses: int, events: list[TimelineEvent] | None = None, *, limit: int = 1000
) -> list[TimelineEvent]:
    """Events, up to so many; a reader who is slow makes as many pauses after each."""
    events = [] if events is None else events
    async with aclosing(stream):
        async for event in stream:
            events.append(event)
            if len(events) == limit:
                break
            for _ in range(pauses):
                await asyncio.sleep(0)
    return events


def agrees(events: Sequence[TimelineEvent], expected: Sequence[TimelineEvent]) -> bool:
    """Whether a stream told what was to be told, of which a change of all may be the first."""
    if REBUILT in expected:
        return events[-1] == REBUILT and list(events[:-1]) == list(expected[: len(events) - 1])
    return list(events) == [*expected, REBUILT]


async def end(ring: Ring, world: World, events: Sequence[TimelineEvent], expected: int) -> None:
    """Changes all, once everything was told."""
    while len(events) < expected or ring.number < len(world.log):
        await asyncio.sleep(0)
    await ring.append([entry(ring.number + 1, END)])


async def read_all(
    world: World,
    ring: Ring,
    after: int,
    chunks: Sequence[int],
    pauses: int = 0,
    stream: AsyncGenerator[TimelineEvent] | None = None,
) -> list[TimelineEvent]:
    """What a stream (by default that from a number on) tells while the log grows, and then to its end."""
    told: list[TimelineEvent] = []
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        expected = world.expected(after)
        tasks.create_task(follow(stream or world.stream(ring, cursor(after)), pauses, told))
        tasks.create_task(post(ring, world.log, chunks))
        if REBUILT not in expected:
            tasks.create_task(end(ring, world, told, len(expected)))
    return told


@settings(max_examples=300)
@given(worlds(), st.data(), st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(0, 4), st.integers(1, 5))
async def test_a_stream_tells_all_and_nothing_twice(
    world: World, data: st.DataObject, chunks: list[int], pauses: int, batch: int
) -> None:
    """From any place in the log, however it grows meanwhile."""
    here = data.draw(st.integers(0, len(world.log)), "entries at the beginning")
    after = data.draw(st.integers(0, here), "cursor")
    ring = await ring_of(world.log[:here])
    with patch("services.live.timelines.BATCH", batch), patch("services.live.hub.BATCH", batch):
        events = await read_all(world, ring, after, chunks, pauses)
    assert agrees(events, world.expected(after))


@settings(max_examples=300)
@given(worlds(), st.integers(0, 10), st.integers(1, 5))
async def test_a_stream_goes_on_where_it_broke_off(world: World, told: int, batch: int) -> None:
    expected = world.expected(0)
    told = min(told, len(expected))
    ring = await ring_of(world.log)
    with patch("services.live.timelines.BATCH", batch), patch("services.live.hub.BATCH", batch):
        first = await follow(world.stream(ring, cursor(0)), 0, limit=told) if told else []
        last = first[-1] if first else None
        if last != REBUILT:
            after = last.cursor if isinstance(last, TweetAdded | TweetRemoved) else cursor(0)
            number = next(at for at in range(len(world.log) + 1) if cursor(at) == after)
            first += await read_all(world, ring, number, [1])
    assert agrees(first, expected)


@settings(max_examples=300)
@given(worlds(), st.integers(1, 6), st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(0, 9))
async def test_a_reader_who_is_too_slow_is_told_so(world: World, capacity: int, chunks: list[int], pauses: int) -> None:
    """Never a gap: what was told is the beginning of all there was to tell. Where the ring left its place behind before
    it had begun, that place was too old."""
    world.log = [*world.log, END]
    ring = await ring_of([], capacity=capacity)
    with patch("services.live.timelines.BATCH", 2), patch("services.live.hub.BATCH", 2):
        events, _ = await asyncio.gather(follow(world.stream(ring, None), pauses), post(ring, world.log, chunks))
    expected = world.expected(0)
    assert agrees(events, expected) or events == [*expected[: len(events) - 1], SLOW] or events == [TOO_OLD]


@given(bodies(), st.integers(1, 5), st.integers(0, 40))
async def test_a_place_that_is_not_kept_is_too_old(log: list[Body | None], capacity: int, after: int) -> None:
    world = World([*log, END])
    ring = await ring_of(world.log, capacity=capacity)
    if not ring.holds(EPOCH, after):
        assert await follow(world.stream(ring, cursor(after)), 0) == [TOO_OLD]
    assert await follow(world.stream(ring, cursor(ring.number, "another")), 0) == [TOO_OLD]


@pytest.mark.parametrize(
    ("epoch", "reason"), [("another", TOO_OLD), (EPOCH, SLOW)], ids=["the log was lost", "entries were lost"]
)
async def test_a_log_that_begins_anew_ends_streams(epoch: str, reason: TimelineReset) -> None:
    world = World([TweetsPosted(((1000, VIEWER),))])
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
    world = World([TweetsPosted(((1000, VIEWER),)), TweetsPosted(((1001, VIEWER),))])
    ring = await ring_of(world.log[:1])
    events = await read_all(world, ring, 1, [1], stream=world.stream(ring, None))
    assert events == [TweetAdded(cursor(2), world.tweets[1001]), REBUILT]


@pytest.mark.parametrize("kind", RELATIONS)
@pytest.mark.parametrize("edge", [(VIEWER, 2), (2, VIEWER), (2, 3)])
async def test_changes_of_the_viewers_own_end_a_stream(kind: type[Followed | Blocked], edge: tuple[int, int]) -> None:
    """A block that of both; who is followed or muted by others does not hear of it."""
    ends = edge[0] == VIEWER or (VIEWER in edge and kind in {Blocked, Unblocked})
    world = World([kind((edge,)), TweetsPosted(((1000, VIEWER),))])
    events = await read_all(world, await ring_of(world.log), 0, [1])
    assert events == ([REBUILT] if ends else [TweetAdded(cursor(2), world.tweets[1000]), REBUILT])


@pytest.mark.parametrize("after", [cursor(2), None])
async def test_a_stream_waits_for_a_ring_that_is_behind_the_log(after: str | None) -> None:
    """The page that a cursor is from may have been read in another process, whose ring was faster."""
    world = World([TweetsPosted(((1000 + at, VIEWER),)) for at in range(4)])
    ring = await ring_of(world.log[:1])
    events = await read_all(world, ring, 2, [1], stream=world.stream(ring, after, at=2))
    assert events == [TweetAdded(cursor(at + 1), world.tweets[1000 + at]) for at in (2, 3)] + [REBUILT]


@pytest.mark.parametrize("after", ["", "x", "dGltZWxpbmU6MQ"])
async def test_what_is_no_cursor_is_refused(after: str) -> None:
    world = World([END])
    with pytest.raises(BadUserInput, match=r"^after: not a cursor of this stream;"):
        await anext(world.stream(await ring_of(world.log), after))
