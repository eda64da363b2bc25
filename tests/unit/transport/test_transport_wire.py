"""The outlet on a real wire: what a client reads of what was pushed, and what becomes of one that doesn't read."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from uvicorn.protocols.utils import ClientDisconnected
from websockets.asyncio.client import connect

from tests.unit.transport.serving import PATIENCE_SECONDS, PROTOCOL, Raw, Wired, come_true, serving
from transport import protocol
from transport.protocol import WebSocketProtocol

CUT_OFF = (4290, "Reads too slowly")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "ABORT_SECONDS", 0.05)


def stop_up(outlet: WebSocketProtocol) -> list[str]:
    """Pushes until the peer would have to read; what was pushed."""
    pushed: list[str] = []
    while outlet.is_writable:
        pushed.append(f"{len(pushed):05}" * 1_000)
        outlet.push(pushed[-1].encode())
    return pushed


async def test_frames_of_all_lengths() -> None:
    """Their headers have three forms."""
    lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000]
    app = Wired()
    async with serving(app) as url, connect(url, subprotocols=[PROTOCOL]) as client:
        outlet = await app.outlet
        for length in lengths:
            outlet.push(b"x" * length)
        assert [await client.recv() for _ in lengths] == ["x" * length for length in lengths]


async def test_what_is_pushed_and_what_is_sent_come_in_order() -> None:
    app = Wired()
    async with serving(app) as url, connect(url, subprotocols=[PROTOCOL]) as client:
        outlet = await app.outlet
        assert app.send
        for number in range(4):
            outlet.push(f"pushed {number}".encode())
            await app.send({"type": "websocket.send", "text": f"sent {number}"})
        texts = [await client.recv() for _ in range(8)]
        assert texts == [f"{how} {number}" for number in range(4) for how in ("pushed", "sent")]


async def test_nothing_is_pushed_behind_a_close() -> None:
    app = Wired()
    async with serving(app) as url, Raw.connected(url) as client:
        outlet = await app.outlet
        outlet.push(b"before")
        outlet.cut_off(*CUT_OFF)
        outlet.push(b"after")
        outlet.cut_off(1000, "again")
        assert await client.texts() == ["before"]
        assert await client.is_over()
        assert client.closed == CUT_OFF
        outlet.push(b"later")
        outlet.cut_off(*CUT_OFF)
    assert app.received == [{"type": "websocket.disconnect", "code": CUT_OFF[0], "reason": CUT_OFF[1]}]


async def test_nothing_is_pushed_to_a_client_that_has_closed() -> None:
    app = Wired()
    async with serving(app) as url, Raw.connected(url) as client:
        outlet = await app.outlet
        await client.close()
        await come_true(lambda: app.received != [])
        outlet.push(b"after")
        outlet.cut_off(*CUT_OFF)
        assert await client.texts() == []
        assert await client.is_over()
        assert client.closed == (1000, "")
    assert app.received == [{"type": "websocket.disconnect", "code": 1000, "reason": ""}]


async def test_a_client_that_reads_late_is_told_everything_up_to_the_close() -> None:
    app = Wired()
    told: list[bool] = []
    async with serving(app) as url, Raw.connected(url) as client:
        outlet = await app.outlet
        outlet.when_writable(lambda: told.append(outlet.is_writable))
        pushed = stop_up(outlet)
        assert told == []
        outlet.cut_off(*CUT_OFF)
        assert await client.texts() == pushed
        assert await client.is_over()
        assert client.closed == CUT_OFF
        assert told == [True]


async def test_the_answer_to_a_close_is_read_behind_what_was_not_received_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a session ends while the socket has more to ask for."""
    monkeypatch.setattr(protocol, "ABORT_SECONDS", 3_600)
    app = Wired(receives=False)
    async with serving(app) as url, connect(url, subprotocols=[PROTOCOL]) as client:
        outlet = await app.outlet
        await client.send("x")
        await come_true(lambda: outlet.read_paused)
        outlet.cut_off(*CUT_OFF)
        await come_true(lambda: outlet.disconnected)
        app.stop.set()
        await client.wait_closed()
        assert (client.close_code, client.close_reason) == CUT_OFF


async def _nothing(_: Raw) -> None:
    """Does not even close."""


async def _break_rules(client: Raw) -> None:
    await client.send_raw(b"\x81\x01x")  # A client's frame must be masked.


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("do", "is_cut_off"), [(_nothing, True), (Raw.close, False), (_break_rules, False)])
async def test_a_client_that_never_reads_is_let_go_of(do: Callable[[Raw], Awaitable[None]], is_cut_off: bool) -> None:
    """Whatever the connection ends by: what was not read would keep it open for ever."""
    app = Wired()
    told: list[bool] = []
    async with serving(app) as url, Raw.connected(url) as client:
        outlet = await app.outlet
        stop_up(outlet)
        outlet.when_writable(lambda: told.append(outlet.disconnected))
        await do(client)
        if is_cut_off:
            outlet.cut_off(*CUT_OFF)
        else:
            await come_true(lambda: app.received != [])
            outlet.cut_off(*CUT_OFF)
        await come_true(lambda: outlet.disconnected)
        assert told == [True]


