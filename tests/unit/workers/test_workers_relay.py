"""Relays on a log and a queue in memory: nothing accepted is lost, nothing goes out twice, and no target waits for
another."""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import cast
from unittest.mock import patch

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import Unavailable
from domain.snowflake import compose
from events import Body, Event, Followed, SignedUp, TweetsPosted, UsersChanged, encode
from services.dispatch import plan
from stores.events import EventLog, LoggedEvent
from stores.queue import LIVE, TARGETS, Dispatch, Dispatching
from workers.relay import GRACE_MS, Relay

MINUTE_MS = 60_000
NOBODY = UsersChanged((1,))
"""For search alone."""


class FakeLog:
    """Transactions by their beginning, as positions are; one that is open hides all after it."""

    name = "fake"

    def __init__(self) -> None:
        self.transactions: list[tuple[int, bytes] | None] = []
        self.committed: set[int] = set()
        self.reads = 0
        self.down = False

    async def read(self, after: str | None, limit: int) -> Sequence[LoggedEvent]:
        if self.down:
            raise Unavailable("events")
        self.reads += 1
        found = []
        for position, logged in list(enumerate(self.transactions))[0 if after is None else int(after) + 1 :]:
            if position not in self.committed:
                break
            if logged:
                found.append(LoggedEvent(str(position), *logged))
        return found[:limit]

    async def prune(self) -> int:
        return 0


class FakeQueue:
    """Remembers marks, positions and lags until it is lost; `sent` is never forgotten. `room` is how many events a
    target still has room for; one that it doesn't name has room without end."""

    def __init__(self) -> None:
        self.sent: dict[str, Counter[int]] = {target: Counter() for target in TARGETS}
        self.room: dict[str, int] = {}
        self.calls = 0
        self.down = False
        self.lose()

    def lose(self) -> None:
        self.marks: dict[str, set[int]] = {target: set() for target in TARGETS}
        self.positions: dict[tuple[str, str], str] = {}
        self.lags: dict[str, float] = {}

    async def dispatch(self, dispatches: Sequence[Dispatch]) -> None:
        for each in dispatches:
            for target in TARGETS:
                self._give(target, each)

    async def relay(self, target: str, dispatches: Sequence[Dispatch]) -> tuple[int, int]:
        self._answer()
        new = 0
        for done, each in enumerate(dispatches):
            before = len(self.marks[target])
            if not self._give(target, each):
                return done, new
            new += len(self.marks[target]) - before
        return len(dispatches), new

    async def marked(self, target: str, event_ids: Sequence[int]) -> set[int]:
        self._answer()
        return self.marks[target] & set(event_ids)

    async def relay_position(self, log: str, target: str) -> str | None:
        self._answer()
        return self.positions.get((log, target))

    async def save_relay_position(self, log: str, target: str, position: str, passed_ms: int) -> None:
        self._answer()
        self.positions[log, target] = position

    async def save_relay_lag(self, target: str, seconds: float) -> None:
        self._answer()
        self.lags[target] = seconds

    def _give(self, target: str, each: Dispatch) -> bool:
        wanted = each.live if target == LIVE else target in each.queues
        if not wanted or each.event_id in self.marks[target]:
            return True
        if self.room.get(target) == 0:
            return False
        if target in self.room:
            self.room[target] -= 1
        self.marks[target].add(each.event_id)
        self.sent[target][each.event_id] += 1
        return True

    def _answer(self) -> None:
        self.calls += 1
        if self.down:
            raise Unavailable("queue")


class World:
    """`merged` has the followers whose timelines have been merged with those whom they follow."""

    def __init__(self) -> None:
        self.log = FakeLog()
        self.queue = FakeQueue()
        self.merged: list[int] = []
        self.timelines_are_down = False
        self.relays = {target: self.relay(target) for target in TARGETS}

    def relay(self, target: str, *more_logs: FakeLog) -> Relay:
        logs = [cast("EventLog", log) for log in (*more_logs, self.log)]
        return Relay(target, logs, cast("Dispatching", self.queue), self._followed if target == LIVE else None)

    async def _followed(self, edges: Iterable[tuple[int, int]]) -> None:
        if self.timelines_are_down:
            raise Unavailable("cache")
        self.merged += [follower for follower, _ in edges]

    def begin(self, *, age_ms: int = MINUTE_MS, body: Body = NOBODY, kind: str | None = None) -> int:
        """The position of a new transaction, whose event may be of a kind that only a later version knows."""
        position = len(self.log.transactions)
        event_id = compose(int(time.time() * 1000) - age_ms, 0, position)
        packed = msgpack.packb((event_id, kind, ())) if kind else encode(Event(event_id, body))
        self.log.transactions.append((event_id, packed))
        return position

    def commit(self, position: int) -> int:
        """The event's id."""
        self.log.committed.add(position)
        logged = self.log.transactions[position]
        assert logged is not None
        return logged[0]

    def roll_back(self, position: int) -> None:
        self.log.committed.add(position)
        self.log.transactions[position] = None

    async def dispatch(self, position: int) -> None:
        logged = self.log.transactions[position]
        assert logged is not None
        await self.queue.dispatch([plan(LoggedEvent("", *logged).event)])

    async def pass_over(self, target: str = "search", grace_ms: int = GRACE_MS) -> bool:
        return await self.relays[target].pass_over(grace_ms)

    def accepted(self, target: str) -> set[int]:
        """Those events of committed transactions that are for a target."""
        plans = [plan(LoggedEvent("", *logged).event) for logged in self.log.transactions if logged]
        return {each.event_id for each in plans if (each.live if target == LIVE else target in each.queues)}

    def sent(self, target: str = "search") -> set[int]:
        return set(self.queue.sent[target])


