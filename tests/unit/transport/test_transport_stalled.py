"""A socket whose peer reads nothing: it is closed like any other, and what it may ask for has an end."""

from collections.abc import Callable

from tests.unit.transport.kit import Socket, build_app, eventually
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
