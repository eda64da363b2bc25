"""A socket whose peer reads nothing: it is closed like any other, and what it may ask for has an end."""

import asyncio
from collections.abc import Callable

from tests.unit.transport.kit import Socket, build_app, eventually
from tests.unit.transport.listening import idle
from tests.unit.transport.worlds import World

Connect = Callable[..., Socket]


async def test_a_session_that_is_over_closes_it(connect: Connect, fresh_world: World) -> None:
    socket = await connect().start()
    socket.subscribe("subscription { forever }")
    await socket.receive()
    socket.fall_behind()
    socket.send(type="ping")
    await eventually(socket.to_app.empty)
    ended = fresh_world.contexts[0].ended
    assert ended
    ended()
    assert await socket.closed() == (4401, "Unauthorized")
    assert fresh_world.closed_streams == 1


async def test_shutdown_closes_it(connect: Connect) -> None:
    app = build_app()
    socket = await connect(app.app).start()
    socket.fall_behind()
    socket.send(type="ping")
    await eventually(socket.to_app.empty)
    assert await app.websocket.close_all(within=5) == 0
    assert await socket.closed() == (1012, "Service restart")


async def test_it_may_ask_for_no_more_than_it_reads(connect: Connect, fresh_world: World) -> None:
    """Neither answers nor ends pile up: what is asked for meanwhile is begun when the peer reads on."""
    socket = await connect().start()
    fresh_world.contexts.clear()
    socket.fall_behind()
    socket.subscribe("{ hello }", "a")
    socket.subscribe("mutation { logIn }", "b")
    socket.subscribe("subscription { count(to: 0) }", "c")
    await eventually(lambda: socket.to_app.qsize() == 2)
    assert fresh_world.contexts == []
    socket.keep_up()
    frames = [await socket.receive() for _ in range(5)]
    assert [(frame["id"], frame["type"]) for frame in frames] == [
        ("a", "next"),
        ("a", "complete"),
        ("b", "next"),
        ("b", "complete"),
        ("c", "complete"),
    ]
    assert len(fresh_world.contexts) == 3


async def test_what_it_has_asked_for_is_bounded(connect: Connect, fresh_world: World) -> None:
    """Fifty answers at most wait for it to read."""
    socket = await connect().start()
    gate = fresh_world.gates[0] = asyncio.Event()
    for number in range(50):
        socket.subscribe("subscription { told(to: 1) { later { number } } }", str(number))
    await eventually(lambda: len(fresh_world.shared) == 50)
    socket.fall_behind()
    gate.set()
    socket.subscribe("{ hello }", "more")
    await idle()
    assert socket.from_app.empty()
    socket.keep_up()
    frames = [await socket.receive() for _ in range(102)]
    assert {(frame["id"], frame["type"]) for frame in frames} == {
        (name, kind) for name in [*map(str, range(50)), "more"] for kind in ("next", "complete")
    }


async def test_it_may_leave_while_it_is_waited_for(connect: Connect, fresh_world: World) -> None:
    socket = await connect().start()
    socket.subscribe("subscription { forever }", "a")
    await socket.receive()
    socket.fall_behind()
    socket.subscribe("{ hello }", "b")
    await eventually(socket.to_app.empty)
    socket.break_sends = True
    socket.keep_up()
    socket.disconnect()
    await asyncio.wait_for(socket.task, 5)
    assert fresh_world.closed_streams == 1
