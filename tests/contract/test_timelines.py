"""Timelines: complete from the floor up, whatever is pushed, merged and dropped in whatever order."""

import asyncio
import random
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stores.redis import Client
from stores.timelines import Timeline
from stores.timelines.redis import RedisTimelines

READER = 7
EPOCH = b"epoch--1"
LARGEST = 2**63 - 1


async def began(client: Client, size: int) -> RedisTimelines:
    timelines = RedisTimelines(client, size)
    await timelines.begin(READER, EPOCH, 1_700_000_000_000)
    return timelines


async def read(timelines: RedisTimelines) -> Timeline:
    timeline = await timelines.read(READER)
    assert timeline is not None
    return timeline


async def test_a_timeline_that_was_begun_is_empty_and_building(redis_client: Client) -> None:
    timelines = await began(redis_client, 5)
    assert await timelines.read(READER) == Timeline(False, EPOCH, 0, 1_700_000_000_000, ())


async def test_there_is_none_before_and_none_after_it_is_dropped(redis_client: Client) -> None:
    timelines = RedisTimelines(redis_client, 5)
    assert await timelines.read(READER) is None
    await timelines.begin(READER, EPOCH, 0)
    await timelines.drop(READER)
    assert await timelines.read(READER) is None


async def test_a_missing_timeline_takes_neither_push_nor_merge(redis_client: Client) -> None:
    timelines = RedisTimelines(redis_client, 5)
    assert await timelines.push([READER], [1], redelivered=False) == 0
    assert await timelines.push([READER], [1], redelivered=True) == 0
    assert await timelines.merge(READER, [1], 0) is False
    assert await timelines.merge(READER, [1], 0, epoch=EPOCH) is False
    assert await redis_client.dbsize() == 0


async def test_another_size_is_another_version(redis_client: Client) -> None:
    timelines = await began(redis_client, 5)
    await timelines.push([READER], [1], redelivered=False)
    before = await timelines.read(READER)
    other = RedisTimelines(redis_client, 6)
    assert await other.read(READER) is None
    assert await other.push([READER], [2], redelivered=False) == 0
    assert await other.merge(READER, [2], 0) is False
    assert await timelines.read(READER) == before
    await other.begin(READER, EPOCH, 0)
    assert await timelines.read(READER) is None


async def test_the_largest_size_and_the_largest_ids(redis_client: Client) -> None:
    timelines = await began(redis_client, 10_000)
    ids = list(range(LARGEST, LARGEST - 11_001, -1))
    assert await timelines.merge(READER, ids[1:], 0)
    assert await read(timelines) == Timeline(False, EPOCH, 0, 1_700_000_000_000, tuple(ids[1:]))
    assert await timelines.merge(READER, ids, 0, epoch=EPOCH)
    assert await read(timelines) == Timeline(True, EPOCH, ids[10_000] + 1, 1_700_000_000_000, tuple(ids[:10_000]))


@pytest.mark.parametrize(
    ("dropped", "floor"),
    [
        (2**32 - 1, 2**32),
        (2**32, 2**32 + 1),
        (2**53, 2**53 + 1),
        (2**63 - 2**32 - 1, 2**63 - 2**32),
        (LARGEST, 2**63),
        (0x3132333435363738, 0x3132333435363739),
    ],
)
async def test_the_floor_is_exact_where_numbers_of_lua_are_not(redis_client: Client, dropped: int, floor: int) -> None:
    timelines = await began(redis_client, 1)
    assert await timelines.push([READER], [dropped, 5], redelivered=False) == 2
    assert await read(timelines) == Timeline(False, EPOCH, floor, 1_700_000_000_000, (5,))


async def test_a_timeline_grows_by_a_tenth_before_it_is_trimmed(redis_client: Client) -> None:
    timelines = await began(redis_client, 20)
    await timelines.push([READER], range(1, 23), redelivered=False)
    assert (await read(timelines)).ids == tuple(range(22, 0, -1))
    await timelines.push([READER], [23], redelivered=False)
    assert await read(timelines) == Timeline(False, EPOCH, 4, 1_700_000_000_000, tuple(range(23, 3, -1)))


async def test_a_repeat_is_looked_for_in_the_newest_64_or_everywhere(redis_client: Client) -> None:
    timelines = await began(redis_client, 100)
    await timelines.push([READER], range(1, 66), redelivered=False)
    assert await timelines.push([READER], [2], redelivered=False) == 0
    assert await timelines.push([READER], [1], redelivered=True) == 0
    assert await timelines.push([READER], [1], redelivered=False) == 1
    assert (await read(timelines)).ids == (1, *range(65, 0, -1))


async def test_a_building_is_ended_once_and_by_its_own_epoch(redis_client: Client) -> None:
    timelines = await began(redis_client, 5)
    assert await timelines.merge(READER, [1], 0, epoch=b"epoch--2") is False
    assert await timelines.merge(READER, [1], 0, epoch=EPOCH) is True
    assert await timelines.merge(READER, [2], 9, epoch=EPOCH) is False
    assert await read(timelines) == Timeline(True, EPOCH, 0, 1_700_000_000_000, (1,))


async def test_a_page_of_readers_is_one_call(redis_client: Client) -> None:
    timelines = RedisTimelines(redis_client, 5)
    readers = range(1_000)
    await asyncio.gather(*(timelines.begin(reader, EPOCH, 0) for reader in readers))
    await timelines.push([], [1], redelivered=False)
    await timelines.push([READER], [1], redelivered=False)
    await redis_client.config_resetstat()
    assert await timelines.push(readers, [1], redelivered=False) == 999
    assert (await redis_client.info("commandstats"))["cmdstat_evalsha"]["calls"] == 1


