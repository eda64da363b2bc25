"""One subscription: how much may wait, when there is room for more, and what becomes of a socket that reads slowly."""

import asyncio
from collections.abc import Callable

import pytest

from domain.errors import Forbidden, StarlingError
from domain.live import Happening
from tests.unit.transport.kit import Told
from tests.unit.transport.listening import Reader, broadcast, happening, idle, payload
from tests.unit.transport.streams import SLOW
from tests.unit.transport.worlds import World
from transport.subscriptions import OUTBOX, ROOM

RESET = Happening(Told(number=0))
COMPLETE = {"id": "s", "type": "complete"}


def failed(message: str, code: str) -> dict[str, object]:
    return {"id": "s", "type": "error", "payload": [{"message": message, "extensions": {"code": code}}]}


def event(number: int, viewer_id: int | None = 1) -> dict[str, object]:
    return {"id": "s", "type": "next", "payload": payload(number, viewer_id)}


class Timers(list[tuple[float, Callable[[], None]]]):
    """What was to be called later, and when."""

    def pass_(self) -> None:
        for _, call in self:
            call()


@pytest.fixture
async def timers(monkeypatch: pytest.MonkeyPatch) -> Timers:
    timers = Timers()
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "call_later", lambda seconds, call: timers.append((seconds, call)))
    return timers


async def stop_up(reader: Reader, *, more: int) -> None:
    """Has it told as much as may wait, and so much more, while the socket takes nothing."""
    reader.wire.is_writable = False
    for number in range(100, 100 + OUTBOX + more):
        reader.source.tell(happening(number))
    await idle()


async def test_room_is_made_as_soon_as_there_is_some(fresh_world: World) -> None:
    """Not when all is sent: what is behind would then be fetched while nothing is under way."""
    gates = [asyncio.Event() for _ in range(ROOM + 1)]
    fresh_world.gates = dict(enumerate(gates, 100))
    reader = Reader(broadcast(), 1)
    for number in fresh_world.gates:
        reader.source.tell(happening(number))
    room = asyncio.create_task(reader.subscription.room())
    await idle()
    gates[0].set()
    await idle()
    assert (len(reader.payloads), room.done()) == (1, False)
    gates[1].set()
    await idle()
    assert (len(reader.payloads), room.done()) == (2, True)
    await reader.subscription.room()


@pytest.mark.parametrize("too_slow", [RESET, SLOW])
async def test_as_much_as_fits_may_wait(too_slow: Happening | StarlingError) -> None:
    reader = Reader(broadcast(), 1, too_slow=too_slow)
    await stop_up(reader, more=0)
    assert not reader.source.is_closed
    assert reader.wire.log == []
    reader.wire.take()
    assert reader.wire.log == [event(number) for number in range(100, 100 + OUTBOX)]


@pytest.mark.parametrize(
    ("too_slow", "last"), [(RESET, [event(0), "over", COMPLETE]), (SLOW, ["over", failed("slow", "BAD_USER_INPUT")])]
)
async def test_one_too_many_leaves_the_end_alone(too_slow: Happening | StarlingError, last: list[object]) -> None:
    """The end waits as well: a socket that reads nothing is sent nothing, however often it asks."""
    reader = Reader(broadcast(), 1, too_slow=too_slow)
    await stop_up(reader, more=1)
    assert reader.source.is_closed
    assert reader.wire.log == []
    reader.wire.take()
    assert reader.wire.log == last
    reader.wire.take()
    await idle()
    assert reader.wire.log == last
    assert reader.wire.cut == []


@pytest.mark.parametrize(("error", "frame"), [(None, COMPLETE), (Forbidden("No."), failed("No.", "FORBIDDEN"))])
async def test_an_end_waits_for_the_socket(error: Exception | None, frame: object) -> None:
    reader = Reader(broadcast(), 1)
    reader.wire.is_writable = False
    reader.source.end(error=error)
    assert reader.wire.log == []
    reader.wire.take()
    assert reader.wire.log == ["over", frame]


@pytest.mark.parametrize("too_slow", [RESET, SLOW])
async def test_whoever_does_not_even_take_the_end_is_cut_off(
    timers: Timers, too_slow: Happening | StarlingError
) -> None:
    reader = Reader(broadcast(), 1, too_slow=too_slow)
    await stop_up(reader, more=1)
    assert [seconds for seconds, _ in timers] == [10.0]
    assert reader.wire.cut == []
    timers.pass_()
    assert reader.wire.cut == [(4290, "Reads too slowly")]
    assert reader.wire.log == []


@pytest.mark.parametrize("too_slow", [RESET, SLOW])
async def test_whoever_took_the_end_is_not_cut_off_for_being_slow_again(
    timers: Timers, too_slow: Happening | StarlingError
) -> None:
    reader = Reader(broadcast(), 1, too_slow=too_slow)
    await stop_up(reader, more=1)
    reader.wire.take()
    reader.wire.is_writable = False
    timers.pass_()
    assert reader.wire.cut == []


async def test_whoever_reads_is_not_cut_off_for_an_end_that_comes_late(timers: Timers, fresh_world: World) -> None:
    fresh_world.gates[0] = asyncio.Event()
    reader = Reader(broadcast(), 1, too_slow=RESET)
    await stop_up(reader, more=1)
    reader.wire.take()
    timers.pass_()
    assert (reader.wire.log, reader.wire.cut) == ([], [])
    fresh_world.gates[0].set()
    await idle()
    assert reader.wire.log == [event(0), "over", COMPLETE]


async def test_whose_subscription_was_closed_is_not_cut_off(timers: Timers) -> None:
    reader = Reader(broadcast(), 1)
    await stop_up(reader, more=1)
    reader.subscription.close()
    timers.pass_()
    reader.wire.take()
    assert (reader.wire.log, reader.wire.cut) == ([], [])