@pytest.mark.usefixtures("impatient")
async def test_a_client_that_answers_no_ping_and_reads_nothing_is_let_go_of() -> None:
    app = Wired()
    async with serving(app, ws_ping_interval=0.02, ws_ping_timeout=0.02) as url, Raw.connected(url):
        outlet = await app.outlet
        stop_up(outlet)
        await come_true(lambda: outlet.disconnected)
        await come_true(lambda: app.received != [])
    assert app.received == [{"type": "websocket.disconnect", "code": 1005}]


async def test_what_waited_to_be_sent_when_the_socket_was_closed_is_not() -> None:
    """It is no fault of the application, which could not know."""
    app = Wired()
    async with serving(app) as url, Raw.connected(url) as client:
        outlet = await app.outlet
        pushed = stop_up(outlet)
        assert app.send
        sending = asyncio.ensure_future(app.send({"type": "websocket.send", "text": "late"}))
        await asyncio.sleep(0)
        assert not sending.done()
        outlet.cut_off(*CUT_OFF)
        assert await client.texts() == pushed
        with pytest.raises(ClientDisconnected):
            await sending


async def test_pings_of_a_client_that_does_not_read_are_answered_by_one_pong() -> None:
    app = Wired()
    async with serving(app) as url, Raw.connected(url) as client:
        outlet = await app.outlet
        pushed = stop_up(outlet)
        waiting = outlet.transport.get_write_buffer_size()
        for number in range(1_000):
            await client.ping(b"%d" % number)
        await client.send("done")
        await come_true(lambda: app.received != [])
        assert outlet.transport.get_write_buffer_size() == waiting
        outlet.when_writable(lambda: outlet.cut_off(*CUT_OFF))
        assert await client.texts() == pushed
        assert client.pongs == [b"999"]


@pytest.mark.parametrize("parts", [[b"\xff"], [b'"\xe2', b"\x82"], [b"\xed\xa0", b"\x80"], [b"x" * 70_000, b"\xc0"]])
async def test_text_that_is_no_utf8_is_closed_quietly(parts: list[bytes], caplog: pytest.LogCaptureFixture) -> None:
    app = Wired()
    async with serving(app) as url, Raw.connected(url) as client:
        await client.send_parts(parts)
        assert await client.texts() == []
        assert client.closed == (1007, "Invalid UTF-8")
        await come_true(lambda: app.received != [])
    assert app.received == [{"type": "websocket.disconnect", "code": 1007, "reason": "Invalid UTF-8"}]
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


async def test_utf8_in_parts_is_whole() -> None:
    app = Wired()
    async with serving(app) as url, Raw.connected(url) as client:
        await client.send_parts([b'"\xe2', b"\x82", b'\xac"'])
        await come_true(lambda: app.received != [])
    assert app.received[0] == {"type": "websocket.receive", "text": '"€"'}


async def test_text_that_is_no_utf8_and_a_close_at_once(caplog: pytest.LogCaptureFixture) -> None:
    """The close is answered by then."""
    app = Wired()
    async with serving(app) as url, Raw.connected(url) as client:
        client.protocol.send_text(b"\xff")
        client.protocol.send_close(1000)
        await client.send_raw(b"".join(client.protocol.data_to_send()))
        assert await client.texts() == []
        assert client.closed == (1000, "")
        await come_true(lambda: app.received != [])
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


@asynccontextmanager
async def shut_down_by(app: Wired) -> AsyncIterator[tuple[Raw, Callable[[], Awaitable[None]]]]:
    """A client of a server, and what shuts that down and returns when it has ended."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(app, timeout_graceful_shutdown=PATIENCE_SECONDS))
        async with Raw.connected(url) as client:
            yield client, stack.aclose


@pytest.mark.parametrize("is_cut_off", [True, False])
async def test_a_client_that_never_reads_does_not_hold_up_shutdown(
    is_cut_off: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whether or not it was closed before: nobody waits for it until patience is at an end, which would be logged."""
    monkeypatch.setattr(protocol, "ABORT_SECONDS", 3_600)
    monkeypatch.setattr(protocol, "LAST_SECONDS", 0.05)
    app = Wired()
    async with shut_down_by(app) as (_, shut_down):
        outlet = await app.outlet
        stop_up(outlet)
        if is_cut_off:
            outlet.cut_off(*CUT_OFF)
        await shut_down()
        assert outlet.disconnected
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


@pytest.mark.parametrize(("is_cut_off", "closed"), [(True, CUT_OFF), (False, (1012, ""))])
async def test_a_client_that_reads_late_is_told_everything_at_shutdown(
    is_cut_off: bool, closed: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "LAST_SECONDS", 3_600)
    app = Wired()
    async with shut_down_by(app) as (client, shut_down):
        outlet = await app.outlet
        pushed = stop_up(outlet)
        if is_cut_off:
            outlet.cut_off(*CUT_OFF)
        texts, _ = await asyncio.gather(client.texts(), shut_down())
        assert (texts, client.closed) == (pushed, closed)
