"""The cache: sessions that stay revoked, and attempts counted in a window that slides."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain.accounts import Session
from domain.errors import Unavailable
from stores.cache.redis import RedisCache
from stores.redis import Client, open_client

SESSION = Session(
    id=2**62,
    account_id=2**63 - 1,
    token_hash=bytes(range(32)),
    user_agent="Ünknown/1.0",
    last_seen_at=datetime(2026, 2, 3, 4, 5, 6, 789_012, UTC),
    expires_at=datetime(2026, 3, 3, tzinfo=UTC),
)
KEY = f"session:1:{SESSION.token_hash.hex()}"


async def test_a_session_comes_back_as_it_was(redis_client: Client) -> None:
    cache = RedisCache(redis_client)
    assert await cache.session(SESSION.token_hash) is None
    await cache.fill_session(SESSION)
    assert await cache.session(SESSION.token_hash) == SESSION
    assert 290 < await redis_client.ttl(KEY) <= 300


async def test_a_client_without_a_name(redis_client: Client) -> None:
    cache = RedisCache(redis_client)
    nameless = replace(SESSION, user_agent=None)
    await cache.fill_session(nameless)
    assert await cache.session(SESSION.token_hash) == nameless


async def test_a_late_fill_does_not_revive_a_revoked_session(redis_client: Client) -> None:
    cache = RedisCache(redis_client)
    await cache.fill_session(SESSION)
    await cache.revoke_sessions([SESSION.token_hash, b"\0" * 32])
    await cache.fill_session(SESSION)
    await cache.fill_session(replace(SESSION, token_hash=b"\0" * 32))
    assert await cache.session(SESSION.token_hash) is None
    assert await cache.session(b"\0" * 32) is None
    assert 590 < await redis_client.ttl(KEY) <= 600


async def test_a_fill_does_not_prolong_or_replace_what_is_there(redis_client: Client) -> None:
    cache = RedisCache(redis_client)
    await cache.fill_session(SESSION)
    await redis_client.expire(KEY, 100)
    await cache.fill_session(replace(SESSION, user_agent="another"))
    assert await cache.session(SESSION.token_hash) == SESSION
    assert await redis_client.ttl(KEY) <= 100


async def test_attempts_are_refused_where_one_name_is_full_and_then_count_nowhere(redis_client: Client) -> None:
    cache = RedisCache(redis_client)
    assert await cache.reserve_attempt([("account", 2), ("address", 3)], 600) is None
    assert await cache.reserve_attempt([("account", 2), ("address", 3)], 600) is None
    assert await cache.reserve_attempt([("account", 2), ("address", 3)], 600) == 600
    assert await cache.reserve_attempt([("address", 3)], 600) is None
    assert await cache.reserve_attempt([("address", 3)], 600) == 600
    await cache.refund_attempt(["account", "nobody"])
    assert await cache.reserve_attempt([("account", 2)], 600) is None
    assert await cache.reserve_attempt([("account", 2)], 600) == 600
    assert 590 < await redis_client.ttl("attempts:account") <= 600


async def test_concurrent_attempts_stop_at_the_limit(redis_clients: Callable[[], Client]) -> None:
    caches = [RedisCache(redis_clients()) for _ in range(3)]
    waits = await asyncio.gather(*(cache.reserve_attempt([("a", 10)], 600) for cache in caches * 10))
    assert waits.count(None) == 10
    assert set(waits) - {None} <= {600}


attempt = st.tuples(st.just("reserve"), st.dictionaries(st.sampled_from("abc"), st.integers(1, 3), min_size=1))
refund = st.tuples(st.just("refund"), st.sets(st.sampled_from("abc")))
wait = st.tuples(st.just("wait"), st.integers(0, 4_000))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(attempt | attempt | refund | wait, max_size=25))
@example(
    steps=[("reserve", {"a": 2}), ("wait", 3_000), ("reserve", {"a": 2}), ("refund", {"a"}), ("reserve", {"a": 1})]
)
@example(steps=[("reserve", {"b": 1}), ("wait", 3_000), ("reserve", {"a": 1}), ("reserve", {"a": 1, "b": 1})])
async def test_no_window_holds_more_than_the_limit(
    redis_client: Client, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, object]]
) -> None:
    await redis_client.flushall()
    cache, now_ms, window = RedisCache(redis_client), 1_700_000_000_000, 5
    counted: defaultdict[str, list[int]] = defaultdict(list)
    for step in steps:
        match step:
            case ("wait", int(waited)):
                now_ms += waited
            case ("refund", set(names)):
                await cache.refund_attempt(list(names))
                for name in names:
                    counted[name] = counted[name][:-1]
            case (_, dict(limits)):
                monkeypatch.setattr(
                    "stores.cache.redis.time", SimpleNamespace(time_ns=lambda now=now_ms: now * 1_000_000)
                )
                free_at = [
                    counted[name][-limit] + 5_000 for name, limit in limits.items() if len(counted[name]) >= limit
                ]
                left_ms = max([at - now_ms for at in free_at if at > now_ms], default=0)
                expected = -(-left_ms // 1_000) or None
                assert await cache.reserve_attempt(list(limits.items()), window) == expected
                if expected is None:
                    for name, limit in limits.items():
                        counted[name] = [*counted[name], now_ms][-limit:]


async def test_first_in_a_period(redis_client: Client) -> None:
    cache = RedisCache(redis_client)
    assert await cache.first_in("seen:7", 60) is True
    assert await cache.first_in("seen:7", 60) is False
    assert await cache.first_in("seen:8", 60) is True
    assert 50 < await redis_client.ttl("first:seen:7") <= 60


async def test_first_among_several_in_one_round_trip(redis_client: Client) -> None:
    cache = RedisCache(redis_client)
    await cache.first_in("seen:7", 600)
    assert await cache.first_among(["seen:8", "seen:7", "seen:9", "seen:8"], 60) == ["seen:8", "seen:9"]
    assert await cache.first_among(["seen:9", "seen:8"], 60) == []
    assert await cache.first_in("seen:8", 60) is False
    assert await cache.first_among([], 60) == []
    assert 50 < await redis_client.ttl("first:seen:9") <= 60
    assert 590 < await redis_client.ttl("first:seen:7") <= 600


async def test_of_many_at_once_one_is_first(redis_clients: Callable[[], Client]) -> None:
    caches = [RedisCache(redis_clients()) for _ in range(4)]
    names = [f"seen:{number}" for number in range(100)]
    firsts = await asyncio.gather(*(cache.first_among(names, 60) for cache in caches))
    assert sorted(name for first in firsts for name in first) == sorted(names)


async def test_without_a_server_it_is_unavailable() -> None:
    client = open_client("unix:///nowhere/s")
    cache = RedisCache(client)
    for refused in (
        cache.session(b""),
        cache.fill_session(SESSION),
        cache.revoke_sessions([b""]),
        cache.reserve_attempt([("a", 1)], 1),
        cache.refund_attempt(["a"]),
        cache.first_in("a", 1),
        cache.first_among(["a"], 1),
    ):
        with pytest.raises(Unavailable) as raised:
            await refused
        assert raised.value.store == "cache"
    await client.aclose()
