"""Skeletons of pages against a filter over a sorted list."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.page import Window
from domain.timelines import TimelineSource
from services.skeleton import Entry, skeleton

IDS = st.integers(1, 40)
SOURCES = st.sampled_from([TimelineSource.PUSHED, TimelineSource.LIVE])
BOUNDS = st.none() | st.integers(0, 42)


def inside(window: Window, number: int) -> bool:
    return (window.high is None or number < window.high) and (window.low is None or number > window.low)


class Store:
    """A tweets store; remembers what it was asked for."""

    def __init__(self, ids: set[int]) -> None:
        self.ids = ids
        self.asked: list[Window] = []

    async def read(self, window: Window) -> Sequence[int]:
        self.asked.append(window)
        found = sorted((each for each in self.ids if inside(window, each)), reverse=not window.ascending)
        return found[: window.limit]


async def whole(
    entries: dict[int, TimelineSource], floor: int | None, window: Window, store: Store, sizes: list[int]
) -> list[Entry]:
    """All entries of a skeleton, taken by sizes in turn; asserts that no part is short before the end."""
    bones = skeleton(entries, floor, window, store.read)
    taken: list[Entry] = []
    for at in range(200):
        if bones.exhausted:
            return taken
        size = sizes[at % len(sizes)]
        part = await bones.take(size)
        assert len(part) <= size
        assert len(part) == size or bones.exhausted
        taken += part
    raise AssertionError("it never ends")


@settings(max_examples=500)
@given(
    st.dictionaries(IDS, SOURCES),
    st.sets(IDS),
    st.none() | st.integers(0, 42),
    BOUNDS,
    BOUNDS,
    st.booleans(),
    st.lists(st.integers(1, 7), min_size=1, max_size=3),
)
async def test_all_entries_come_in_order_from_their_source(
    entries: dict[int, TimelineSource],
    stored: set[int],
    floor: int | None,
    high: int | None,
    low: int | None,
    ascending: bool,
    sizes: list[int],
) -> None:
    """From the floor upwards what is precomputed, below it the store: never one where the other is complete."""
    window = Window(10, high, low, ascending)
    expected = {each: TimelineSource.STORE for each in stored if floor is None or each < floor}
    expected |= {each: source for each, source in entries.items() if floor is not None and each >= floor}
    wanted = sorted((each for each in expected if inside(window, each)), reverse=not ascending)
    store = Store(stored)
    assert await whole(entries, floor, window, store, sizes) == [(each, expected[each]) for each in wanted]


@given(st.dictionaries(IDS, SOURCES, min_size=3), st.booleans())
async def test_the_store_is_not_asked_for_what_is_there(entries: dict[int, TimelineSource], ascending: bool) -> None:
    store = Store(set(entries))
    window = Window(10, ascending=ascending)
    taken = await whole(entries, 0, window, store, [2])
    assert [each for each, _ in taken] == sorted(entries, reverse=not ascending)
    assert store.asked == []


@given(st.sets(IDS), st.integers(1, 42), st.integers(1, 5))
async def test_the_store_is_asked_for_no_more_than_is_wanted(stored: set[int], floor: int, size: int) -> None:
    store = Store(stored)
    bones = skeleton({}, floor, Window(size), store.read)
    await bones.take(size)
    assert store.asked == ([Window(size, high=floor)] if floor > 1 else [])
