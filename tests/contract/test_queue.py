"""Dispatch: each target has an event once and whole, whoever dispatches it how often; a queue that is too long gets
nothing, and nothing is lost by that."""

import asyncio
import random
from collections.abc import Callable, Sequence

import pytest

from domain.errors import Unavailable
from domain.snowflake import compose
from stores.live.redis import RedisLiveLog
from stores.queue import LIVE, QUEUES, TARGETS, Dispatch
from stores.queue.redis import RedisQueue
from stores.queue.redis.layout import CONSUMER, queue_key
from stores.redis import Client
from tests.contract.queue_contents import bodies, waiting
from tests.contract.redis_fixtures import RedisServer

MINUTE_MS = 60_000
START_MS = 30_000_000 * MINUTE_MS
"""Of the events: the beginning of a minute, later than the birth of the tests' logs."""

LONG = 100_000


def event(sequence: int, *, ms: int = START_MS, queues: Sequence[str] = ("timeline", "search")) -> Dispatch:
    event_id = compose(ms, 0, sequence)
    return Dispatch(event_id, b"packed %d" % sequence, [b"%d" % sequence], queues)


def ids(events: Sequence[Dispatch]) -> list[int]:
    return [each.event_id for each in events]


async def test_each_target_gets_its_entry_or_job_and_its_mark(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, 1_000, LONG)
    first, second, third = event(0), event(1, queues=["graph"]), Dispatch(7, b"packed 2", [], ["search"])
    await queue.dispatch([first, second, third])
    assert await bodies(redis_client) == [b"0", b"1"]
    assert await waiting(redis_client, "timeline") == {f"timeline:{first.event_id}": (CONSUMER, [b"packed 0"])}
    assert await waiting(redis_client, "search") == {
        f"search:{first.event_id}": (CONSUMER, [b"packed 0"]),
        "search:7": (CONSUMER, [b"packed 2"]),
    }
    assert await waiting(redis_client, "graph") == {f"graph:{second.event_id}": (CONSUMER, [b"packed 1"])}
    asked = [*ids([first, second, third]), second.event_id + 1]
    assert {target: await queue.marked(target, asked) for target in TARGETS} == {
        LIVE: {first.event_id, second.event_id},
        "timeline": {first.event_id},
        "search": {first.event_id, 7},
        "graph": {second.event_id},
        "media": set(),
    }


async def test_nothing_to_dispatch_is_nothing_done(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, 1_000, LONG)
    await queue.dispatch([])
    assert await queue.relay("search", []) == (0, 0)
    assert await queue.marked(LIVE, []) == set()
    assert await redis_client.dbsize() == 0


async def test_a_target_has_an_event_once(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, 1_000, LONG)
    await queue.dispatch([event(0), event(1)])
    await redis_client.delete(queue_key("timeline"))
    await queue.dispatch([event(1), event(2), event(2)])
    assert await queue.relay("timeline", [event(1), event(2), event(3), event(3)]) == (4, 1)
    assert await bodies(redis_client) == [b"0", b"1", b"2"]
    assert list(await waiting(redis_client, "timeline")) == [f"timeline:{each}" for each in ids([event(2), event(3)])]


async def test_a_relay_is_of_one_target(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, 1_000, LONG)
    events = [event(0), event(1, queues=["graph"]), Dispatch(event(2).event_id, b"packed 2", [], ["search"])]
    assert await queue.relay("search", events) == (3, 2)
    assert await queue.marked("search", ids(events)) == {events[0].event_id, events[2].event_id}
    assert (await bodies(redis_client), await waiting(redis_client, "timeline")) == ([], {})
    assert await queue.relay(LIVE, events) == (3, 2)
    assert await bodies(redis_client) == [b"0", b"1"]
    assert await queue.marked(LIVE, ids(events)) == set(ids(events[:2]))
    assert [await queue.depth(name) for name in QUEUES] == [0, 2, 0, 0]
    assert [await queue.relay(target, events) for target in TARGETS] == [(3, 0), (3, 1), (3, 0), (3, 1), (3, 0)]


async def test_what_was_written_before_the_log_was_born_is_no_news(redis_client: Client) -> None:
    """Unless its own request says that it is. It bears the mark, though."""
    queue = RedisQueue(redis_client, 1_000, LONG)
    born_ms = (await RedisLiveLog(redis_client).position()).born_ms
    events = [event(sequence, ms=born_ms - 1) for sequence in range(2)]
    assert await queue.relay(LIVE, events[:1]) == (1, 1)
    await queue.dispatch(events)
    assert await bodies(redis_client) == [b"1"]
    assert [await queue.depth(name) for name in QUEUES] == [2, 2, 0, 0]
    assert await queue.relay(LIVE, events) == (2, 0)