BODIES: Sequence[Body] = (NOBODY, TweetsPosted(((1, 2),)), SignedUp(((1, "a", "A"),)), Followed(((1, 2),)))
STEPS = st.sampled_from(
    ["begin", "begin", "commit", "commit and dispatch", "roll back", "relay", "relay", "make room", "lose the queue"]
)


async def take(world: World, step: str, choice: int, open_transactions: list[int]) -> None:
    picked = open_transactions[choice % len(open_transactions)] if open_transactions else None
    match step:
        case "begin":
            open_transactions.append(world.begin(body=BODIES[choice % len(BODIES)]))
        case "commit" | "commit and dispatch" | "roll back" if picked is not None:
            open_transactions.remove(picked)
            await end(world, picked, step)
        case "relay":
            await world.pass_over(TARGETS[choice % len(TARGETS)])
        case "make room":
            world.queue.room = {target: room + choice % 3 for target, room in world.queue.room.items()}
        case "lose the queue":
            world.queue.lose()


async def end(world: World, position: int, how: str) -> None:
    if how == "roll back":
        world.roll_back(position)
    else:
        world.commit(position)
    if how == "commit and dispatch":
        await world.dispatch(position)


@settings(max_examples=300)
@given(st.lists(st.tuples(STEPS, st.integers(0, 100)), max_size=60), st.sets(st.sampled_from(TARGETS[1:])))
async def test_every_commit_goes_out_once_however_late_it_comes(steps: list[tuple[str, int]], full: set[str]) -> None:
    """To each of its targets, once for each life of the queue."""
    world = World()
    world.queue.room = dict.fromkeys(full, 0)
    open_transactions: list[int] = []
    with patch("workers.relay.BATCH", 2):
        for step, choice in steps:
            await take(world, step, choice, open_transactions)
        for position in open_transactions:
            world.roll_back(position)
        world.queue.room = {}
        assert [await world.pass_over(target) for target in TARGETS] == [True] * len(TARGETS)
    lives = 1 + sum(step == "lose the queue" for step, _ in steps)
    for target in TARGETS:
        assert world.sent(target) == world.accepted(target)
        assert max(world.queue.sent[target].values(), default=0) <= lives


