"""A tweet in flight while the live log is lost: its id is older than the new log, its commit is not."""

from collections.abc import Iterator

import pytest

from domain.snowflake import compose
from stores.live.redis import RedisLiveLog
from stores.queue import LIVE, Dispatch
from stores.queue.redis import RedisQueue
from stores.redis import open_client
from tests.contract.redis_fixtures import RedisServer


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.remove()


async def test_what_its_own_request_dispatches_is_news(redis_server: RedisServer) -> None:
    """What a relay dispatches is not; neither goes out twice."""
    client = open_client(redis_server.url, 2)
    live, queue = RedisLiveLog(client), RedisQueue(client, 1_000, 1_000)
    born_ms = (await live.position()).born_ms
    ids = [compose(born_ms - 5, 0, sequence) for sequence in range(2)]
    relayed, requested = (Dispatch(event_id, b"event", [b"%d" % event_id], ["timeline"]) for event_id in ids)
    assert await queue.relay(LIVE, [relayed]) == (1, 1)
    await queue.dispatch([requested])
    await queue.dispatch([relayed, requested])
    _, entries = await live.read(0, 10, 0)
    assert [entry.body for entry in entries] == [b"%d" % ids[1]]
    assert await queue.depth("timeline") == 2
    await client.aclose()
