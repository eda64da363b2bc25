"""Events given to their consumers again: each once a run, marks or not, and never more than a queue has room for."""

from collections.abc import Sequence
from typing import cast

import msgpack
import pytest

from commands.event_replay import EventReplay
from domain.snowflake import compose
from events import Body, Event, Followed, SignedUp, TweetsPosted, encode
from services.imports.files import BadLine
from stores.events import EventLog, LoggedEvent
from stores.queue import QUEUES, Jobs

START_MS = 1_800_000_000_000


class FakeLog:
    name = "fake"

    def __init__(self) -> None:
        self.events: list[LoggedEvent] = []

    def add(self, body: Body, *, ms: int = START_MS) -> int:
        event_id = compose(ms, 0, len(self.events))
        self.events.append(LoggedEvent(str(len(self.events)), event_id, encode(Event(event_id, body))))
        return event_id

    def add_unknown(self) -> int:
        event_id = compose(START_MS, 0, len(self.events))
        packed = msgpack.packb((event_id, "tweets.pinned", ()))
        self.events.append(LoggedEvent(str(len(self.events)), event_id, packed))
        return event_id

    async def read(self, after: str | None, limit: int) -> Sequence[LoggedEvent]:
        start = 0 if after is None else int(after) + 1
        return self.events[start : start + limit]


class FakeJobs:
    """Of each look at the length of a full queue, its jobs have been done."""

    def __init__(self) -> None:
        self.given: list[tuple[str, str, int]] = []
        self.ids: set[str] = set()
        self.waiting = dict.fromkeys(QUEUES, 0)
        self.longest = 0

    async def depth(self, queue: str) -> int:
        depth, self.waiting[queue] = self.waiting[queue], 0
        return depth

    async def enqueue(self, queue: str, function: str, job_id: str, packed: bytes) -> bool:
        assert job_id not in self.ids
        self.ids.add(job_id)
        self.given.append((queue, function, msgpack.unpackb(packed)[0]))
        self.waiting[queue] += 1
        self.longest = max(self.longest, self.waiting[queue])
        return True


class Told:
    """What is seen of it."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, int]] = []
        self.done = 0
        self.said: list[str] = []

    def begin(self, phase: str, total: int) -> None:
        self.begun.append((phase, total))

    def advance(self, count: int) -> None:
        self.done += count

    def finish(self) -> None:
        pass

    def bad_line(self, bad: BadLine) -> None:
        raise AssertionError(bad)

    def say(self, message: str) -> None:
        self.said.append(message)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commands.event_replay.EVENTS_PER_READ", 3)
    monkeypatch.setattr("commands.event_replay.POLL_SECONDS", 0)


def replay(log: FakeLog, jobs: FakeJobs, told: Told, queues: Sequence[str] = QUEUES, length: int = 100) -> EventReplay:
    return EventReplay([cast("EventLog", log)], cast("Jobs", jobs), queues, length, told)


async def test_each_consumer_gets_its_events_since_then_in_order() -> None:
    log, jobs, told = FakeLog(), FakeJobs(), Told()
    log.add(TweetsPosted(((1, 2),)), ms=START_MS - 1)
    posted = [log.add(TweetsPosted(((number, 2),))) for number in range(4)]
    signed_up = log.add(SignedUp(((3, "a", "A"),)))
    late = log.add(Followed(((3, 4),)), ms=START_MS - 2)
    assert await replay(log, jobs, told).since(START_MS) == {"timeline": 4, "search": 4, "graph": 1, "media": 0}
    for queue in ("timeline", "search"):
        assert [given for given in jobs.given if given[0] == queue] == [(queue, "consume", each) for each in posted]
    assert [given for given in jobs.given if given[0] == "graph"] == [("graph", "consume", signed_up)]
    assert (told.begun, told.done, told.said) == ([("events", 5)], 5, [])
    assert await replay(log, jobs, told).since(START_MS - 2) == {"timeline": 6, "search": 6, "graph": 1, "media": 0}
    assert jobs.given[-1] == ("search", "consume", late)


async def test_one_consumer_alone() -> None:
    log, jobs = FakeLog(), FakeJobs()
    event_id = log.add(TweetsPosted(((1, 2),)))
    log.add(SignedUp(((3, "a", "A"),)))
    assert await replay(log, jobs, Told(), ["search"]).since(START_MS) == {"search": 1}
    assert jobs.given == [("search", "consume", event_id)]


@pytest.mark.parametrize("length", [1, 2, 3, 7])
async def test_a_queue_never_becomes_too_long(length: int) -> None:
    log, jobs = FakeLog(), FakeJobs()
    for number in range(20):
        log.add(TweetsPosted(((number, 2),)))
    jobs.waiting["search"] = length
    assert await replay(log, jobs, Told(), length=length).since(START_MS) == {
        "timeline": 20,
        "search": 20,
        "graph": 0,
        "media": 0,
    }
    assert jobs.longest <= length


async def test_a_queue_that_stays_full_is_told_of_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commands.event_replay.STALLED_SECONDS", 0)
    log, jobs, told = FakeLog(), FakeJobs(), Told()
    log.add(TweetsPosted(((1, 2),)))
    looks = 0

    async def depth(_: str) -> int:
        nonlocal looks
        looks += 1
        return 100 if looks < 5 else 0

    monkeypatch.setattr(jobs, "depth", depth)
    assert await replay(log, jobs, told, ["search"]).since(START_MS) == {"search": 1}
    assert told.said == ["The search queue is full. Waiting for its worker: `make worker` starts one."]


async def test_what_a_later_version_wrote_is_left_out() -> None:
    log, jobs, told = FakeLog(), FakeJobs(), Told()
    unknown = log.add_unknown()
    event_id = log.add(TweetsPosted(((1, 2),)))
    assert await replay(log, jobs, told, ["search"]).since(START_MS) == {"search": 1}
    assert jobs.given == [("search", "consume", event_id)]
    assert told.said == [f"Left out: event {unknown}, of a kind for a later version: tweets.pinned"]
    assert told.done == 2
