"""Scalars of our own."""

from datetime import UTC, datetime
from typing import Any, Final, NewType

import strawberry

Long = NewType("Long", int)


def format_datetime(moment: datetime) -> str:
    """As in 2006-03-21T20:50:14.000Z; what is finer than milliseconds is cut off."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def parse_long(value: object) -> int:
    """Raises ValueError for what is no whole number of 64 bits."""
    if not isinstance(value, int) or isinstance(value, bool) or not -(1 << 63) <= value < 1 << 63:
        raise ValueError(f"Long can't represent {value!r}: it takes whole numbers of 64 bits.")
    return value


SCALARS: Final[dict[object, Any]] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="ISO 8601, always UTC with a trailing Z, milliseconds.",
        serialize=format_datetime,
    ),
    Long: strawberry.scalar(
        name="Long", description="A 64-bit count, as a JSON number.", serialize=int, parse_value=parse_long
    ),
}