async def test_a_queue_that_is_too_long_gets_nothing_and_others_all(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, 1_000, 2)
    events = [event(0), event(1, queues=["timeline"]), event(2), event(3)]
    await queue.dispatch(events)
    assert await bodies(redis_client) == [b"0", b"1", b"2", b"3"]
    assert {name: await queue.marked(name, ids(events)) for name in ("timeline", "search")} == {
        "timeline": set(ids(events[:2])),
        "search": {events[0].event_id, events[2].event_id},
    }
    assert [await queue.depth(name) for name in QUEUES] == [2, 2, 0, 0]


async def test_a_relay_stops_at_the_first_event_without_room(redis_client: Client) -> None:
    """What is not for the queue, or has reached it, passes."""
    queue = RedisQueue(redis_client, 1_000, 2)
    events = [event(0), event(1), event(2, queues=["graph"]), event(3), event(4)]
    await queue.dispatch(events[:2])
    assert await queue.relay("search", events) == (3, 0)
    assert await queue.relay("search", events[3:]) == (0, 0)
    await redis_client.zremrangebyrank(queue_key("search"), 0, 0)
    assert await queue.relay("search", events[3:]) == (1, 1)
    assert await queue.marked("search", ids(events)) == set(ids([events[0], events[1], events[3]]))


async def test_jobs_outlive_the_event_logs_and_marks_do_not_live_forever(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, 1_000, LONG)
    await queue.dispatch([event(0)])
    assert 71 * 3600 < await redis_client.ttl(f"arq:job:timeline:{event(0).event_id}") <= 72 * 3600
    for target in (LIVE, "timeline", "search"):
        assert 48 * 3600 < await redis_client.ttl(f"dispatched:{target}:{START_MS // MINUTE_MS}") <= 49 * 3600


async def test_large_batches_go_in_calls_of_bounded_size(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, LONG, LONG)
    events = [event(sequence) for sequence in range(1_001)]
    large = [Dispatch(compose(START_MS, 1, sequence), b"x" * 600_000, [], ["graph"]) for sequence in range(3)]
    await queue.dispatch([event(1_001)])
    await redis_client.config_resetstat()
    await queue.dispatch([*events, *large])
    assert (await redis_client.info("commandstats"))["cmdstat_evalsha"]["calls"] == 5
    assert await bodies(redis_client) == [b"1001", *(b"%d" % sequence for sequence in range(1_001))]
    await redis_client.config_resetstat()
    assert await queue.relay("graph", [*events, *large]) == (1_004, 0)
    assert (await redis_client.info("commandstats"))["cmdstat_evalsha"]["calls"] == 5


@pytest.mark.parametrize("seed", range(3))
async def test_concurrent_dispatchers_and_relays_of_the_same_events(
    redis_clients: Callable[[], Client], seed: int
) -> None:
    shuffler = random.Random(seed)
    events = [event(sequence, ms=START_MS + sequence * 1_000) for sequence in range(300)]
    tasks = []
    for queue in [RedisQueue(redis_clients(), LONG, LONG) for _ in range(6)]:
        mine = shuffler.sample(events, shuffler.randint(150, 300))
        while mine:
            size = shuffler.randint(1, 40)
            target = shuffler.choice([None, *TARGETS])
            tasks.append(queue.relay(target, mine[:size]) if target else queue.dispatch(mine[:size]))
            mine = mine[size:]
    tasks.append(RedisQueue(redis_clients(), LONG, LONG).dispatch(events))
    await asyncio.gather(*tasks)
    client = redis_clients()
    assert sorted(await bodies(client)) == sorted(b"%d" % sequence for sequence in range(300))
    for name in ("timeline", "search"):
        assert set(await waiting(client, name)) == {f"{name}:{event_id}" for event_id in ids(events)}


async def test_the_live_log_keeps_the_order_of_dispatch(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, 1_000, 1)
    events = [Dispatch(compose(START_MS, 0, at), b"", [b"%d" % at, b"%d again" % at], ["search"]) for at in range(6)]
    await queue.dispatch([events[3], events[1]])
    assert await queue.relay(LIVE, events[:4]) == (4, 2)
    await queue.dispatch(events)
    order = [3, 1, 0, 2, 4, 5]
    assert await bodies(redis_client) == [body for at in order for body in (b"%d" % at, b"%d again" % at)]


