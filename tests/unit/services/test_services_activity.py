"""Classes of readers: who is moved when, and what is written, in which order."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.activity import Activity
from events import ActivityChanged, Event
from services.activity import RECLASSED_AT_ONCE, REFRESHED_PER_JOB
from stores.timelines import State
from tests.unit.services.readers import WINDOWS, Readers
from tests.unit.services.timelines import list_of

STORED = [Activity.ACTIVE, Activity.PASSIVE, Activity.INACTIVE]


def readers_of(*activities: Activity) -> Readers:
    """From 1 on, each with a timeline."""
    readers = Readers(dict(enumerate(activities, 1)))
    readers.lists = {reader: list_of(State.READY, ()) for reader in readers.activity}
    return readers


def event(*user_ids: int, number: int = 0) -> Event:
    return Event(7001 + number, ActivityChanged(user_ids))


async def test_who_is_seen_is_marked_and_kept_and_who_was_asleep_is_woken() -> None:
    """Whatever list they had was not pushed to, and goes before."""
    readers = readers_of(*STORED)
    await readers.service.seen([1, 2, 3], readers.now)
    assert readers.done == [
        ("seen", [1, 2, 3], readers.now),
        ("kept", [1, 2, 3]),
        ("dropped", [2, 3]),
        ("reclassed", [2, 3], Activity.ACTIVE),
        ("dispatched", event(2, 3)),
    ]
    assert readers.activity == dict.fromkeys([1, 2, 3], Activity.ACTIVE)
    assert list(readers.lists) == [1]


async def test_who_is_awake_is_only_marked() -> None:
    readers = readers_of(Activity.ACTIVE)
    with readers.clock():
        await readers.service.seen([1])
    assert readers.done == [("seen", [1], readers.now), ("kept", [1])]
    assert readers.events == []


@pytest.mark.parametrize("activity", STORED)
async def test_a_reader_who_reads_is_woken_and_gets_a_timeline(activity: Activity) -> None:
    readers = readers_of(activity)
    readers.lists = {}
    with readers.clock():
        await readers.service.wake(1)
    assert (readers.activity[1], readers.last_seen[1], readers.lists[1].state) == (
        Activity.ACTIVE,
        readers.now,
        State.READY,
    )


@pytest.mark.parametrize("moved", STORED)
async def test_a_change_means_what_the_class_is_now(moved: Activity) -> None:
    """A timeline that is pushed to, one that rests, or none; somebody whom the graph does not know has no class."""
    readers = readers_of(moved, Activity.ACTIVE)
    readers.lists = {1: list_of(State.BUILDING, ())} if moved is Activity.ACTIVE else {1: list_of(State.READY, ())}
    with readers.clock():
        await readers.service.changed([1, 99])
    states = {Activity.ACTIVE: {1: State.READY}, Activity.PASSIVE: {1: State.RESTING}, Activity.INACTIVE: {}}
    assert {reader: each.state for reader, each in readers.lists.items()} == states[moved]
    assert readers.done == ([("dropped", [1])] if moved is Activity.INACTIVE else [])


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(STORED),
            st.none() | st.sampled_from([0, 6, 7, 8, 29, 30, 31]),
            st.sampled_from([-1, 0, 1]),
        ),
        max_size=8,
    )
)
async def test_people_are_classed_exactly_by_their_windows(people: list[tuple[Activity, int | None, int]]) -> None:
    """Days since they were seen, a microsecond more or less; never: as long ago as can be."""
    readers = Readers({reader: activity for reader, (activity, _, _) in enumerate(people, 1)})
    for reader, (_, days, microseconds) in enumerate(people, 1):
        if days is not None:
            readers.last_seen[reader] = readers.now - timedelta(days=days, microseconds=microseconds)
    expected = {
        reader: WINDOWS.activity(readers.last_seen.get(reader), readers.now) for reader in range(1, len(people) + 1)
    }
    wrong = {reader for reader, activity in expected.items() if activity is not readers.activity[reader]}
    assert await readers.service.classify(readers.now) == len(wrong)
    assert readers.activity == expected
    moved = [reader for what, *rest in readers.done if what == "reclassed" for reader in rest[0]]  # type: ignore[attr-defined]
    assert sorted(moved) == sorted(wrong)
    readers.done.clear()
    assert await readers.service.classify(readers.now) == 0
    assert readers.done == []


@pytest.mark.parametrize(("days", "activity"), [(8, Activity.PASSIVE), (31, Activity.INACTIVE)])
async def test_who_is_to_rest_loses_the_timeline_before_the_marks_and_after(days: int, activity: Activity) -> None:
    readers = readers_of(Activity.ACTIVE, Activity.ACTIVE)
    readers.last_seen = {1: readers.now, 2: readers.now - timedelta(days=days)}
    assert await readers.service.classify(readers.now) == 1
    assert readers.done == [
        ("dropped", [2]),
        ("reclassed", [2], activity),
        ("dropped", [2]),
        ("dispatched", event(2)),
    ]
    assert list(readers.lists) == [1]
    assert readers.events == [event(2)]


async def test_who_is_seen_while_they_are_classed_stays() -> None:
    """The marks are looked at again under the lock; the timeline is lost, to be built when it is read."""
    readers = readers_of(Activity.ACTIVE)
    drop = readers.drop

    async def see(owner_ids: list[int]) -> None:
        readers.last_seen[1] = readers.now
        await drop(owner_ids)

    readers.drop = see  # type: ignore[method-assign,assignment]
    assert await readers.service.classify(readers.now) == 0
    assert readers.activity == {1: Activity.ACTIVE}
    assert readers.done == [("dropped", [1])]
    assert readers.events == []


async def test_many_are_moved_some_at_a_time() -> None:
    count = 2 * RECLASSED_AT_ONCE + 1
    readers = Readers(dict.fromkeys(range(1, count + 1), Activity.ACTIVE))
    assert await readers.service.classify(readers.now) == count
    moved = [rest[0] for what, *rest in readers.done if what == "reclassed"]
    assert [len(each) for each in moved] == [RECLASSED_AT_ONCE, RECLASSED_AT_ONCE, 1]  # type: ignore[arg-type]
    assert set(readers.activity.values()) == {Activity.INACTIVE}


@pytest.mark.parametrize("passive", [0, 1, REFRESHED_PER_JOB, 2 * REFRESHED_PER_JOB + 1])
async def test_all_passive_readers_are_refreshed_once_in_batches(passive: int) -> None:
    """In the order of their marks; several may have been seen at once, or never."""
    readers = Readers(dict.fromkeys(range(1, passive + 1), Activity.PASSIVE))
    readers.activity |= {1001: Activity.ACTIVE, 1002: Activity.INACTIVE}
    for reader in range(2, passive + 1):
        readers.last_seen[reader] = readers.now - timedelta(days=8 + reader // 10)
    assert await readers.service.refresh() == passive
    assert all((function, job_id) == ("refresh", f"refresh:{ids[-1]}") for function, job_id, ids in readers.jobs)
    assert all(len(ids) == REFRESHED_PER_JOB for _, _, ids in readers.jobs[:-1])
    asked = [reader for _, _, ids in readers.jobs for reader in ids]
    assert sorted(asked) == list(range(1, passive + 1))
    assert readers.done == []
