"""Lists made from the stores: how deep they are complete, and who gets one."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from domain.activity import Activity
from domain.page import Window
from domain.snowflake import compose
from services.timeline_builder import COMMIT_MS, REFRESHED_AT_ONCE
from stores.timelines import State, Timeline
from tests.unit.services.readers import SIZE, Readers
from tests.unit.services.timelines import list_of

READER = 1
AT_ONCE = list(range(1, 3 * REFRESHED_AT_ONCE + 1))


def readers_with(tweets: int, activity: Activity = Activity.ACTIVE) -> Readers:
    """One reader of so many tweets."""
    readers = Readers({READER: activity})
    for _ in range(tweets):
        readers.post()
    return readers


@pytest.mark.parametrize("tweets", [0, SIZE - 1, SIZE, SIZE + 2])
async def test_a_timeline_is_complete_down_to_its_last_entry_or_the_beginning(tweets: int) -> None:
    readers = readers_with(tweets)
    with readers.clock():
        assert await readers.builder.build(READER)
    newest = readers.tweets[::-1][:SIZE]
    floor = 0 if tweets < SIZE else newest[-1]
    built = readers.lists[READER]
    assert built == Timeline(State.READY, built.epoch, floor, 0, readers.now_ms, newest)
    assert len(built.epoch) == 8


@pytest.mark.parametrize("activity", Activity)
@pytest.mark.parametrize("state", [None, *State])
async def test_only_an_active_reader_who_has_none_gets_one(state: State | None, activity: Activity) -> None:
    readers = readers_with(2, activity)
    there = list_of(state, [1]) if state else None
    if there:
        readers.lists[READER] = there
    builds = activity is Activity.ACTIVE and state is not State.READY
    with readers.clock():
        assert await readers.builder.build(READER) == builds
    if builds:
        assert readers.lists[READER].state is State.READY
    else:
        assert readers.lists.get(READER) == there
    assert readers.done == []


@pytest.mark.parametrize("activity", [Activity.PASSIVE, Activity.INACTIVE])
async def test_who_is_active_no_more_when_it_has_begun_gets_none(activity: Activity) -> None:
    readers = readers_with(2)
    begin = readers.begin

    async def begin_late(owner_id: int, epoch: bytes, built_at: int) -> None:
        readers.activity[READER] = activity
        await begin(owner_id, epoch, built_at)

    readers.begin = begin_late  # type: ignore[method-assign]
    with readers.clock():
        assert not await readers.builder.build(READER)
    assert readers.lists == {}
    assert readers.done == [("dropped", [READER])]


@pytest.mark.parametrize("activity", [Activity.ACTIVE, Activity.PASSIVE])
async def test_what_is_pushed_while_the_stores_are_read_is_kept(activity: Activity) -> None:
    readers = readers_with(1, activity)
    ids_by_authors = readers.ids_by_authors

    async def post_late(author_ids: Sequence[int], window: Window) -> Sequence[int]:
        found = await ids_by_authors(author_ids, window)
        readers.lists[READER] = replace(readers.lists[READER], ids=[readers.post()])
        return found

    readers.ids_by_authors = post_late  # type: ignore[method-assign]
    with readers.clock():
        await (readers.builder.build(READER) if activity is Activity.ACTIVE else readers.builder.refresh([READER]))
    assert readers.lists[READER].ids == readers.tweets[::-1]


def noted_epochs(readers: Readers) -> list[bytes]:
    """Those of the buildings that begin."""
    epochs: list[bytes] = []
    begin = readers.begin

    async def note(owner_id: int, epoch: bytes, built_at: int) -> None:
        epochs.append(epoch)
        await begin(owner_id, epoch, built_at)

    readers.begin = note  # type: ignore[method-assign]
    return epochs


async def test_of_two_buildings_the_one_that_began_last_wins() -> None:
    readers = readers_with(1)
    ids_by_authors = readers.ids_by_authors
    epochs = noted_epochs(readers)
    others: list[bool] = []

    async def another_first(author_ids: Sequence[int], window: Window) -> Sequence[int]:
        readers.ids_by_authors = ids_by_authors  # type: ignore[method-assign]
        others.append(await readers.builder.build(READER))
        return await ids_by_authors(author_ids, window)

    readers.ids_by_authors = another_first  # type: ignore[method-assign]
    with readers.clock():
        assert not await readers.builder.build(READER)
    assert others == [True]
    assert len(set(epochs)) == 2
    assert readers.lists[READER].epoch == epochs[1]


@pytest.mark.parametrize("activity", Activity)
async def test_passive_readers_timelines_rest(activity: Activity) -> None:
    """Complete up to where all was committed when the stores were read."""
    readers = readers_with(2, activity)
    with readers.clock():
        await readers.builder.refresh([READER, 99])
    if activity is not Activity.PASSIVE:
        assert readers.lists == {}
        return
    top = compose(readers.now_ms - COMMIT_MS, 0, 0)
    epoch = readers.lists[READER].epoch
    assert readers.lists == {READER: Timeline(State.RESTING, epoch, 0, top, readers.now_ms, readers.tweets[::-1])}


async def test_readers_are_refreshed_a_few_at_once() -> None:
    readers = Readers(dict.fromkeys(AT_ONCE, Activity.PASSIVE))
    building: list[int] = []

    async def step() -> None:
        building.append(sum(each.state is State.BUILDING for each in readers.lists.values()))
        await asyncio.sleep(0)

    readers.steps = step
    with readers.clock():
        await readers.builder.refresh(AT_ONCE)
    assert max(building) == REFRESHED_AT_ONCE
    assert {reader: each.state for reader, each in readers.lists.items()} == dict.fromkeys(AT_ONCE, State.RESTING)


@pytest.mark.parametrize("state", [None, *State])
async def test_an_index_is_built_where_there_is_none(state: State | None) -> None:
    """Of the author's pulled tweets, in the way of timelines."""
    readers = readers_with(SIZE + 1)
    if state:
        readers.lists[READER] = list_of(state, [1])
    with readers.clock():
        assert await readers.builder.index(READER) == (state is not State.READY)
    index = readers.lists[READER]
    if state is State.READY:
        assert index == list_of(state, [1])
    else:
        newest = readers.tweets[::-1][:SIZE]
        assert index == Timeline(State.READY, index.epoch, newest[-1], 0, readers.now_ms, newest)
