"""Timelines: complete from the floor up, whatever is pushed, merged and dropped in whatever order."""

import asyncio
import random
import struct
from dataclasses import dataclass, field, replace
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import Unavailable
from stores.redis import Client, call, open_client
from stores.timelines import State, Timeline
from stores.timelines.redis import RedisTimelines, list_key

READER = 7
EPOCH = b"epoch--1"
BEGUN_MS = 1_700_000_000_000
KEEP_SECONDS = 1_000
LARGEST = 2**63 - 1

building = partial(Timeline, State.BUILDING, EPOCH)
ready = partial(Timeline, State.READY, EPOCH)


async def began(client: Client, size: int) -> RedisTimelines:
    timelines = RedisTimelines(client, size)
    await timelines.begin(READER, EPOCH, BEGUN_MS)
    return timelines


async def test_a_timeline_that_was_begun_is_empty_and_building(redis_client: Client) -> None:
    timelines = await began(redis_client, 5)
    assert await timelines.read(READER) == building(0, 0, BEGUN_MS, ())


async def test_beginning_again_leaves_nothing_of_what_there_was(redis_client: Client) -> None:
    timelines = await began(redis_client, 5)
    await timelines.finish(READER, EPOCH, [3, 2], 2, top=3)
    await redis_client.config_resetstat()
    await timelines.begin(READER, b"epoch--2", BEGUN_MS + 1)
    assert (await redis_client.info("commandstats"))["cmdstat_exec"]["calls"] == 1
    assert await timelines.read(READER) == Timeline(State.BUILDING, b"epoch--2", 0, 0, BEGUN_MS + 1, ())


async def test_there_is_none_before_and_none_after_it_is_dropped(redis_client: Client) -> None:
    timelines = RedisTimelines(redis_client, 5)
    assert await timelines.read(READER) is None
    for reader in (READER, 8, 9):
        await timelines.begin(reader, EPOCH, 0)
    await timelines.drop([READER, 8, 10])
    await timelines.drop([])
    assert await redis_client.keys() == [list_key(9).encode()]
    assert await timelines.read(READER) is None


async def test_a_missing_timeline_takes_neither_push_nor_merge(redis_client: Client) -> None:
    timelines = RedisTimelines(redis_client, 5)
    assert await timelines.push([READER], [1], redelivered=False) == 0
    assert await timelines.push([READER], [1], redelivered=True) == 0
    assert await timelines.merge(READER, [1], 0) is False
    assert await timelines.finish(READER, EPOCH, [1], 0) is False
    await timelines.keep([READER])
    assert await redis_client.dbsize() == 0


async def test_many_are_read_in_one_round_trip(redis_client: Client) -> None:
    timelines = await began(redis_client, 5)
    await timelines.begin(8, EPOCH, 0)
    await timelines.finish(8, EPOCH, [2, 1], 0)
    assert await timelines.read_many([9, 8, READER]) == {
        8: ready(0, 0, 0, (2, 1)),
        READER: building(0, 0, BEGUN_MS, ()),
    }
    assert await timelines.read_many([]) == {}
    assert await timelines.existing([9, 8, READER]) == [8, READER]
    assert await timelines.existing([]) == []


async def test_lists_of_another_kind_are_others(redis_client: Client) -> None:
    timelines = await began(redis_client, 5)
    pulled = RedisTimelines(redis_client, 5, "pulled")
    assert await pulled.push([READER], [1], redelivered=False) == 0
    await pulled.begin(READER, EPOCH, 0)
    await pulled.drop([READER])
    assert await timelines.read(READER) == building(0, 0, BEGUN_MS, ())


async def test_another_size_is_another_version(redis_client: Client) -> None:
    timelines = await began(redis_client, 5)
    await timelines.push([READER], [1], redelivered=False)
    other = RedisTimelines(redis_client, 6)
    await assert_reads_nothing(other)
    assert await timelines.read(READER) == building(0, 0, BEGUN_MS, (1,))
    await other.begin(READER, EPOCH, 0)
    assert await timelines.read(READER) is None


@pytest.mark.parametrize("write", ["push", "redelivery", "merge"])
async def test_what_lacks_the_writes_of_another_version_is_none_when_its_own_is_back(
    redis_client: Client, write: str
) -> None:
    timelines = await began(redis_client, 5)
    await timelines.finish(READER, EPOCH, [1], 0)
    other = RedisTimelines(redis_client, 6)
    assert await other.finish(READER, EPOCH, [2], 0) is False
    assert await timelines.read(READER) == ready(0, 0, BEGUN_MS, (1,))
    if write == "merge":
        assert await other.merge(READER, [2], 0) is False
    else:
        assert await other.push([READER], [2], redelivered=write == "redelivery") == 0
    assert await timelines.existing([READER]) == []
    assert await redis_client.dbsize() == 0


