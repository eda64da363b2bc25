"""Snowflake ids: layout, order, and a clock that does what it likes."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from domain.snowflake import EPOCH_MS, MAX_ID, MAX_NODE, MAX_SEQUENCE, Sequence, compose, created_at, milliseconds

MOMENTS = st.integers(EPOCH_MS, EPOCH_MS + (1 << 41) - 1)
NODES = st.integers(0, MAX_NODE)


def test_the_layout_is_what_ids_in_use_have() -> None:
    assert compose(EPOCH_MS + 1, 2, 3) == (1 << 22) + (2 << 12) + 3
    assert compose(EPOCH_MS + (1 << 41) - 1, MAX_NODE, MAX_SEQUENCE) == MAX_ID
    assert created_at(compose(EPOCH_MS + 1500, 7, 9)) == datetime(2006, 1, 1, 0, 0, 1, 500_000, UTC)


@given(MOMENTS, NODES, st.integers(0, MAX_SEQUENCE))
def test_an_id_tells_its_millisecond(ms: int, node: int, sequence: int) -> None:
    assert milliseconds(compose(ms, node, sequence)) == ms


@given(MOMENTS, NODES, st.lists(st.integers(-10_000, 10_000), max_size=50))
def test_ids_rise_whatever_the_clock_does(start: int, node: int, steps: list[int]) -> None:
    sequence, now, ids = Sequence(node, start), start, [compose(start, MAX_NODE, MAX_SEQUENCE)]
    for step in steps:
        now = max(EPOCH_MS, now + step)
        ids.append(sequence.next(now))
        assert milliseconds(ids[-1]) == sequence.last_ms >= now
    assert ids == sorted(set(ids))


def test_a_full_millisecond_goes_on_in_the_next() -> None:
    sequence = Sequence(5, EPOCH_MS)
    ids = [sequence.next(EPOCH_MS + 1) for _ in range(2 * (MAX_SEQUENCE + 1) + 1)]
    assert ids[0] == compose(EPOCH_MS + 1, 5, 0)
    assert ids[MAX_SEQUENCE] == compose(EPOCH_MS + 1, 5, MAX_SEQUENCE)
    assert ids[MAX_SEQUENCE + 1] == compose(EPOCH_MS + 2, 5, 0)
    assert ids[-1] == compose(EPOCH_MS + 3, 5, 0)
    assert sequence.next(EPOCH_MS + 4) == compose(EPOCH_MS + 4, 5, 0)


def test_what_may_have_been_given_out_before_is_left_out() -> None:
    sequence = Sequence(5, EPOCH_MS + 100)
    assert sequence.last_ms == EPOCH_MS + 100
    assert sequence.next(EPOCH_MS + 100) == compose(EPOCH_MS + 101, 5, 0)
