"""What an importer waits for: events that have not reached their queue, and jobs."""

import asyncio
from collections.abc import Sequence
from typing import cast

import pytest

from events import Body, Event, Followed, SignedUp, TweetsPosted, UsersChanged, encode
from services.imports.backlog import JOBS_AHEAD, Backlog
from services.imports.progress import Progress
from stores.events import EventLog, LoggedEvent
from stores.queue import QUEUES, Queue, QueueState
from stores.search import SearchStore

POSTED = TweetsPosted(((1, 2),))


class World:
    """A log, and queues whose relays have read it up to a position."""

    name = "fake"

    def __init__(self) -> None:
        self.events: list[LoggedEvent] = []
        self.marks: dict[str, set[int]] = {queue: set() for queue in QUEUES}
        self.jobs = dict.fromkeys(QUEUES, 0)
        self.positions: dict[str, str] = {}
        self.read_from: list[str | None] = []
        self.backlog = Backlog(
            cast("Queue", self), [cast("EventLog", self)], cast("SearchStore", None), cast("Progress", self)
        )

    def add(self, body: Body, *reached: str) -> None:
        event_id = len(self.events)
        self.events.append(LoggedEvent(str(event_id), event_id, encode(Event(event_id, body))))
        for queue in reached:
            self.marks[queue].add(event_id)

    async def read(self, after: str | None, limit: int) -> Sequence[LoggedEvent]:
        self.read_from.append(after)
        start = 0 if after is None else int(after) + 1
        return self.events[start : start + limit]

    async def marked(self, target: str, event_ids: Sequence[int]) -> set[int]:
        return self.marks[target] & set(event_ids)

    async def relay_position(self, log: str, target: str) -> str | None:
        return self.positions.get(target)

    async def depth(self, queue: str) -> int:
        return self.jobs[queue]

    async def states(self) -> dict[str, QueueState]:
        return {queue: QueueState(jobs, 0.0, 0) for queue, jobs in self.jobs.items()}

    def begin(self, phase: str, total: int) -> None:
        self.total = total

    def advance(self, count: int) -> None: ...

    def finish(self) -> None: ...

    def say(self, message: str) -> None: ...


async def waits(waiting: asyncio.Task[None]) -> bool:
    for _ in range(5):
        await asyncio.sleep(0)
    return not waiting.done()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.imports.backlog.POLL_SECONDS", 0)


async def test_room_is_what_the_longest_queue_has() -> None:
    world = World()
    world.jobs |= {"search": JOBS_AHEAD, "graph": JOBS_AHEAD}
    await world.backlog.room()
    world.jobs["graph"] += 1
    waiting = asyncio.create_task(world.backlog.room())
    assert await waits(waiting)
    world.jobs["graph"] -= 1
    await waiting


async def test_fanned_out_is_what_no_full_queue_holds_back() -> None:
    world = World()
    world.add(POSTED, "search")
    waiting = asyncio.create_task(world.backlog.fanned_out())
    assert await waits(waiting)
    world.marks["timeline"].add(0)
    world.jobs["timeline"] = 1
    assert await waits(waiting)
    world.jobs["timeline"] = 0
    await waiting


async def test_empty_counts_people_and_the_queue_alone() -> None:
    world = World()
    world.add(SignedUp(((1, "a", "A"),)))
    world.add(UsersChanged((1,)))
    world.add(POSTED)
    world.add(Followed(((1, 2),)), "search")
    world.jobs |= {"timeline": 100, "graph": 7, "search": 20}
    waiting = asyncio.create_task(world.backlog.empty("search", "search"))
    assert await waits(waiting)
    assert world.total == 3 + 7 + 20
    world.jobs |= {"graph": 0, "search": 0}
    world.marks["graph"].add(0)
    world.marks["search"] |= {1, 2}
    await waiting


async def test_what_was_found_to_have_arrived_is_not_read_again() -> None:
    world = World()
    for _ in range(3):
        world.add(POSTED, "timeline")
    await world.backlog.fanned_out()
    world.read_from.clear()
    await world.backlog.fanned_out()
    assert world.read_from == ["2"]


async def test_where_the_relay_went_on_marks_may_be_gone() -> None:
    """Marks outlive their relay's passing by minutes only."""
    world = World()
    world.add(POSTED, "timeline")
    await world.backlog.fanned_out()
    for _ in range(3):
        world.add(POSTED)
    world.positions["timeline"] = "3"
    world.marks["timeline"].clear()
    await asyncio.wait_for(world.backlog.fanned_out(), 10)