async def test_a_crash_leaves_all_of_an_event_or_nothing(own_redis: RedisServer, own_client: Client) -> None:
    await own_client.config_set("appendfsync", "always")
    await RedisLiveLog(own_client).position()
    queue = RedisQueue(own_client, LONG, LONG)
    events = [event(sequence) for sequence in range(4_000)]
    batches = [asyncio.create_task(queue.dispatch(events[start : start + 20])) for start in range(0, 4_000, 20)]
    await asyncio.wait(batches, return_when=asyncio.FIRST_COMPLETED)
    own_redis.kill()
    answers = await asyncio.gather(*batches, return_exceptions=True)
    confirmed = 20 * answers.count(None)
    assert {type(answer) for answer in answers} <= {type(None), Unavailable}
    own_redis.start()
    marked = await queue.marked(LIVE, ids(events))
    assert len(marked) >= confirmed > 0
    assert sorted(await bodies(own_client)) == sorted(posted.live[0] for posted in events if posted.event_id in marked)
    for name in ("timeline", "search"):
        assert await queue.marked(name, ids(events)) == marked
        assert set(await waiting(own_client, name)) == {f"{name}:{event_id}" for event_id in marked}
    assert await queue.relay("search", events) == (4_000, 4_000 - len(marked))
    assert await queue.depth("search") == 4_000


async def test_marks_of_several_minutes(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, 1_000, LONG)
    events = [event(0, ms=START_MS + minute * MINUTE_MS) for minute in range(3)]
    await queue.dispatch(events[:2])
    assert await queue.marked(LIVE, ids(events)) == set(ids(events[:2]))


async def test_the_relays_positions(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, 1_000, LONG)
    assert await queue.relay_position("graph", LIVE) is None
    await queue.save_relay_position("graph", LIVE, "17/é", START_MS)
    await queue.save_relay_position("tweets", LIVE, "18", START_MS)
    await queue.save_relay_position("tweets", "search", "9", START_MS)
    assert await queue.relay_position("graph", LIVE) == "17/é"
    assert await queue.relay_position("tweets", LIVE) == "18"
    assert await queue.relay_position("tweets", "search") == "9"
    assert await queue.relay_position("graph", "search") is None


async def test_the_relays_lags(redis_client: Client) -> None:
    queue = RedisQueue(redis_client, 1_000, LONG)
    assert await queue.relay_lags() == {}
    await queue.save_relay_lag("search", 12.5)
    await queue.save_relay_lag(LIVE, 0.25)
    await queue.save_relay_lag(LIVE, 0.0)
    assert await queue.relay_lags() == {"search": 12.5, LIVE: 0.0}


async def test_marks_go_once_every_log_s_relay_is_past_their_minute(redis_client: Client) -> None:
    """Those of one target, whatever the others have."""
    queue = RedisQueue(redis_client, 1_000, LONG)
    await queue.dispatch([event(0, ms=START_MS + minute * MINUTE_MS) for minute in range(4)])

    async def short_lived(target: str) -> list[int]:
        keys = [f"dispatched:{target}:{START_MS // MINUTE_MS + minute}" for minute in range(4)]
        return [minute for minute, key in enumerate(keys) if await redis_client.ttl(key) <= 600]

    await queue.save_relay_position("graph", "search", "a", START_MS + MINUTE_MS - 1)
    assert await short_lived("search") == []
    await queue.save_relay_position("graph", "search", "b", START_MS + MINUTE_MS)
    assert await short_lived("search") == [0]
    await queue.save_relay_position("tweets", "search", "a", START_MS)
    await queue.save_relay_position("graph", "search", "c", START_MS + 3 * MINUTE_MS)
    assert await short_lived("search") == [0]
    await queue.save_relay_position("tweets", "search", "b", START_MS + 2 * MINUTE_MS)
    assert await short_lived("search") == [0, 1]
    await queue.save_relay_position("tweets", "search", "c", START_MS + 9 * MINUTE_MS)
    assert await short_lived("search") == [0, 1, 2]
    assert await short_lived("timeline") == await short_lived(LIVE) == []
    await queue.save_relay_position("tweets", LIVE, "c", START_MS + 9 * MINUTE_MS)
    assert await short_lived(LIVE) == [0, 1, 2, 3]
