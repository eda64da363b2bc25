"""Classes and timelines under any schedule: who reads a timeline that is pushed to is active, and it misses nothing."""

from functools import partial
from itertools import combinations_with_replacement

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.activity import Activity
from events import ActivityChanged
from stores.timelines import State
from tests.unit.services.readers import Readers
from tests.unit.services.schedules import Schedule

DAY_MS = 86_400_000
KINDS = ["seen", "wake", "build", "classify", "refresh", "post"]
LATER = ["job", "again", "consume", "pass a day", "pass a week", "pass a month", "kill"]
SCRIPT = st.lists(
    st.tuples(st.sampled_from(["step"] * 11 + KINDS + LATER), st.integers(0, 5), st.integers(1, 8)), max_size=40
)
CLASSES = st.sampled_from([Activity.ACTIVE, Activity.ACTIVE, Activity.PASSIVE, Activity.INACTIVE])


async def act(schedule: Schedule, kind: str, choice: int, steps: int = 1) -> None:
    """Begins something, or has what runs go on. `choice`: the reader, or which of several."""
    match kind:
        case "step":
            await schedule.step(choice, steps)
        case "kill":
            await schedule.kill(choice)
        case "pass a day" | "pass a week" | "pass a month":
            schedule.readers.now_ms += {"day": 1, "week": 8, "month": 31}[kind.removeprefix("pass a ")] * DAY_MS
        case "again" | "job" | "consume":
            await go_on(schedule, kind)
        case _:
            await begin(schedule, kind, 1 + choice % 2)


async def begin(schedule: Schedule, kind: str, reader: int) -> None:
    readers, service = schedule.readers, schedule.readers.service
    match kind:
        case "seen":
            await schedule.start(partial(service.seen, [reader], readers.now), is_job=False)
        case "wake":
            await schedule.start(partial(service.wake, reader))
        case "build":
            await schedule.start(partial(readers.builder.build, reader))
        case "classify":
            await schedule.start(partial(service.classify, readers.now), is_job=False)
        case "refresh":
            await schedule.start(service.refresh, is_job=False)
        case "post":
            await schedule.start(partial(readers.fan_out, readers.post(late_ms=reader * 6_000)))


async def go_on(schedule: Schedule, kind: str) -> None:
    """With what waits for it."""
    readers = schedule.readers
    if kind == "again" and schedule.again:
        await schedule.start(schedule.again.pop(0))
    elif kind == "job" and readers.jobs:
        _, _, reader_ids = readers.jobs.pop(0)
        await schedule.start(partial(readers.builder.refresh, reader_ids))
    elif kind == "consume" and readers.events:
        body = readers.events.pop(0).body
        assert isinstance(body, ActivityChanged)
        await schedule.start(partial(readers.service.changed, body.user_ids))


async def come_to_rest(schedule: Schedule) -> None:
    """Whatever is left is done: what was killed again, and every event is consumed."""
    await schedule.finish()
    with schedule.at_once():
        while not schedule.is_quiet:
            for kind in ("again", "job", "consume"):
                await go_on(schedule, kind)


async def check_woken(schedule: Schedule) -> None:
    """Who comes back has a whole timeline, whatever was before."""
    await come_to_rest(schedule)
    assert schedule.readers.faults() == []
    for reader in schedule.readers.activity:
        with schedule.at_once():
            await begin(schedule, "post", reader)
            await begin(schedule, "wake", reader)
        await come_to_rest(schedule)
    assert schedule.readers.faults() == []
    assert {each.state for each in schedule.readers.lists.values()} == {State.READY}


@settings(max_examples=300)
@given(st.tuples(CLASSES, CLASSES), SCRIPT)
async def test_a_timeline_that_is_pushed_to_is_an_active_readers_and_misses_nothing(
    classes: tuple[Activity, Activity], script: list[tuple[str, int, int]]
) -> None:
    """Whatever is done at once, killed on the way, or stands still for weeks: when it is quiet."""
    readers = Readers(dict(enumerate(classes, 1)))
    schedule = Schedule(readers)
    with readers.clock():
        for kind, choice, steps in script:
            await act(schedule, kind, choice, steps)
            assert not schedule.is_quiet or readers.faults() == []
        await check_woken(schedule)


LONGEST = 8
"""Steps of what is interrupted, at most, but for looks for people of a class."""

WHOLE = st.sampled_from(
    [
        *(["pass a week", "classify"], ["pass a month", "classify"]),
        *(["pass a week", "classify", "consume", "job"], ["pass a month", "classify", "consume"]),
        *(["wake"], ["seen"], ["seen", "consume"], ["post"], ["refresh", "job"]),
    ]
)
OTHERS = st.lists(WHOLE, max_size=3).map(lambda groups: [kind for group in groups for kind in group])


@pytest.mark.parametrize("interrupted", [*KINDS, "job", "consume"])
@settings(max_examples=25)
@given(CLASSES, OTHERS, OTHERS, OTHERS)
@example(Activity.ACTIVE, [], ["pass a month", "classify", "consume"], [])
@example(Activity.ACTIVE, ["wake", "pass a week"], ["post", "wake"], [])
@example(Activity.ACTIVE, ["seen", "pass a week"], ["build"], ["post", "wake"])
@example(Activity.ACTIVE, ["seen", "pass a week"], ["build"], [])
@example(Activity.ACTIVE, [], ["build"], [])
async def test_so_it_is_where_one_is_interrupted_by_others_and_killed(
    interrupted: str, class_: Activity, before: list[str], meanwhile: list[str], after: list[str]
) -> None:
    """At any step, by any others from beginning to end; and then at any step, if at all."""
    for at, killed_at in combinations_with_replacement([*range(LONGEST), None], 2):
        readers = Readers({1: class_})
        schedule = Schedule(readers)
        with readers.clock():
            await do_all(schedule, before)
            await act(schedule, interrupted, 0)
            await take(schedule, at or 0)
            await do_all(schedule, meanwhile)
            if killed_at is not None:
                await take(schedule, killed_at - (at or 0))
                await schedule.kill(0)
            await do_all(schedule, after)
            await check_woken(schedule)


async def do_all(schedule: Schedule, kinds: list[str]) -> None:
    with schedule.at_once():
        for kind in kinds:
            await act(schedule, kind, 0)


async def take(schedule: Schedule, steps: int) -> None:
    for _ in range(steps):
        await schedule.step(0)
