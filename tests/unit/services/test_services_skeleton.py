"""Skeletons of pages against a filter over a sorted list."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.page import Window
from domain.timelines import TimelineSource
from services.skeleton import Entry, Lists, skeleton

IDS = st.integers(1, 40)
EDGES = st.integers(0, 42)
SOURCES = st.sampled_from([TimelineSource.PUSHED, TimelineSource.MERGED, TimelineSource.LIVE])
BOUNDS = st.none() | EDGES
LISTS = st.builds(Lists, st.dictionaries(IDS, SOURCES), EDGES, BOUNDS)
SIZES = st.lists(st.integers(1, 7), min_size=1, max_size=3)


def inside(window: Window, number: int) -> bool:
    return (window.high is None or number < window.high) and (window.low is None or number > window.low)


class Store:
    """A tweets store; remembers what it was asked for, and what it gave."""

    def __init__(self, ids: set[int]) -> None:
        self.ids = ids
        self.asked: list[Window] = []
        self.given: list[int] = []

    async def read(self, window: Window) -> Sequence[int]:
        self.asked.append(window)
        found = sorted((each for each in self.ids if inside(window, each)), reverse=not window.ascending)
        self.given += found[: window.limit]
        return found[: window.limit]


async def whole(lists: Lists | None, window: Window, store: Store, sizes: list[int]) -> list[Entry]:
    """All entries of a skeleton, taken by sizes in turn; asserts that no part is short before the end, and that the
    store is asked for no more than is wanted."""
    bones = skeleton(lists, window, store.read)
    taken: list[Entry] = []
    for at in range(200):
        if bones.exhausted:
            return taken
        size = sizes[at % len(sizes)]
        asked = len(store.asked)
        part = await bones.take(size)
        assert len(part) <= size
        assert len(part) == size or bones.exhausted
        assert all(0 < each.limit <= size for each in store.asked[asked:])
        taken += part
    raise AssertionError("it never ends")


@settings(max_examples=500)
@given(st.none() | LISTS, st.sets(IDS), BOUNDS, BOUNDS, st.booleans(), SIZES)
async def test_all_entries_come_in_order_from_their_source(
    lists: Lists | None, stored: set[int], high: int | None, low: int | None, ascending: bool, sizes: list[int]
) -> None:
    """Between floor and top what is precomputed, the store below and above: never one where the other is complete, nor
    anything twice, wherever floor and top lie."""
    window = Window(10, high, low, ascending)
    listed: dict[int, TimelineSource] = {}
    reach = range(0)
    if lists:
        reach = range(lists.floor, 100 if lists.top is None else lists.top + 1)
        listed = {each: source for each, source in lists.entries.items() if each in reach}
    expected = {each: TimelineSource.STORE for each in stored if each not in reach} | listed
    wanted = sorted((each for each in expected if inside(window, each)), reverse=not ascending)
    store = Store(stored)
    assert await whole(lists, window, store, sizes) == [(each, expected[each]) for each in wanted]
    assert len(set(store.given)) == len(store.given)
    assert not set(store.given) & set(reach)


@given(st.dictionaries(IDS, SOURCES, min_size=3), st.booleans(), st.sampled_from([None, 40]))
async def test_the_store_is_not_asked_for_what_is_there(
    entries: dict[int, TimelineSource], ascending: bool, top: int | None
) -> None:
    """But above the top, where there is one."""
    store = Store(set(entries))
    window = Window(10, ascending=ascending)
    taken = await whole(Lists(entries, 0, top), window, store, [2])
    assert [each for each, _ in taken] == sorted(entries, reverse=not ascending)
    assert all(each.low == top is not None for each in store.asked)


@given(st.sets(IDS), st.integers(1, 42), st.integers(1, 5))
async def test_the_store_is_asked_below_the_floor(stored: set[int], floor: int, size: int) -> None:
    store = Store(stored)
    await skeleton(Lists({}, floor), Window(size), store.read).take(size)
    assert store.asked == ([Window(size, high=floor)] if floor > 1 else [])


@given(st.sets(IDS), EDGES, st.integers(1, 5))
async def test_the_store_is_asked_above_the_top(stored: set[int], top: int, size: int) -> None:
    store = Store(stored)
    await skeleton(Lists({}, 0, top), Window(size), store.read).take(size)
    assert store.asked[0] == Window(size, low=top)


LIST = st.tuples(st.lists(IDS, max_size=20), EDGES)


@settings(max_examples=500)
@given(LIST, st.lists(LIST, max_size=3), st.sets(IDS), BOUNDS)
async def test_lists_are_complete_from_the_newest_of_their_floors_on(
    timeline: tuple[list[int], int], indexes: list[tuple[list[int], int]], live: set[int], top: int | None
) -> None:
    """Nothing that lies below the floor of one list is taken from another, where the first may have more."""
    pushed, floor = timeline
    lists = Lists.merged(pushed, floor, indexes, live, top=top)
    pulled = {each for ids, _ in indexes for each in ids}
    newest = max([floor, *(each for _, each in indexes)])
    assert (lists.floor, lists.top) == (newest, top)
    taken = await whole(lists, Window(10), Store(set()), [3])
    assert [each for each, _ in taken] == sorted(
        (each for each in {*pushed, *live} | pulled if each >= newest and (top is None or each <= top)), reverse=True
    )
    for each, source in taken:
        assert source is (
            TimelineSource.MERGED
            if each in pulled
            else TimelineSource.PUSHED
            if each in pushed
            else TimelineSource.LIVE
        )
