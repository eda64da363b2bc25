"""Classes at the very moments and counts where they change."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.activity import Activity, Fame, Windows

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
WINDOWS = Windows(active=timedelta(days=7), passive=timedelta(days=30))
AGES = st.timedeltas(timedelta(days=-1), timedelta(days=60))


@pytest.mark.parametrize(
    ("last_seen_at", "activity"),
    [
        (None, Activity.INACTIVE),
        (NOW + timedelta(days=1), Activity.ACTIVE),
        (NOW, Activity.ACTIVE),
        (NOW - timedelta(days=7), Activity.ACTIVE),
        (NOW - timedelta(days=7) - INSTANT, Activity.PASSIVE),
        (NOW - timedelta(days=30), Activity.PASSIVE),
        (NOW - timedelta(days=30) - INSTANT, Activity.INACTIVE),
        (datetime.min.replace(tzinfo=UTC), Activity.INACTIVE),
    ],
)
def test_the_class_of_a_reader(last_seen_at: datetime | None, activity: Activity) -> None:
    assert WINDOWS.activity(last_seen_at, NOW) == activity


@pytest.mark.parametrize(("age", "activity"), [(0, Activity.ACTIVE), (1, Activity.ACTIVE), (2, Activity.INACTIVE)])
def test_windows_of_the_same_length_leave_nobody_passive(age: int, activity: Activity) -> None:
    windows = Windows(timedelta(days=1), timedelta(days=1))
    assert windows.activity(NOW - timedelta(days=age), NOW) == activity


@given(AGES, AGES)
def test_nobody_is_of_a_higher_class_for_having_been_away_longer(one: timedelta, other: timedelta) -> None:
    rising = [Activity.INACTIVE, Activity.PASSIVE, Activity.ACTIVE]
    longer, shorter = (rising.index(WINDOWS.activity(NOW - age, NOW)) for age in sorted((one, other), reverse=True))
    assert longer <= shorter


@pytest.mark.parametrize(
    ("threshold", "stays"),
    [
        (1, 1),
        (2, 2),
        (3, 3),
        (4, 4),
        (5, 4),
        (6, 5),
        (10, 8),
        (11, 9),
        (9_999, 8_000),
        (10_000, 8_000),
        (10_001, 8_001),
    ],
)
def test_where_fame_begins_and_ends(threshold: int, stays: int) -> None:
    fame = Fame(threshold)
    assert fame.stays == stays
    assert [fame.is_famous(followers, was=False) for followers in (0, threshold - 1, threshold)] == [False, False, True]
    assert [fame.is_famous(followers, was=True) for followers in (0, stays - 1, stays)] == [False, False, True]


@given(st.integers(1, 1 << 40))
def test_fame_stays_down_to_four_fifths_without_rounding(threshold: int) -> None:
    assert Fame(threshold).stays - 1 < Fraction(4, 5) * threshold <= Fame(threshold).stays <= threshold


@given(st.integers(1, 40), st.lists(st.integers(0, 60), max_size=30))
def test_fame_is_told_by_the_last_count_outside_the_band(threshold: int, counts: list[int]) -> None:
    fame, famous = Fame(threshold), False
    for followers in counts:
        famous = fame.is_famous(followers, was=famous)
    decisive = [followers for followers in counts if followers >= threshold or 5 * followers < 4 * threshold]
    assert famous == (bool(decisive) and decisive[-1] >= threshold)