async def test_what_the_first_layout_left_reads_as_none(redis_client: Client) -> None:
    header = struct.pack(">IB8sQQ", 1 << 16 | 5, 1, EPOCH, 0, 0)
    await call(redis_client, "RPUSH", list_key(READER), header)
    timelines = RedisTimelines(redis_client, 5)
    await assert_reads_nothing(timelines)
    assert await call(redis_client, "LRANGE", list_key(READER), 0, -1) == [header]
    await timelines.begin(READER, EPOCH, BEGUN_MS)
    assert await timelines.read(READER) == building(0, 0, BEGUN_MS, ())


async def assert_reads_nothing(timelines: RedisTimelines) -> None:
    assert await timelines.read(READER) is None
    assert await timelines.read_many([READER]) == {}
    assert await timelines.existing([READER]) == [READER]


async def test_the_largest_size_and_the_largest_ids(redis_client: Client) -> None:
    timelines = await began(redis_client, 10_000)
    ids = list(range(LARGEST, LARGEST - 11_001, -1))
    assert await timelines.merge(READER, ids[1:], 0)
    assert await timelines.read(READER) == building(0, 0, BEGUN_MS, tuple(ids[1:]))
    assert await timelines.finish(READER, EPOCH, ids, 0, top=LARGEST)
    expected = Timeline(State.RESTING, EPOCH, ids[10_000] + 1, LARGEST, BEGUN_MS, tuple(ids[:10_000]))
    assert await timelines.read(READER) == expected


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
    assert await timelines.read(READER) == building(floor, 0, BEGUN_MS, (5,))
    assert await timelines.push([READER], [dropped], redelivered=False) == 0


async def test_a_timeline_grows_by_a_tenth_before_it_is_trimmed(redis_client: Client) -> None:
    timelines = await began(redis_client, 20)
    await timelines.push([READER], range(1, 23), redelivered=False)
    assert await timelines.read(READER) == building(0, 0, BEGUN_MS, tuple(range(22, 0, -1)))
    await timelines.push([READER], [23], redelivered=False)
    assert await timelines.read(READER) == building(4, 0, BEGUN_MS, tuple(range(23, 3, -1)))


@pytest.mark.parametrize("beside", [[], [101], [*range(101, 110)]])
@pytest.mark.parametrize(("tweet_id", "redelivered", "added"), [(2, False, 0), (1, True, 0), (1, False, 1)])
async def test_a_repeat_is_looked_for_in_the_newest_64_or_everywhere(
    redis_client: Client, beside: list[int], tweet_id: int, *, redelivered: bool, added: int
) -> None:
    timelines = await began(redis_client, 100)
    await timelines.push([READER], range(1, 66), redelivered=False)
    assert await timelines.push([READER], [*beside, tweet_id], redelivered=redelivered) == len(beside) + added
    new = (*beside, tweet_id)[: len(beside) + added]
    assert await timelines.read(READER) == building(0, 0, BEGUN_MS, (*reversed(new), *range(65, 0, -1)))


async def test_of_several_tweets_those_that_are_new_are_added_in_their_order(redis_client: Client) -> None:
    timelines = await began(redis_client, 100)
    await timelines.merge(READER, [20], 10)
    assert await timelines.push([READER], [30, 9, 20, 25, 30, 10, 11], redelivered=False) == 4
    assert await timelines.read(READER) == building(10, 0, BEGUN_MS, (11, 10, 25, 30, 20))


async def test_a_building_is_ended_once_and_by_its_own_epoch(redis_client: Client) -> None:
    timelines = await began(redis_client, 5)
    assert await timelines.finish(READER, b"epoch--2", [1], 9, top=9) is False
    assert await timelines.read(READER) == building(0, 0, BEGUN_MS, ())
    assert await timelines.finish(READER, EPOCH, [3], 2) is True
    assert await timelines.finish(READER, EPOCH, [4], 9, top=9) is False
    assert await timelines.read(READER) == ready(2, 0, BEGUN_MS, (3,))


