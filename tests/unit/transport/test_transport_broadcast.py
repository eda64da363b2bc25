"""One execution for all: who gets its bytes, what is filled in for whom, and who gets an execution of their own."""

import asyncio
import gc
from weakref import ref

import pytest

from tests.unit.transport.listening import Reader, broadcast, happening, idle, payload
from tests.unit.transport.worlds import World


async def test_holes_are_filled_for_each_viewer_in_the_places_of_the_text(fresh_world: World) -> None:
    """What is deeper is executed later, and so the holes are noted in another order than that of the text."""
    gate = fresh_world.gates[5] = asyncio.Event()
    shared = broadcast()
    readers = [Reader(shared, viewer) for viewer in (1, 2, None, 3)]
    event = happening(5)
    for reader in readers:
        reader.source.tell(event)
    await idle()
    gate.set()
    await idle()
    assert [reader.payloads for reader in readers] == [[payload(5, viewer)] for viewer in (1, 2, None, 3)]
    assert fresh_world.fills == [[1, 2, None, 3]]
    assert len(fresh_world.shared) == 1
    assert fresh_world.own == []


@pytest.mark.parametrize("apart", [{1}, {1, 2}, set()])
async def test_what_cannot_be_encoded_is_told_as_a_failure(
    fresh_world: World, caplog: pytest.LogCaptureFixture, apart: set[int | None]
) -> None:
    """It was told to nobody, and nothing behind it either."""
    fresh_world.apart = apart
    shared = broadcast("subscription { told { huge mine } }")
    readers = [Reader(shared, viewer) for viewer in (1, 2)]
    event = happening(5)
    for reader in readers:
        reader.source.tell(event)
    await idle()
    for reader in readers:
        [told] = reader.payloads
        assert told["data"] is None
        assert [error["extensions"]["code"] for error in told["errors"]] == ["INTERNAL"]
    assert "surrogates not allowed" in caplog.text
    assert len(fresh_world.shared) == 1
    assert fresh_world.own == sorted(apart)  # type: ignore[type-var]


async def test_an_event_keeps_nobody_alive_who_was_told_of_it() -> None:
    """A TimelineReset is the same object for as long as the process lives."""
    shared, event = broadcast(), happening(5)
    reader = Reader(shared, 1)
    reader.source.tell(event)
    await idle()
    assert reader.payloads == [payload(5, 1)]
    assert len(event.renderings) == 1
    left = ref(shared)
    del shared, reader
    gc.collect()
    assert left() is None
    assert len(event.renderings) == 0
