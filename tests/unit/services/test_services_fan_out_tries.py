"""The tweet processor: what a later try does again, and what posts share that come at once."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.fan_out import BACKDATED_MS, EVENTS_TOGETHER, PARENT_SECONDS, FanOut
from services.unfinished import Unfinished
from tests.unit.services.deliveries import (
    AUTHOR,
    EVENT,
    TWEET,
    Deliveries,
    Killed,
    event_of,
    finish,
    packed,
    received,
    tweet_id,
)

AUTHORS = st.integers(100, 102)
EVENTS = st.lists(st.tuples(AUTHORS, st.sampled_from([0, 0, BACKDATED_MS + 1])), min_size=1, max_size=7)


@settings(max_examples=1000)
@given(
    EVENTS,
    st.integers(0, 17),
    st.lists(st.integers(0, 6), max_size=4),
    st.sets(st.integers(0, 6), max_size=2),
    st.integers(0, 3),
)
async def test_whatever_is_killed_or_deleted_each_reader_gets_what_is_left(
    tweets: list[tuple[int, int]], followers: int, kills: list[int], deleted: set[int], own_pages: int
) -> None:
    """Of an event with any authors in any order; a later try goes on at the page where the last one stood."""
    world = Deliveries()
    for author in (100, 101, 102):
        world.followed_by(author, range(1, followers + 1))
    ids = [tweet_id(at, age_ms) for at, (_, age_ms) in enumerate(tweets)]
    posted = world.post(*((each, author) for each, (author, _) in zip(ids, tweets, strict=True)))
    service = world.service(own_pages=own_pages)
    for tries, kill in enumerate([*kills, None]):
        world.crash_at = kill
        with suppress(Killed):
            await service.posted(EVENT, posted, redelivered=tries > 0)
        if not tries:
            for at in deleted & set(range(len(ids))):
                del world.posted[ids[at]]
    await finish(world, service)
    got = received(world.done)
    for reader in range(1, followers + 1):
        assert set(got[reader]) >= world.posted.keys() if world.posted else True
    for author in {author for author, _ in tweets}:
        assert set(got.get(author, ())) >= {each for each, by in world.posted.items() if by == author}
    assert deleted or world.saved == {}


async def test_a_later_try_goes_on_where_the_last_one_stood() -> None:
    world = Deliveries(crash_at=2)
    world.followed_by(AUTHOR, range(1, 23))
    service = world.service()
    posted = world.post((TWEET, AUTHOR))
    with pytest.raises(Killed):
        await service.posted(EVENT, posted, redelivered=False)
    assert list(world.jobs) == [f"deliver:{EVENT}:{TWEET}:{end}" for end in (4, 9)]
    assert world.saved == {f"{EVENT}:{TWEET}": 9}
    world.crash_at = None
    world.jobs.clear()
    await service.posted(EVENT, posted, redelivered=True)
    assert world.jobs == {
        f"deliver:{EVENT}:{TWEET}:14": ("deliver", packed(10, 11, 12, 13, 14), packed(TWEET), EVENT),
        f"deliver:{EVENT}:{TWEET}:19": ("deliver", packed(15, 16, 17, 18, 19), packed(TWEET), EVENT),
    }
    assert world.taken()[-1] == ("timelines", [20, 21, 22], [TWEET], True)
    assert world.saved == {}


async def test_a_long_one_goes_on_in_a_new_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it runs into its limit, after a page."""
    clock = count(step=PARENT_SECONDS / 2)
    monkeypatch.setattr("services.fan_out.time", SimpleNamespace(monotonic=lambda: next(clock)))
    world = Deliveries()
    world.followed_by(AUTHOR, range(1, 40))
    service = world.service()
    posted = world.post((TWEET, AUTHOR))
    for tries, ends in enumerate([[4, 9, 14], [19, 24, 29], [34, 39]]):
        if tries < 2:
            with pytest.raises(Unfinished):
                await service.posted(EVENT, posted, redelivered=tries > 0)
        else:
            await service.posted(EVENT, posted, redelivered=True)
        assert list(world.jobs) == [f"deliver:{EVENT}:{TWEET}:{end}" for end in ends]
        await finish(world, service)
    assert received(world.done) == {reader: [TWEET] for reader in [AUTHOR, *range(1, 40)]}


class Slow(Deliveries):
    """Whose `hold` is waited for by whoever asks who is fed; with `failing` it is told that the graph is down."""

    hold: asyncio.Event
    failing = False
    passes = 0

    async def feeding(self, followee_id: int, after: int, limit: int) -> Sequence[int]:
        self.passes += 1
        failing = self.failing
        await self.hold.wait()
        if failing:
            raise Killed
        return await super().feeding(followee_id, after, limit)


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def post_each(
    world: Slow, service: FanOut, numbers: Sequence[int], *, redelivered: bool = False
) -> list[asyncio.Task[None]]:
    return [
        asyncio.create_task(
            service.posted(event_of(each), world.post((tweet_id(each), AUTHOR)), redelivered=redelivered)
        )
        for each in numbers
    ]


async def test_posts_that_come_faster_than_they_are_delivered_share_a_pass() -> None:
    """In the order in which they came, thirty-two at most; each event's progress is saved."""
    world = Slow()
    world.hold = asyncio.Event()
    world.followed_by(AUTHOR, range(1, 7))
    service = world.service()
    first = post_each(world, service, [0])
    await turns()
    later = post_each(world, service, range(1, 36))
    await turns()
    world.hold.set()
    await asyncio.gather(*first, *later)
    assert EVENTS_TOGETHER == 32
    groups = [[0], [*range(1, 33)], [33, 34, 35]]
    assert list(world.jobs.values()) == [
        ("deliver", packed(AUTHOR, 1, 2, 3, 4), packed(*map(tweet_id, group)), event_of(group[0])) for group in groups
    ]
    names = [{f"{event_of(each)}:{tweet_id(each)}": 4 for each in group} for group in groups]
    assert [what for name, *what in world.done if name == "saved"] == [[progress] for progress in names]
    assert [what[1] for name, *what in world.done if name == "timelines"] == [list(map(tweet_id, g)) for g in groups]
    assert world.saved == {}


async def test_a_failure_is_its_groups_alone() -> None:
    world = Slow()
    world.hold = asyncio.Event()
    service = world.service()
    first = post_each(world, service, [0])
    await turns()
    world.failing = True
    second = post_each(world, service, [1, 2])
    await turns()
    world.hold.set()
    while world.passes < 2:
        await asyncio.sleep(0)
    world.failing = False
    third = post_each(world, service, [3])
    told = await asyncio.gather(*first, *second, *third, return_exceptions=True)
    assert [type(each) for each in told] == [type(None), Killed, Killed, type(None)]
    assert received(world.done) == {AUTHOR: [tweet_id(0), tweet_id(3)]}


@pytest.mark.parametrize(("redelivered", "age_ms"), [(True, 0), (False, BACKDATED_MS + 1)])
async def test_what_is_delivered_again_or_dated_back_waits_for_nobody(age_ms: int, *, redelivered: bool) -> None:
    world = Slow()
    world.hold = asyncio.Event()
    service = world.service()
    first = post_each(world, service, [0])
    await turns()
    again = tweet_id(1, age_ms)
    waiting = asyncio.create_task(service.posted(EVENT, world.post((again, AUTHOR)), redelivered=redelivered))
    await turns()
    assert (world.passes, waiting.done()) == ((2, False) if redelivered else (1, True))
    world.hold.set()
    await asyncio.gather(*first, waiting)
    assert sorted(received(world.done)[AUTHOR]) == sorted([again, tweet_id(0)])
