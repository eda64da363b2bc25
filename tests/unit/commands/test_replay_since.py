"""From when on `make replay` replays."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from commands.replay import BadSince, parse_since

NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("30m", datetime(2026, 11, 22, 12, 0, tzinfo=UTC)),
        ("2h", datetime(2026, 11, 22, 10, 30, tzinfo=UTC)),
        ("3d", datetime(2026, 11, 19, 12, 30, tzinfo=UTC)),
        ("0m", NOW),
        ("2026-11-22T10:00Z", datetime(2026, 11, 22, 10, 0, tzinfo=UTC)),
        ("2026-11-22T10:00", datetime(2026, 11, 22, 10, 0, tzinfo=UTC)),
        ("2026-11-22", datetime(2026, 11, 22, tzinfo=UTC)),
        ("2026-11-22T10:00+02:00", datetime(2026, 11, 22, 10, 0, tzinfo=timezone(timedelta(hours=2)))),
        ("2026-11-22T12:30Z", NOW),
    ],
)
def test_times(text: str, since: datetime) -> None:
    assert parse_since(text, NOW) == since


@pytest.mark.parametrize("text", ["", "2", "h", "-2h", "2 h", "2s", "999999d", "yesterday", "2026-13-01", "²h"])
def test_what_is_no_time_is_told_with_the_mend(text: str) -> None:
    with pytest.raises(BadSince) as bad:
        parse_since(text, NOW)
    mend = "write a time such as 2026-11-22T10:00Z, or how long ago: 30m, 2h, 3d."
    assert str(bad.value) == f"SINCE={text} is no time; {mend}"


@pytest.mark.parametrize("text", ["2026-11-22T12:31Z", "2026-11-22T12:30-01:00", "9999-12-31"])
def test_the_future_is_no_time_to_replay_from(text: str) -> None:
    with pytest.raises(BadSince) as bad:
        parse_since(text, NOW)
    assert str(bad.value) == f"SINCE={text} lies in the future; now it is 2026-11-22T12:30Z."
