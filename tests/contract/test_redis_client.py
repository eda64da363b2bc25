"""The client: nobody gets another's answer, and whatever keeps the server from serving is Unavailable."""

import asyncio
import random

import pytest
from redis.exceptions import ResponseError

from domain.errors import Unavailable
from stores.redis import Client, answering, call, open_client
from tests.contract.redis_fixtures import RedisServer


async def test_cancelled_callers_leave_no_answer_to_others(shared_redis: RedisServer) -> None:
    client = open_client(shared_redis.url, connections=3)
    chance = random.Random(1)

    async def echo(number: int) -> None:
        async with client.pipeline(transaction=bool(number % 2)) as pipe:
            pipe.echo(b"%d" % number)
            pipe.echo(b"x" * chance.randrange(100_000))
            assert (await pipe.execute())[0] == b"%d" % number
        assert await call(client, "ECHO", number) == b"%d" % number

    for _ in range(10):
        tasks = [asyncio.create_task(echo(number)) for number in range(40)]
        for task in chance.sample(tasks, 20):
            for _ in range(chance.randrange(12)):
                await asyncio.sleep(0)
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} <= {type(None), asyncio.CancelledError}
        assert outcomes.count(None) >= 20
    assert len(client.connection_pool._in_use_connections) == 0
    await client.aclose()


async def test_a_late_answer_is_for_nobody(own_client: Client) -> None:
    await own_client.set("a", "1")
    await own_client.set("b", "2")
    await call(own_client, "CLIENT", "PAUSE", 300)
    with pytest.raises(Unavailable) as raised:
        async with answering("queue", 0.05):
            await own_client.get("a")
    assert raised.value.extensions() == {"code": "UNAVAILABLE", "store": "queue"}
    assert await own_client.get("b") == b"2"


async def test_waiting_for_a_free_connection_is_bounded(shared_redis: RedisServer) -> None:
    client = open_client(shared_redis.url, connections=1)
    blocked = asyncio.create_task(call(client, "BLPOP", "nothing", 0))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        async with answering("cache", 0.05):
            await client.get("a")
    blocked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await blocked
    async with answering("cache"):
        assert await client.get("a") is None
    await client.aclose()


async def test_a_full_server_is_unavailable(own_client: Client) -> None:
    await own_client.config_set("maxmemory", 1)
    with pytest.raises(Unavailable):
        async with answering("cache"):
            await own_client.set("a", "1")


async def test_a_server_without_the_replicas_it_needs_is_unavailable(own_client: Client) -> None:
    await own_client.config_set("min-replicas-to-write", 1)
    with pytest.raises(Unavailable):
        async with answering("cache"):
            await own_client.set("a", "1")


async def test_a_wrong_command_is_our_fault(redis_client: Client) -> None:
    with pytest.raises(ResponseError, match="unknown command"):
        async with answering("cache"):
            await call(redis_client, "NONSENSE")


async def test_a_stopped_server_is_unavailable_until_it_is_back(own_redis: RedisServer, own_client: Client) -> None:
    await own_client.set("a", "1")
    own_redis.stop()
    with pytest.raises(Unavailable):
        async with answering("cache"):
            await own_client.get("a")
    own_redis.start()
    async with answering("cache"):
        assert await own_client.get("a") == b"1"
