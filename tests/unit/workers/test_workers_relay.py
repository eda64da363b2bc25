"""The relay on a log and a queue in memory: nothing accepted is lost, and nothing goes out twice."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import cast
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import Unavailable
from domain.snowflake import compose
from events import Event, Followed, UsersChanged
from services.dispatch import plan
from services.fan_out import FanOut
from stores.events import EventLog, LoggedEvent
from stores.live import LiveLog
from stores.queue import Dispatch, Queue
from workers.relay import GRACE_MS, Relay

MINUTE_MS = 60_000


class FakeLog:
    """Transactions by their beginning, as positions are; one that is open hides all after it."""

    name = "fake"

    def __init__(self) -> None:
        self.transactions: list[Event | None] = []
        self.committed: set[int] = set()

    async def read(self, after: str | None, limit: int) -> Sequence[LoggedEvent]:
        found = []
        for position, event in list(enumerate(self.transactions))[0 if after is None else int(after) + 1 :]:
            if position not in self.committed:
                break
            if event:
                found.append(LoggedEvent(str(position), event))
        return found[:limit]

    async def prune(self) -> int:
        return 0


class FakeQueue:
    """Remembers marks and positions until it is lost; `sent` is never forgotten."""

    def __init__(self) -> None:
        self.sent: Counter[int] = Counter()
        self.down = False
        self.lose()

    def lose(self) -> None:
        self.marks: set[int] = set()
        self.positions: dict[str, str] = {}

    async def dispatch(self, dispatches: Sequence[Dispatch], *, is_news: bool = False) -> int:
        if self.down:
            raise Unavailable("queue")
        new = [each.event_id for each in dispatches if each.event_id not in self.marks]
        self.marks.update(new)
        self.sent.update(new)
        return len(new)

    async def marked(self, event_ids: Sequence[int]) -> set[int]:
        return self.marks & set(event_ids)

    async def relay_position(self, log: str) -> str | None:
        return self.positions.get(log)

    async def save_relay_position(self, log: str, position: str, passed_ms: int) -> None:
        self.positions[log] = position


class World:
    def __init__(self) -> None:
        self.log = FakeLog()
        self.queue = FakeQueue()
        self.merged: list[int] = []
        self.relay = Relay(
            [cast("EventLog", self.log)],
            cast("LiveLog", None),
            cast("Queue", self.queue),
            cast("FanOut", SimpleNamespace(followed=self._followed)),
        )

    async def _followed(self, edges: Iterable[tuple[int, int]]) -> None:
        self.merged += [follower for follower, _ in edges]

    def begin(self, *, age_ms: int = MINUTE_MS, body: UsersChanged | Followed | None = None) -> int:
        """The position of a new transaction."""
        position = len(self.log.transactions)
        event_id = compose(int(time.time() * 1000) - age_ms, 0, position)
        self.log.transactions.append(Event(event_id, body or UsersChanged((1,))))
        return position

    def commit(self, position: int) -> Event:
        self.log.committed.add(position)
        event = self.log.transactions[position]
        assert event is not None
        return event

    async def pass_over(self, grace_ms: int = GRACE_MS) -> int:
        return await self.relay.relay(cast("EventLog", self.log), grace_ms)


STEPS = st.sampled_from(["begin", "begin", "commit", "commit and dispatch", "roll back", "relay", "lose the queue"])


@settings(max_examples=300)
@given(st.lists(st.tuples(STEPS, st.integers(0, 100)), max_size=60))
async def test_every_commit_goes_out_once_however_late_it_comes(steps: list[tuple[str, int]]) -> None:
    """Once for each life of the queue."""
    world = World()
    open_transactions: list[int] = []
    lives = 1
    with patch("workers.relay.BATCH", 2):
        for step, choice in [*steps, *[("roll back", 0)] * 60, ("relay", 0)]:
            picked = open_transactions.pop(choice % len(open_transactions)) if open_transactions else None
            match step:
                case "begin":
                    open_transactions += [world.begin(), *([picked] if picked is not None else [])]
                case "commit" if picked is not None:
                    world.commit(picked)
                case "commit and dispatch" if picked is not None:
                    await world.queue.dispatch([plan(world.commit(picked))])
                case "roll back" if picked is not None:
                    world.log.committed.add(picked)
                    world.log.transactions[picked] = None
                case _:
                    open_transactions += [picked] if picked is not None else []
                    await world.pass_over()
            if step == "lose the queue":
                world.queue.lose()
                lives += 1
    accepted = {event.id for event in world.log.transactions if event}
    assert set(world.queue.sent) == accepted
    assert max(world.queue.sent.values(), default=0) <= lives


async def test_a_request_is_left_to_dispatch_its_own_event() -> None:
    """What is younger than the grace ends the pass, and so does all after it."""
    world = World()
    old, young, late = (world.commit(world.begin(age_ms=age)) for age in (MINUTE_MS, 0, MINUTE_MS))
    assert await world.pass_over(MINUTE_MS // 2) == 1
    assert set(world.queue.sent) == {old.id}
    assert await world.pass_over(0) == 2
    assert set(world.queue.sent) == {old.id, young.id, late.id}


async def test_the_position_is_that_of_the_last_event_dispatched() -> None:
    world = World()
    first, hole, last = world.begin(), world.begin(), world.begin()
    world.commit(first)
    world.commit(last)
    assert await world.pass_over() == 1
    assert world.queue.positions == {"fake": str(first)}
    world.commit(hole)
    assert await world.pass_over() == 2
    assert world.queue.positions == {"fake": str(last)}
    assert await world.pass_over() == 0


async def test_a_queue_that_is_down_keeps_the_position() -> None:
    world = World()
    world.commit(world.begin())
    world.queue.down = True
    with pytest.raises(Unavailable):
        await world.pass_over()
    assert world.queue.positions == {}
    world.queue.down = False
    assert await world.pass_over() == 1


async def test_a_follow_is_merged_before_it_is_told_of() -> None:
    """But not one that its own request has merged and dispatched."""
    world = World()
    own = world.commit(world.begin(body=Followed(((1, 9),))))
    await world.queue.dispatch([plan(own)])
    world.commit(world.begin(body=Followed(((2, 9), (3, 9)))))
    assert await world.pass_over() == 1
    assert world.merged == [2, 3]
