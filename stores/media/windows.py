"""How long URLs hold: all that are made within a window begin and end with it, and so are the same."""

from datetime import UTC, datetime, timedelta

WINDOW = timedelta(hours=6)
"""A URL holds from the beginning of the window that it is made in until the end of the next one: 6 to 12 hours."""


def window(now: datetime | None = None) -> tuple[datetime, datetime]:
    """When URLs made now begin and end to hold, in UTC."""
    seconds = WINDOW.total_seconds()
    begin = ((now or datetime.now(UTC)).timestamp() // seconds) * seconds
    start = datetime.fromtimestamp(begin, UTC)
    return start, start + 2 * WINDOW
