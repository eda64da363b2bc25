"""Groups of work: each item once, in order, never two groups of one key at a time."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.group_commit import GroupCommit

KEYS = st.integers(1, 2)
DELAYS = st.integers(0, 4)
ITEMS = st.lists(st.tuples(KEYS, DELAYS, DELAYS), max_size=25)
"""(key, turns until the item comes, turns that its group's work takes at least)"""


class Work:
    """Takes as many turns of the loop as the slowest item asks for, and fails for a group with a `bad` item."""

    def __init__(self, slowness: Sequence[int] = (0,), bad: frozenset[int] = frozenset()) -> None:
        self._slowness = slowness
        self._bad = bad
        self.groups: dict[int, list[list[int]]] = defaultdict(list)
        self.running: set[int] = set()

    async def __call__(self, key: int, items: list[int]) -> None:
        assert key not in self.running, "two groups of one key at a time"
        self.running.add(key)
        self.groups[key].append(list(items))
        for _ in range(max(self._slowness[item % len(self._slowness)] for item in items)):
            await asyncio.sleep(0)
        self.running.remove(key)
        if bad := self._bad & set(items):
            raise ValueError(*sorted(bad))

    def done(self, key: int) -> list[int]:
        return [item for group in self.groups[key] for item in group]

    def group_of(self, key: int, item: int) -> list[int]:
        return next(group for group in self.groups[key] if item in group)


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@settings(max_examples=300)
@given(ITEMS, st.frozensets(st.integers(0, 24), max_size=3), st.integers(1, 4))
async def test_each_item_is_done_once_and_in_order(
    items: list[tuple[int, int, int]], bad: frozenset[int], largest: int
) -> None:
    """Who waits is told when their group is done, and of its failure, which is no other group's."""
    work = Work([slowness for _, _, slowness in items] or [0], bad)
    groups = GroupCommit(work, largest)
    came: dict[int, list[int]] = defaultdict(list)

    async def one(number: int, key: int, delay: int) -> None:
        await turns(delay)
        came[key].append(number)
        told: BaseException | None = None
        try:
            await groups.do(key, number)
        except ValueError as error:
            told = error
        assert (told.args if told else ()) == tuple(sorted(bad & set(work.group_of(key, number))))

    await asyncio.gather(*(one(number, key, delay) for number, (key, delay, _) in enumerate(items)))
    for key in (1, 2):
        assert work.done(key) == came[key]
        assert all(1 <= len(group) <= largest for group in work.groups[key])
    assert not work.running


@settings(max_examples=300)
@given(ITEMS, st.dictionaries(st.integers(0, 24), DELAYS, max_size=6))
async def test_who_goes_away_is_missed_by_nobody(items: list[tuple[int, int, int]], leaving: dict[int, int]) -> None:
    """What was asked for by who has gone is left out where its group had not begun; the others' is done as ever."""
    work = Work([slowness for _, _, slowness in items] or [0])
    groups = GroupCommit(work, 3)

    async def one(number: int, key: int, delay: int) -> None:
        await turns(delay)
        task = asyncio.create_task(groups.do(key, number))
        if number in leaving:
            await turns(leaving[number])
            task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    await asyncio.gather(*(one(number, key, delay) for number, (key, delay, _) in enumerate(items)))
    await turns(5)
    done = Counter(item for key in (1, 2) for item in work.done(key))
    assert all(done[number] == 1 for number in range(len(items)) if number not in leaving)
    assert max(done.values(), default=0) <= 1
    assert not work.running


async def test_what_comes_meanwhile_makes_the_next_group() -> None:
    work = Work([3])
    groups = GroupCommit(work, 3)
    first = asyncio.create_task(groups.do(1, 0))
    await turns(2)
    assert work.groups[1] == [[0]]
    await asyncio.gather(first, *(groups.do(1, item) for item in range(1, 6)), groups.do(2, 9))
    assert work.groups == {1: [[0], [1, 2, 3], [4, 5]], 2: [[9]]}


async def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    work = Work([3])
    groups = GroupCommit(work, 3)
    first = asyncio.create_task(groups.do(1, 0))
    await turns(2)
    left = [asyncio.create_task(groups.do(1, item)) for item in (1, 2)]
    await turns(1)
    left[0].cancel()
    await asyncio.gather(first, left[1])
    assert work.groups == {1: [[0], [2]]}


async def test_work_that_is_cancelled_from_within_fails_its_group_alone() -> None:
    """As where a driver's own task was cancelled: nobody is left waiting."""

    async def work(_: int, items: list[int]) -> None:
        if 0 in items:
            raise asyncio.CancelledError

    groups = GroupCommit(work, 1)
    waiting = [asyncio.create_task(groups.do(1, item)) for item in (0, 1)]
    done, left = await asyncio.wait(waiting, timeout=5)
    assert not left
    assert len(done) == 2
    with pytest.raises(asyncio.CancelledError):
        await waiting[0]
    await waiting[1]