async def test_a_building_with_a_top_ends_resting(redis_client: Client) -> None:
    timelines = await began(redis_client, 5)
    await timelines.push([READER], [4], redelivered=False)
    assert await timelines.finish(READER, EPOCH, [3, 1], 1, top=3) is True
    assert await timelines.read(READER) == Timeline(State.RESTING, EPOCH, 1, 3, BEGUN_MS, (4, 3, 1))
    assert await timelines.finish(READER, EPOCH, [5], 0) is False
    assert await timelines.merge(READER, [2], 2) is True
    assert await timelines.push([READER], [6], redelivered=False) == 1
    assert await timelines.read(READER) == Timeline(State.RESTING, EPOCH, 2, 3, BEGUN_MS, (6, 4, 3, 2, 1))


async def test_merging_keeps_the_state_and_only_raises_the_floor(redis_client: Client) -> None:
    timelines = await began(redis_client, 5)
    assert await timelines.merge(READER, [6], 6) is True
    assert await timelines.read(READER) == building(6, 0, BEGUN_MS, (6,))
    await timelines.finish(READER, EPOCH, [], 0)
    assert await timelines.merge(READER, [8, 2], 2) is True
    assert await timelines.read(READER) == ready(6, 0, BEGUN_MS, (8, 6, 2))


async def left_seconds(client: Client) -> int:
    return int(await client.ttl(list_key(READER)))


async def test_a_list_expires_as_a_whole_unless_it_is_kept(redis_client: Client) -> None:
    timelines = RedisTimelines(redis_client, 2, keep_seconds=KEEP_SECONDS)
    await timelines.begin(READER, EPOCH, 0)
    assert KEEP_SECONDS - 5 < await left_seconds(redis_client) <= KEEP_SECONDS
    await redis_client.expire(list_key(READER), 500)
    await timelines.push([READER], [1, 2, 3, 4], redelivered=False)
    await timelines.merge(READER, [5, 6, 7, 8], 0)
    await timelines.finish(READER, EPOCH, [9, 10, 11], 0)
    assert await timelines.read(READER) == ready(10, 0, 0, (11, 10))
    assert 490 < await left_seconds(redis_client) <= 500
    await timelines.keep([READER, 8])
    await timelines.keep([])
    assert KEEP_SECONDS - 5 < await left_seconds(redis_client) <= KEEP_SECONDS
    assert await redis_client.dbsize() == 1


async def test_lists_without_a_time_to_be_kept_stay(redis_client: Client) -> None:
    timelines = await began(redis_client, 2)
    await timelines.keep([READER])
    await timelines.finish(READER, EPOCH, [1, 2, 3], 0)
    assert await left_seconds(redis_client) == -1


async def test_a_full_timeline_takes_at_most_9_kb(redis_client: Client) -> None:
    """However full its pages in the server's memory are: after a building, pushes, a trim and a merge."""
    timelines = RedisTimelines(redis_client, 800, keep_seconds=KEEP_SECONDS)
    await timelines.begin(READER, EPOCH, 0)
    await timelines.finish(READER, EPOCH, [LARGEST - each for each in range(881, 1_681)], 0)
    assert await redis_client.memory_usage(list_key(READER), samples=0) <= 9_000
    await timelines.push([READER], range(LARGEST - 880, LARGEST), redelivered=False)
    assert await redis_client.memory_usage(list_key(READER), samples=0) <= 9_000
    await timelines.merge(READER, [LARGEST], 0)
    timeline = await timelines.read(READER)
    assert timeline is not None
    assert len(timeline.ids) == 801
    assert await redis_client.memory_usage(list_key(READER), samples=0) <= 9_000


async def test_a_page_of_readers_is_one_call(redis_client: Client) -> None:
    timelines = RedisTimelines(redis_client, 5)
    readers = range(1_000)
    await asyncio.gather(*(timelines.begin(reader, EPOCH, 0) for reader in readers))
    await timelines.push([], [1], redelivered=False)
    await timelines.push([READER], [1], redelivered=False)
    await redis_client.config_resetstat()
    assert await timelines.push(readers, [1], redelivered=False) == 999
    assert await timelines.push(readers, [], redelivered=False) == 0
    assert (await redis_client.info("commandstats"))["cmdstat_evalsha"]["calls"] == 1


async def test_many_tweets_for_many_readers_are_calls_of_bounded_size(redis_client: Client) -> None:
    timelines = RedisTimelines(redis_client, 10_000)
    await asyncio.gather(*(timelines.begin(reader, EPOCH, 0) for reader in range(15)))
    await timelines.push([0], [1], redelivered=False)
    await redis_client.config_resetstat()
    assert await timelines.push(range(15), range(1, 2_001), redelivered=True) == 29_999
    assert (await redis_client.info("commandstats"))["cmdstat_evalsha"]["calls"] == 16
    assert await timelines.read(14) == building(0, 0, 0, tuple(range(2_000, 0, -1)))


