"""Timelines over several servers, here databases of one: as if they were on one alone, whatever servers come and go."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import Unavailable
from stores.redis import Client, open_client
from stores.timelines import State, TimelineStore
from stores.timelines.fleet import settle
from stores.timelines.redis import RedisTimelines
from stores.timelines.spread import SpreadTimelines, place
from tests.contract.redis_fixtures import RedisServer

EPOCH = b"epoch--1"
SIZE = 5
LOW, HIGH = 1, 2
"""Tweets posted before and while a server was away."""


@pytest.fixture
async def servers(shared_redis: RedisServer, redis_client: Client) -> AsyncIterator[Sequence[Client]]:
    """Three that hold nothing, beside that of `redis_client`."""
    async with AsyncExitStack() as stack:
        clients = [open_client(f"{shared_redis.url}?db={number}") for number in (1, 2, 3)]
        for client in clients:
            stack.push_async_callback(client.aclose)
        yield clients


def over(clients: Sequence[Client], size: int = SIZE) -> TimelineStore:
    return SpreadTimelines([RedisTimelines(client, size) for client in clients])


def on_each(count: int) -> list[int]:
    """An owner on each of so many servers, in their order."""
    return [next(owner for owner in range(1_000) if place(owner, count) == number) for number in range(count)]


@pytest.mark.parametrize("count", [2, 3, 4, 10])
def test_owners_are_spread_evenly(count: int) -> None:
    now = 1_700_000_000_000
    ids = [(now + age) << 22 | node << 12 for age in range(5_000) for node in (0, 7)]
    shares = Counter(place(owner, count) for owner in ids)
    assert len(shares) == count
    assert max(shares.values()) - min(shares.values()) <= len(ids) / count * 0.1


owners = st.integers(0, 2**63 - 1)
few = st.sampled_from(range(8))
some = st.lists(few | owners, max_size=6, unique=True)
tweets = st.lists(st.integers(1, 30), max_size=4)
steps = st.lists(
    st.tuples(st.just("begin"), few)
    | st.tuples(st.just("finish"), few, tweets, st.none() | st.integers(1, 30))
    | st.tuples(st.just("merge"), few, tweets)
    | st.tuples(st.just("push"), some, tweets, st.booleans())
    | st.tuples(st.just("keep"), some)
    | st.tuples(st.just("drop"), some),
    max_size=20,
)


async def take(step: tuple[object, ...], timelines: TimelineStore) -> object:
    match step:
        case ("begin", int(owner)):
            await timelines.begin(owner, EPOCH, 0)
        case ("finish", int(owner), list(found), int() | None as top):
            return await timelines.finish(owner, EPOCH, found, 0, top=top)
        case ("merge", int(owner), list(found)):
            return await timelines.merge(owner, found, 0)
        case ("push", list(readers), list(pushed), bool(redelivered)):
            return await timelines.push(readers, pushed, redelivered=redelivered)
        case ("keep", list(readers)):
            await timelines.keep(readers)
        case ("drop", list(readers)):
            await timelines.drop(readers)
        case _:
            raise AssertionError(step)
    return None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(1, 3), history=steps)
async def test_as_on_one_alone(
    redis_client: Client, servers: Sequence[Client], count: int, history: list[tuple[object, ...]]
) -> None:
    await redis_client.flushall()
    alone, spread = RedisTimelines(redis_client, SIZE), over(servers[:count])
    for step in history:
        assert await take(step, spread) == await take(step, alone)
    everybody = range(8)
    assert await spread.read_many(everybody) == await alone.read_many(everybody)
    assert set(await spread.existing(everybody)) == set(await alone.existing(everybody))
    assert [await spread.read(owner) for owner in everybody] == [await alone.read(owner) for owner in everybody]


async def test_each_list_lies_on_one_server(servers: Sequence[Client]) -> None:
    timelines = over(servers)
    for owner in range(30):
        await timelines.begin(owner, EPOCH, 0)
    kept = [await client.keys() for client in servers]
    assert sum(map(len, kept)) == len(set().union(*kept)) == 30
    assert min(map(len, kept)) > 0


async def test_with_one_server_down_the_others_have_it(servers: Sequence[Client]) -> None:
    down = open_client("unix:///nowhere/s")
    here, there = on_each(2)
    timelines = over([servers[0], down])
    await timelines.begin(here, EPOCH, 0)
    for refused in (
        timelines.push([there, here], [7], redelivered=False),
        timelines.read_many([here, there]),
        timelines.read(there),
    ):
        with pytest.raises(Unavailable):
            await refused
    timeline = await timelines.read(here)
    assert timeline is not None
    assert timeline.ids == (7,)
    await down.aclose()


async def built(clients: Sequence[Client], owners: Sequence[int], ids: Sequence[int]) -> None:
    """As processes do: they settle, and build what is missing."""
    await settle(clients)
    timelines = over(clients)
    for owner in owners:
        if await timelines.read(owner) is None:
            await timelines.begin(owner, EPOCH, 0)
            await timelines.finish(owner, EPOCH, ids, 0)


async def posted(clients: Sequence[Client], owners: Sequence[int], tweet_id: int) -> None:
    await over(clients).push(owners, [tweet_id], redelivered=False)


async def lists(clients: Sequence[Client], owners: Sequence[int]) -> Mapping[int, Sequence[int]]:
    found = await over(clients).read_many(owners)
    assert all(timeline.state is State.READY for timeline in found.values())
    return {owner: timeline.ids for owner, timeline in found.items()}


@pytest.mark.parametrize(
    "between",
    [[0], [1], [0, 2], [2, 1], [1, 0], [0, 1, 2]],
    ids=["first alone", "second alone", "second replaced", "first replaced", "turned round", "one more"],
)
async def test_no_list_comes_back_that_missed_a_tweet(servers: Sequence[Client], between: list[int]) -> None:
    """Two servers, then others for a while in which a tweet is posted, then the two again."""
    owners = list(range(12))
    before, meanwhile = servers[:2], [servers[number] for number in between]
    await built(before, owners, [LOW])
    await built(meanwhile, owners, [LOW])
    await posted(meanwhile, owners, HIGH)
    await built(before, owners, [HIGH, LOW])
    assert await lists(before, owners) == dict.fromkeys(owners, (HIGH, LOW))


async def test_the_same_servers_keep_their_lists(servers: Sequence[Client]) -> None:
    owners = list(range(12))
    await built(servers, owners, [LOW])
    await settle(servers)
    assert await lists(servers, owners) == dict.fromkeys(owners, (LOW,))


async def test_an_empty_server_costs_the_others_nothing(servers: Sequence[Client]) -> None:
    await built(servers, range(12), [LOW])
    await servers[1].flushdb()
    await settle(servers)
    assert set(await over(servers).existing(range(12))) == {owner for owner in range(12) if place(owner, 3) != 1}


async def test_what_else_lies_there_stays(servers: Sequence[Client]) -> None:
    await servers[0].set("session:1", "kept")
    await RedisTimelines(servers[0], SIZE, "pulled").begin(1, EPOCH, 0)
    await RedisTimelines(servers[0], SIZE).begin(1, EPOCH, 0)
    await settle(servers)
    assert sorted(await servers[0].keys()) == [b"session:1", b"timelines:place"]


async def test_processes_that_start_at_once_agree(servers: Sequence[Client]) -> None:
    await built(servers[:1], range(12), [LOW])
    await asyncio.gather(*(settle(servers) for _ in range(5)))
    await settle(servers)
    marks = [await client.get("timelines:place") for client in servers]
    assert await over(servers).existing(range(12)) == []
    await settle(servers)
    assert [await client.get("timelines:place") for client in servers] == marks
