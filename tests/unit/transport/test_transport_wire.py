"""The outlet on a real wire: what a client reads of what was pushed, and what becomes of one that doesn't read."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from uvicorn.protocols.utils import ClientDisconnected
from websockets.asyncio.client import connect

from tests.unit.transport.serving import PROTOCOL, Raw, Wired, come_true, serving
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
