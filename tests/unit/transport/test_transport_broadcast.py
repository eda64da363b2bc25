"""One execution for all: who gets its bytes, what is filled in for whom, and who gets an execution of their own."""

import asyncio
import gc
from weakref import ref

import pytest

from domain.errors import Unavailable
from tests.unit.transport.listening import Reader, broadcast, happening, idle, payload
from tests.unit.transport.worlds import FAILING, World
from transport.broadcast import OWN_AT_ONCE


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


async def test_whoever_comes_later_gets_the_same_execution_and_a_batch_of_their_own(fresh_world: World) -> None:
    shared, event = broadcast(), happening(5)
    readers = [Reader(shared, viewer) for viewer in (1, 2, 4)]
    readers[0].source.tell(event)
    readers[1].source.tell(event)
    await idle()
    readers[2].source.tell(event)
    await idle()
    assert [reader.payloads for reader in readers] == [[payload(5, viewer)] for viewer in (1, 2, 4)]
    assert len(fresh_world.shared) == 1
    assert fresh_world.fills == [[1, 2], [4]]


async def test_other_documents_are_executed_for_themselves(fresh_world: World) -> None:
    event = happening(5)
    readers = [Reader(broadcast(), 1), Reader(broadcast("subscription { told { number } }"), 1)]
    for reader in readers:
        reader.source.tell(event)
    await idle()
    assert [reader.payloads for reader in readers] == [[payload(5, 1)], [{"data": {"told": {"number": 5}}}]]
    assert len(fresh_world.shared) == 2
    assert fresh_world.fills == [[1]]


async def test_whom_the_bytes_do_not_suit_has_an_execution_of_their_own(fresh_world: World) -> None:
    fresh_world.apart = {2, None}
    shared, event = broadcast(), happening(5)
    readers = [Reader(shared, viewer) for viewer in (1, 2, None, 4)]
    for reader in readers:
        reader.source.tell(event)
    await idle()
    assert [reader.payloads for reader in readers] == [[payload(5, viewer)] for viewer in (1, 2, None, 4)]
    assert fresh_world.own == [2, None]
    assert fresh_world.fills == [[1, 4]]


async def test_where_holes_cannot_be_filled_all_have_executions_of_their_own(fresh_world: World) -> None:
    """Which tell each what is missing, where it is missing."""
    fresh_world.refuse_fill = Unavailable("graph")
    fresh_world.apart = {2}
    shared, event = broadcast(), happening(5)
    readers = [Reader(shared, viewer) for viewer in (1, 2, 4)]
    for reader in readers:
        reader.source.tell(event)
    await idle()
    assert [reader.payloads for reader in readers] == [[payload(5, viewer)] for viewer in (1, 2, 4)]
    assert fresh_world.own == [2, 1, 4]
    assert fresh_world.fills == [[1, 4]]


async def test_an_execution_that_fails_tells_so_to_all(fresh_world: World) -> None:
    """Where nothing is left of the event, there is nothing to fill."""
    fresh_world.apart = {2}
    shared, event = broadcast(), happening(min(FAILING))
    readers = [Reader(shared, viewer) for viewer in (1, 2, 4)]
    for reader in readers:
        reader.source.tell(event)
    await idle()
    for reader in readers:
        assert reader.payloads == [payload(min(FAILING), None)]
        assert reader.payloads[0]["errors"][0]["message"] == "Not yours."
    assert (len(fresh_world.shared), fresh_world.own, fresh_world.fills) == (1, [2], [])


async def test_few_executions_for_one_viewer_alone_are_under_way_at_once(fresh_world: World) -> None:
    """The event is executed for all first, which its gate lets through once."""
    people = range(1, OWN_AT_ONCE + 5)
    fresh_world.apart = set(people)
    shared, event = broadcast(), happening(5)
    readers = [Reader(shared, viewer) for viewer in people]
    for reader in readers:
        reader.source.tell(event)
    await shared.rendering(event, readers[0].subscription.context)
    gate = fresh_world.gates[5] = asyncio.Event()
    await idle()
    assert fresh_world.own == [*people][:OWN_AT_ONCE]
    gate.set()
    await idle()
    assert fresh_world.own == [*people]
    assert [reader.payloads for reader in readers] == [[payload(5, viewer)] for viewer in people]


async def test_values_are_put_where_the_holes_are_alone(fresh_world: World) -> None:
    """Whatever else is in the bytes, and however often a field is asked for."""
    shared = broadcast(
        'subscription { told { a: mine text(chars: 3) later { b: mine } c: mine d: echo(text: "1\\"0") } }'
    )
    readers = [Reader(shared, viewer) for viewer in (1, None)]
    event = happening(5)
    for reader in readers:
        reader.source.tell(event)
    await idle()
    others = {"text": "xxx", "d": '1"0'}
    assert [reader.payloads for reader in readers] == [
        [{"data": {"told": {"a": True, "later": {"b": False}, "c": True} | others}}],
        [{"data": {"told": {"a": None, "later": {"b": None}, "c": None} | others}}],
    ]
    assert fresh_world.fills == [[1, None]]
