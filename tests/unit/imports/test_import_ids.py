"""Ids of imported tweets: the same again for the same file, and never one for two rows."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from domain.snowflake import EPOCH_MS, MAX_SEQUENCE, compose, milliseconds
from services.imports.ids import ImportIds, run_length_ms
from stores.imports import ImportRun

START = EPOCH_MS + 1_000
RUN = ImportRun(number=3, started_ms=START)
times = st.none() | st.integers(START - 2, START + 2)


def made(run: ImportRun, wanted: Sequence[int | None]) -> list[int]:
    ids = ImportIds(run)
    return [ids.next(ms) for ms in wanted]


def test_the_node_is_the_runs_number_above_those_that_are_leased() -> None:
    assert made(RUN, [None, None, START + 5]) == [
        compose(START, 771, 0),
        compose(START, 771, 1),
        compose(START + 5, 771, 0),
    ]
    assert made(ImportRun(255, START), [None]) == [compose(START, 1023, 0)]
    assert made(ImportRun(256, START), [None]) == [compose(START, 768, 0)]


def test_a_full_millisecond_goes_on_in_the_next_that_has_room() -> None:
    full = MAX_SEQUENCE + 1
    ids = made(RUN, [*[START + 1] * full, *[START] * full, None, START + 1])
    assert ids[full * 2 :] == [compose(START + 2, 771, 0), compose(START + 2, 771, 1)]


def test_rows_without_a_date_take_a_millisecond_for_4096() -> None:
    ids = made(RUN, [None] * 10_000)
    assert ids == sorted(set(ids))
    assert milliseconds(ids[0]) == START
    assert milliseconds(ids[-1]) == START + run_length_ms(10_000) == START + 2


@given(st.lists(times, max_size=60))
def test_distinct_deterministic_and_rising_within_a_time(wanted: list[int | None]) -> None:
    ids = made(RUN, wanted)
    assert len(set(ids)) == len(ids)
    assert made(RUN, wanted) == ids
    for time in {START if ms is None else ms for ms in wanted}:
        same = [tweet_id for tweet_id, ms in zip(ids, wanted, strict=True) if (START if ms is None else ms) == time]
        assert same == sorted(same)
        assert {milliseconds(tweet_id) for tweet_id in same} == {time}


@given(st.lists(st.tuples(times, st.integers(1, 3_000)), max_size=8))
def test_distinct_however_many_rows_a_millisecond_gets(runs: list[tuple[int | None, int]]) -> None:
    wanted = [ms for ms, rows in runs for _ in range(rows)]
    ids = made(RUN, wanted)
    assert len(set(ids)) == len(ids)
    assert all(milliseconds(tweet_id) >= (ms or START) for tweet_id, ms in zip(ids, wanted, strict=True))
