"""A socket on a real wire whose peer reads nothing, among others of the same process that do; and sockets that end
before they have begun."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from domain.live import Happening
from tests.unit.transport.kit import Told, build_app
from tests.unit.transport.serving import PROTOCOL, Raw, come_true, serving
from tests.unit.transport.worlds import World
from transport import subscriptions
from transport.limits import Limits

CHARS = 10_000
TOLD = f"subscription {{ source {{ number text(chars: {CHARS}) }} }}"
INIT = '{"type":"connection_init"}'
SUBSCRIBE = orjson.dumps({"id": "s", "type": "subscribe", "payload": {"query": TOLD}}).decode()
AT_MOST = 1_000
"""Events that fill any buffers."""


def event(number: int) -> dict[str, object]:
    data = {"source": {"number": number, "text": "x" * CHARS}}
    return {"id": "s", "type": "next", "payload": {"data": data}}


async def begin(client: ClientConnection | Raw) -> None:
    await client.send(INIT)
    await client.send(SUBSCRIBE)


@asynccontextmanager
async def stalled_among(readers: int, world: World) -> AsyncIterator[tuple[Raw, list[ClientConnection]]]:
    """A client that has subscribed and reads nothing, and others that have been acknowledged."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(build_app().app))
        others = [await stack.enter_async_context(connect(url, subprotocols=[PROTOCOL])) for _ in range(readers)]
        for other in others:
            await begin(other)
            assert orjson.loads(await other.recv()) == {"type": "connection_ack"}
        await come_true(lambda: len(world.sources) == readers)
        stalled = await stack.enter_async_context(Raw.connected(url))
        await begin(stalled)
        await come_true(lambda: len(world.sources) == readers + 1)
        yield stalled, others


async def tell_until_too_slow(others: list[ClientConnection], world: World) -> int:
    """Each event is read by all but the stalled one before the next is told; how many there were."""
    for number in range(AT_MOST):
        happening = Happening(Told(number=number))
        for source in world.sources:
            source.tell(happening)
        for other in others:
            assert orjson.loads(await other.recv()) == event(number)
        if world.sources[-1].is_closed:
            return number + 1
    raise AssertionError("it is never too slow")


def check_sent(texts: list[str], told: int) -> None:
    """All in order, but for what waited when one more came."""
    sent = [event(number) for number in range(told - subscriptions.OUTBOX - 1)]
    assert [orjson.loads(text) for text in texts] == [{"type": "connection_ack"}, *sent]
    assert sent


async def test_it_is_told_so_when_it_reads_on_and_the_others_wait_for_nothing(fresh_world: World) -> None:
    async with stalled_among(3, fresh_world) as (stalled, others):
        told = await tell_until_too_slow(others, fresh_world)
        *texts, last = await stalled.texts(until='"error"')
        slow = {"message": "slow", "extensions": {"code": "BAD_USER_INPUT"}}
        assert orjson.loads(last) == {"id": "s", "type": "error", "payload": [slow]}
        check_sent(texts, told)
        await stalled.send('{"type":"ping"}')
        assert await stalled.texts(until='"pong"') == ['{"type":"pong"}']
        assert [source.is_closed for source in fresh_world.sources] == [False] * 3 + [True]


async def test_it_is_cut_off_when_it_reads_nothing_for_long(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "SLOW_SECONDS", 0.05)
    async with stalled_among(3, fresh_world) as (stalled, others):
        contexts = [context for context in fresh_world.contexts if context.ended]
        told = await tell_until_too_slow(others, fresh_world)
        await come_true(lambda: contexts[-1].is_over)
        texts = await stalled.texts()
        assert stalled.closed == (4290, "Reads too slowly")
        check_sent(texts, told)
        assert [context.is_over for context in contexts] == [False] * 3 + [True]
        fresh_world.sources[0].tell(Happening(Told(number=told)))
        assert orjson.loads(await others[0].recv()) == event(told)


async def test_a_handshake_that_is_refused_is_not_logged_as_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(build_app(Limits(sockets_per_address=1)).app) as url, connect(url, subprotocols=[PROTOCOL]):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(url, subprotocols=[PROTOCOL]):
                pass
    response = refused.value.response
    assert (response.status_code, response.body) == (429, b"At most 1 sockets per address")
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


async def test_no_connection_init_in_time() -> None:
    async with serving(build_app(Limits(init_seconds=0.05)).app) as url:
        async with connect(url, subprotocols=[PROTOCOL]) as client:
            await client.wait_closed()
        assert (client.close_code, client.close_reason) == (4408, "Connection initialisation timeout")
