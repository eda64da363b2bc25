"""The forms of scalars."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from schema.scalars import format_datetime


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2006, 3, 21, 20, 50, 14, tzinfo=UTC), "2006-03-21T20:50:14.000Z"),
        (datetime(2024, 2, 29, 0, 0, 0, 1_000, tzinfo=UTC), "2024-02-29T00:00:00.001Z"),
        (datetime(2024, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "2024-12-31T23:59:59.999Z"),
        (datetime(2024, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2))), "2023-12-31T23:30:00.000Z"),
    ],
)
def test_dates_are_in_utc_with_milliseconds(moment: datetime, text: str) -> None:
    assert format_datetime(moment) == text
