"""One subscription: how much may wait, when there is room for more, and what becomes of a socket that reads slowly."""

import asyncio

from tests.unit.transport.listening import Reader, broadcast, happening, idle
from tests.unit.transport.worlds import World
from transport.subscriptions import ROOM


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
