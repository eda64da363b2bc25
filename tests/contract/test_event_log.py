"""The event log, as far as it is seen from outside; what is open between transactions depends on the adapter."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.snowflake import compose
from events import Event, Followed, SignedUp, TweetsPosted, UsersChanged
from stores.events import RETENTION, EventLog
from tests.contract.makers import LARGEST, UNICODE, event, examples, logged

Write = Callable[[Event], Awaitable[object]]


async def test_an_event_comes_back_as_it_was_written(write_event: Write, events: EventLog) -> None:
    told = [
        Event(1, SignedUp(((1, UNICODE, UNICODE), (LARGEST, "", "")))),
        Event(LARGEST, Followed(((1, LARGEST),))),
        Event(2, TweetsPosted(())),
    ]
    for one in told:
        await write_event(one)
    assert [entry.event for entry in await events.read(None, 10)] == told


@examples
@given(limits=st.lists(st.integers(1, 4), min_size=1))
async def test_reading_on_neither_loses_nor_repeats(write_event: Write, events: EventLog, limits: list[int]) -> None:
    before = await logged(events)
    told = [event() for _ in range(6)]
    for one in told:
        await write_event(one)
    seen: list[int] = []
    position = None
    while entries := await events.read(position, limits[len(seen) % len(limits)]):
        seen += [entry.event.id for entry in entries]
        position = entries[-1].position
    assert seen == before + [one.id for one in told]
    assert await events.read(position, 10) == []


async def test_a_reader_beside_many_writers_gets_every_event_once(write_event: Write, events: EventLog) -> None:
    told = [event() for _ in range(60)]
    writers = asyncio.gather(*(write_event(one) for one in told))
    seen: list[int] = []
    position = None
    deadline = time.monotonic() + 20
    while len(seen) < len(told) and time.monotonic() < deadline:
        for entry in await events.read(position, 7):
            seen.append(entry.event.id)
            position = entry.position
    await writers
    assert sorted(seen) == [one.id for one in told]
    assert await events.read(position, 10) == []


@pytest.mark.usefixtures("database")  # what bears its time in its id alone can be written as old as that
async def test_events_older_than_the_retention_are_dropped(write_event: Write, events: EventLog) -> None:
    now_ms, minute = int(time.time() * 1000), timedelta(minutes=1)
    old = compose(now_ms - int((RETENTION + minute).total_seconds() * 1000), 0, 0)
    young = compose(now_ms - int((RETENTION - minute).total_seconds() * 1000), 0, 0)
    for event_id in (old, young, old + 1):
        await write_event(Event(event_id, UsersChanged((1,))))
    assert await events.prune() == 2
    assert await logged(events) == [young]
    assert await events.prune() == 0
