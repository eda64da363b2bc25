"""Presence: an account is present while at least one process that has not gone silent says that it serves it."""

import asyncio
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import Unavailable
from stores.presence.redis import RedisPresence
from stores.redis import Client, open_client

LAPSED_MS = 1
DEADLINE_SECONDS = 10.0


async def silent(client: Client, process: str, account_id: int) -> None:
    """As if a process had died a while ago."""
    await client.zadd(f"presence:{account_id}", {process: LAPSED_MS}, xx=True)


async def test_who_is_served_is_present_until_its_process_leaves(redis_client: Client) -> None:
    presence = RedisPresence(redis_client)
    assert await presence.present([1, 2, 3]) == set()
    await presence.beat("a", [1, 2], 60)
    assert await presence.present([1, 2, 3, 1]) == {1, 2}
    await presence.leave("a", [2, 3])
    assert await presence.present([1, 2, 3]) == {1}
    assert await redis_client.keys() == [b"presence:1"]


async def test_nobody_is_nobody(redis_client: Client) -> None:
    presence = RedisPresence(redis_client)
    await presence.beat("a", [], 60)
    await presence.leave("a", [])
    assert await presence.present([]) == set()
    assert await redis_client.dbsize() == 0


async def test_processes_that_serve_one_account_do_not_disturb_each_other(redis_client: Client) -> None:
    presence = RedisPresence(redis_client)
    await presence.beat("a", [1], 60)
    await presence.beat("b", [1], 60)
    await presence.leave("a", [1])
    assert await presence.present([1]) == {1}
    await presence.leave("a", [1])
    assert await presence.present([1]) == {1}
    await presence.leave("b", [1])
    assert await presence.present([1]) == set()


async def test_a_short_beat_does_not_shorten_anothers(redis_client: Client) -> None:
    presence = RedisPresence(redis_client)
    await presence.beat("a", [1], 600)
    await presence.beat("b", [1], 60)
    assert 590 < await redis_client.ttl("presence:1") <= 600
    await presence.beat("a", [1], 30)
    assert 50 < await redis_client.ttl("presence:1") <= 60


async def test_a_long_beat_of_one_that_left_does_not_outlast_a_short_one(redis_client: Client) -> None:
    presence = RedisPresence(redis_client)
    await presence.beat("a", [1], 600)
    await presence.beat("b", [1], 60)
    await presence.leave("a", [1])
    await silent(redis_client, "b", 1)
    assert await presence.present([1]) == set()


async def test_a_silent_process_counts_no_more_and_is_forgotten(redis_client: Client) -> None:
    presence = RedisPresence(redis_client)
    await presence.beat("killed", [1, 2], 60)
    await presence.beat("a", [2], 60)
    for account_id in (1, 2):
        await silent(redis_client, "killed", account_id)
    assert await presence.present([1, 2]) == {2}
    await presence.beat("a", [2], 60)
    assert await redis_client.zrange("presence:2", 0, -1) == [b"a"]
    await presence.beat("killed", [1], 60)
    assert await presence.present([1, 2]) == {1, 2}


async def test_a_killed_process_is_gone_when_its_beat_lapses(redis_client: Client) -> None:
    presence = RedisPresence(redis_client)
    began = time.monotonic()
    await presence.beat("killed", [1, 2], 1)
    await presence.beat("a", [2], 60)
    while await presence.present([1, 2]) == {1, 2} or await redis_client.keys() != [b"presence:2"]:
        assert time.monotonic() < began + DEADLINE_SECONDS
        await asyncio.sleep(0.02)
    assert time.monotonic() - began >= 0.99
    assert await presence.present([1, 2]) == {2}


async def test_many_accounts_are_calls_of_bounded_size(redis_client: Client) -> None:
    presence = RedisPresence(redis_client)
    accounts = range(1, 2_501)
    await presence.beat("a", [1], 60)
    await presence.present([1])
    await redis_client.config_resetstat()
    await presence.beat("a", accounts, 60)
    assert await presence.present(range(2_600)) == set(accounts)
    assert (await redis_client.info("commandstats"))["cmdstat_evalsha"]["calls"] == 3 + 3
    await presence.leave("a", accounts)
    assert await redis_client.dbsize() == 0


accounts = st.lists(st.integers(1, 3), max_size=4)
steps = st.lists(
    st.tuples(st.just("beat"), st.sampled_from("ab"), accounts, st.sampled_from([60, 600]))
    | st.tuples(st.just("leave"), st.sampled_from("ab"), accounts)
    | st.tuples(st.just("silent"), st.sampled_from("ab"), st.integers(1, 3)),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=steps)
async def test_any_history(redis_client: Client, history: list[tuple[object, ...]]) -> None:
    await redis_client.flushall()
    presence = RedisPresence(redis_client)
    serving: set[tuple[str, int]] = set()
    for step in history:
        match step:
            case ("beat", str(process), list(served), int(seconds)):
                await presence.beat(process, served, seconds)
                serving |= {(process, account_id) for account_id in served}
            case ("leave", str(process), list(left)):
                await presence.leave(process, left)
                serving -= {(process, account_id) for account_id in left}
            case (_, str(process), int(account_id)):
                await silent(redis_client, process, account_id)
                serving.discard((process, account_id))
        assert await presence.present([1, 2, 3]) == {account_id for _, account_id in serving}


async def test_beats_of_many_processes_at_once(redis_clients: Callable[[], Client]) -> None:
    presences = [RedisPresence(redis_clients()) for _ in range(4)]
    await asyncio.gather(*(each.beat(f"{number}", range(50), 60) for number, each in enumerate(presences)))
    await asyncio.gather(*(each.leave(f"{number}", range(50)) for number, each in enumerate(presences[1:], 1)))
    assert await presences[0].present(range(60)) == set(range(50))
    await presences[0].leave("0", range(50))
    assert await presences[0].present(range(60)) == set()


async def test_without_a_server_it_is_unavailable() -> None:
    client = open_client("unix:///nowhere/s")
    presence = RedisPresence(client)
    for refused in (presence.beat("a", [1], 60), presence.leave("a", [1]), presence.present([1])):
        with pytest.raises(Unavailable) as raised:
            await refused
        assert raised.value.store == "cache"
    await client.aclose()