async def test_the_server_forgetting_scripts_is_not_noticed(redis_client: Client) -> None:
    timelines = await began(redis_client, 5)
    await redis_client.script_flush()
    assert await timelines.push([READER], [1], redelivered=False) == 1


async def test_without_a_server_it_is_unavailable() -> None:
    client = open_client("unix:///nowhere/s")
    timelines = RedisTimelines(client, 5, keep_seconds=KEEP_SECONDS)
    for refused in (
        timelines.read(READER),
        timelines.read_many([READER]),
        timelines.existing([READER]),
        timelines.push([READER], [1], redelivered=False),
        timelines.begin(READER, EPOCH, 0),
        timelines.finish(READER, EPOCH, [], 0),
        timelines.merge(READER, [], 0),
        timelines.keep([READER]),
        timelines.drop([READER]),
    ):
        with pytest.raises(Unavailable) as raised:
            await refused
        assert raised.value.store == "cache"
    await client.aclose()


@dataclass
class Model:
    """What a timeline should be, as plainly as can be said; and all ids that it was ever given."""

    size: int
    timeline: Timeline | None = None
    given: set[int] = field(default_factory=set)

    def begin(self, epoch: bytes) -> None:
        self.timeline = Timeline(State.BUILDING, epoch, 0, 0, 0, ())
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

    def finish(self, epoch: bytes, ids: list[int], reach: int, top: int | None) -> bool:
        if self.timeline is None or (self.timeline.state, self.timeline.epoch) != (State.BUILDING, epoch):
            return False
        state = State.READY if top is None else State.RESTING
        self.timeline = replace(self.timeline, state=state, top=top or 0)
        return self.merge(ids, reach)

    def merge(self, ids: list[int], reach: int) -> bool:
        if self.timeline is None:
            return False
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
some_ids = st.lists(ids, max_size=6)
reaches = st.just(0) | ids
steps = st.lists(
    st.tuples(st.just("begin"), epochs)
    | st.tuples(st.just("push"), some_ids, st.booleans())
    | st.tuples(st.just("push"), st.lists(ids, max_size=12), st.booleans())
    | st.tuples(st.just("finish"), epochs, some_ids, reaches, st.none() | reaches)
    | st.tuples(st.just("merge"), some_ids, reaches)
    | st.tuples(st.just("keep"))
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
        case ("finish", bytes(epoch), list(found), int(reach), int() | None as top):
            expected = model.finish(epoch, found, reach, top)
            assert await timelines.finish(READER, epoch, found, reach, top=top) is expected
        case ("merge", list(merged), int(reach)):
            assert await timelines.merge(READER, merged, reach) is model.merge(merged, reach)
        case ("keep",):
            await timelines.keep([READER])
        case _:
            model.drop()
            await timelines.drop([READER])
    model.check(await timelines.read(READER))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(1, 8) | st.sampled_from([10, 20]), history=steps)
async def test_any_history(redis_client: Client, size: int, history: list[tuple[object, ...]]) -> None:
    timelines, model = RedisTimelines(redis_client, size, keep_seconds=KEEP_SECONDS), Model(size)
    await timelines.drop([READER])
    for step in [("begin", EPOCH), *history]:
        await take(step, timelines, model)
        assert (await left_seconds(redis_client) > 0) is (model.timeline is not None)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(1, 40), seed=st.integers())
async def test_pushes_overtake_a_building(redis_client: Client, size: int, seed: int) -> None:
    """The builder reads half of what there is from the stores, while the other half is pushed, some of it by both."""
    timelines = await began(redis_client, size)
    posted = random.Random(seed).sample(range(1, LARGEST), 60)
    pushes = (timelines.push([READER], [tweet_id], redelivered=True) for tweet_id in posted[25:])
    done, *_ = await asyncio.gather(timelines.finish(READER, EPOCH, posted[:35], 0), *pushes)
    timeline = await timelines.read(READER)
    assert done is True
    assert timeline is not None
    assert timeline.state is State.READY
    assert {tweet_id for tweet_id in posted if tweet_id >= timeline.floor} <= set(timeline.ids)
    assert len(set(timeline.ids)) == len(timeline.ids) <= size * 11 // 10