async def test_a_request_is_left_to_dispatch_its_own_event() -> None:
    """What is younger than the grace ends the pass, and so does all after it."""
    world = World()
    old, young, late = (world.commit(world.begin(age_ms=age)) for age in (MINUTE_MS, 0, MINUTE_MS))
    assert await world.pass_over(grace_ms=MINUTE_MS // 2)
    assert world.sent() == {old}
    assert await world.pass_over(grace_ms=0)
    assert world.sent() == {old, young, late}


async def test_the_position_is_that_of_the_last_event_handed_on() -> None:
    world = World()
    first, hole, last = world.begin(), world.begin(), world.begin()
    world.commit(first)
    world.commit(last)
    assert await world.pass_over()
    assert world.queue.positions == {("fake", "search"): str(first)}
    world.commit(hole)
    assert await world.pass_over()
    assert world.queue.positions == {("fake", "search"): str(last)}
    assert list(world.queue.sent["search"].values()) == [1, 1, 1]


async def test_an_idle_relay_asks_each_store_once() -> None:
    """The queue for its position, and once to say that nothing waits."""
    world = World()
    world.commit(world.begin())
    await world.pass_over()
    world.log.reads = world.queue.calls = 0
    assert await world.pass_over()
    assert (world.log.reads, world.queue.calls) == (1, 2)


async def test_what_requests_dispatched_is_neither_decoded_nor_sent() -> None:
    world = World()
    for _ in range(3):
        position = world.begin()
        world.commit(position)
        await world.dispatch(position)
    with patch("workers.relay.plan") as planned:
        assert await world.pass_over()
    assert planned.call_count == 0
    assert world.queue.positions == {("fake", "search"): "2"}


async def test_a_full_queue_makes_its_own_relay_wait(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    ids = [world.commit(world.begin(body=TweetsPosted(((1, 2),)), age_ms=MINUTE_MS + at)) for at in range(3)]
    world.queue.room = {"search": 1}
    assert [target for target in TARGETS if not await world.pass_over(target)] == ["search"]
    assert {target: world.sent(target) for target in TARGETS if world.sent(target)} == {
        LIVE: set(ids),
        "timeline": set(ids),
        "search": {ids[0]},
    }
    assert world.queue.positions["fake", "search"] == "0"
    assert 60 <= world.queue.lags.pop("search") < 120
    assert not any(world.queue.lags.values())
    assert not await world.pass_over()
    assert caplog.messages.count("relay of search: waits, its queue is too long") == 1
    world.queue.room = {}
    assert await world.pass_over()
    assert world.sent() == set(ids)
    assert world.queue.lags["search"] == 0


async def test_what_is_not_for_a_full_queue_is_passed() -> None:
    world = World()
    world.commit(world.begin())
    world.queue.room = {"graph": 0}
    assert await world.pass_over("graph")
    assert world.queue.positions == {("fake", "graph"): "0"}


async def test_a_queue_that_is_down_keeps_the_position(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    event_id = world.commit(world.begin())
    world.queue.down = True
    for _ in range(3):
        assert not await world.pass_over()
    assert (world.queue.positions, world.queue.lags) == ({}, {})
    assert caplog.messages == ["relay of search: waits, The queue store does not answer now; try again."]
    world.queue.down = False
    assert await world.pass_over()
    assert world.sent() == {event_id}


async def test_one_log_that_is_down_does_not_stop_another() -> None:
    world, other = World(), FakeLog()
    other.name, other.down = "other", True
    event_id = world.commit(world.begin())
    assert not await world.relay("search", other).pass_over()
    assert world.sent() == {event_id}


async def test_a_follow_is_merged_before_it_is_told_of() -> None:
    """But not one that its own request has merged and dispatched, and by the live target alone."""
    world = World()
    own = world.begin(body=Followed(((1, 9),)))
    world.commit(own)
    await world.dispatch(own)
    event_id = world.commit(world.begin(body=Followed(((2, 9), (3, 9)))))
    assert await world.pass_over("timeline")
    assert world.merged == []
    assert await world.pass_over(LIVE)
    assert world.merged == [2, 3]
    assert event_id in world.sent(LIVE)


async def test_only_the_live_target_waits_for_the_timelines_redis() -> None:
    world = World()
    world.timelines_are_down = True
    event_id = world.commit(world.begin(body=Followed(((2, 9),))))
    assert [target for target in TARGETS if not await world.pass_over(target)] == [LIVE]
    assert {target: world.sent(target) for target in TARGETS if world.sent(target)} == {
        "timeline": {event_id},
        "search": {event_id},
    }
    assert world.queue.lags[LIVE] >= 60
    world.timelines_are_down = False
    assert await world.pass_over(LIVE)
    assert (world.sent(LIVE), world.merged, world.queue.lags[LIVE]) == ({event_id}, [2], 0)


async def test_an_event_of_a_later_version_is_left_to_its_relay(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    first = world.commit(world.begin())
    unknown = world.begin(kind="tweets.pinned")
    unknown_id = world.commit(unknown)
    last = world.commit(world.begin())
    for _ in range(3):
        assert not await world.pass_over()
    assert world.sent() == {first}
    assert world.queue.positions == {("fake", "search"): "0"}
    assert world.queue.lags["search"] >= 60
    told = f"relay of search: waits, event {unknown_id} is of a kind for a later version: tweets.pinned"
    assert caplog.messages.count(told) == 1
    world.queue.positions["fake", "search"] = str(unknown)
    assert await world.pass_over()
    assert world.sent() == {first, last}


async def test_what_no_request_dispatched_is_counted_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    caplog.set_level(logging.INFO)
    for _ in range(3):
        world.commit(world.begin())
        await world.pass_over()
    assert caplog.messages == ["relay of search: events that no request dispatched: 1 so far"]
    with patch("workers.relay.TOLD_SECONDS", 0):
        world.commit(world.begin())
        await world.pass_over()
    assert caplog.messages[1:] == ["relay of search: events that no request dispatched: 4 so far"]