async def test_many_tweets_for_many_readers_are_calls_of_bounded_size(redis_client: Client) -> None:
    timelines = RedisTimelines(redis_client, 800)
    await asyncio.gather(*(timelines.begin(reader, EPOCH, 0) for reader in range(30)))
    await timelines.push([0], [1], redelivered=False)
    await redis_client.config_resetstat()
    assert await timelines.push(range(30), range(1, 1_001), redelivered=True) == 29_999
    assert (await redis_client.info("commandstats"))["cmdstat_evalsha"]["calls"] == 3


async def test_the_server_forgetting_scripts_is_not_noticed(redis_client: Client) -> None:
    timelines = await began(redis_client, 5)
    await redis_client.script_flush()
    assert await timelines.push([READER], [1], redelivered=False) == 1


@dataclass
class Model:
    """What a timeline should be, as plainly as can be said; and all ids that it was ever given."""

    size: int
    timeline: Timeline | None = None
    given: set[int] = field(default_factory=set)

    def begin(self, epoch: bytes) -> None:
        self.timeline = Timeline(False, epoch, 0, 0, ())
        self.given = set()

    def drop(self) -> None:
        self.timeline = None

    def push(self, ids: list[int]) -> int:
        """Sizes stay below 64, so that redelivered or not is the same."""
        if self.timeline is None:
            return 0
        kept = list(self.timeline.ids)
        for tweet_id in ids:
            if tweet_id not in kept and tweet_id >= self.timeline.floor:
                kept.insert(0, tweet_id)
        added = len(kept) - len(self.timeline.ids)
        self._keep(kept, self.timeline.floor)
        self.given.update(ids)
        return added

    def merge(self, ids: list[int], reach: int, epoch: bytes | None) -> bool:
        if self.timeline is None or (epoch is not None and (self.timeline.ready or self.timeline.epoch != epoch)):
            return False
        self.timeline = replace(self.timeline, ready=self.timeline.ready or epoch is not None)
        self._keep(sorted({*self.timeline.ids, *ids}, reverse=True), max(self.timeline.floor, reach))
        self.given.update(ids)
        return True

    def _keep(self, ids: list[int], floor: int) -> None:
        assert self.timeline is not None
        if len(ids) > self.size * 11 // 10:
            ids, dropped = ids[: self.size], ids[self.size :]
            floor = max(floor, max(dropped) + 1)
        self.timeline = replace(self.timeline, ids=tuple(ids), floor=floor)

    def check(self, timeline: Timeline | None) -> None:
        assert timeline == self.timeline
        if timeline is not None:
            assert {tweet_id for tweet_id in self.given if tweet_id >= timeline.floor} <= set(timeline.ids)


BORDERS = [border + offset for border in (2**32, 2**53, 2**62) for offset in (-2, -1, 0, 1)]
ids = st.sampled_from([1, 2, *BORDERS, LARGEST - 1, LARGEST]) | st.integers(1, LARGEST)
epochs = st.sampled_from([EPOCH, b"epoch--2"])
some_ids = st.lists(ids, max_size=6, unique=True)
steps = st.lists(
    st.tuples(st.just("begin"), epochs)
    | st.tuples(st.just("push"), some_ids, st.booleans())
    | st.tuples(st.just("push"), some_ids, st.booleans())
    | st.tuples(st.just("merge"), some_ids, st.just(0) | ids, st.none() | epochs)
    | st.tuples(st.just("drop")),
    max_size=25,
)


async def take(step: tuple[object, ...], timelines: RedisTimelines, model: Model) -> None:
    match step:
        case ("begin", bytes(epoch)):
            model.begin(epoch)
            await timelines.begin(READER, epoch, 0)
        case ("push", list(pushed), bool(redelivered)):
            assert await timelines.push([READER], pushed, redelivered=redelivered) == model.push(pushed)
        case ("merge", list(merged), int(reach), bytes() | None as epoch):
            assert await timelines.merge(READER, merged, reach, epoch=epoch) == model.merge(merged, reach, epoch)
        case _:
            model.drop()
            await timelines.drop(READER)
    model.check(await timelines.read(READER))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(1, 8) | st.sampled_from([10, 20]), history=steps)
async def test_any_history(redis_client: Client, size: int, history: list[tuple[object, ...]]) -> None:
    timelines, model = RedisTimelines(redis_client, size), Model(size)
    await timelines.drop(READER)
    for step in [("begin", EPOCH), *history]:
        await take(step, timelines, model)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(1, 40), seed=st.integers())
async def test_pushes_overtake_a_building(redis_client: Client, size: int, seed: int) -> None:
    """The builder reads half of what there is from the stores, while the other half is pushed, some of it by both."""
    timelines = await began(redis_client, size)
    posted = random.Random(seed).sample(range(1, LARGEST), 60)
    pushes = (timelines.push([READER], [tweet_id], redelivered=True) for tweet_id in posted[25:])
    done, *_ = await asyncio.gather(timelines.merge(READER, posted[:35], 0, epoch=EPOCH), *pushes)
    timeline = await read(timelines)
    assert done is True
    assert timeline.ready is True
    assert {tweet_id for tweet_id in posted if tweet_id >= timeline.floor} <= set(timeline.ids)
    assert len(set(timeline.ids)) == len(timeline.ids) <= size * 11 // 10
