"""Scalars of our own."""

from datetime import UTC, datetime
from typing import Any, Final, NewType

import strawberry

Long = NewType("Long", int)


def format_datetime(moment: datetime) -> str:
    """As in 2006-03-21T20:50:14.000Z; what is finer than milliseconds is cut off."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


SCALARS: Final[dict[object, Any]] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="ISO 8601, always UTC with a trailing Z, milliseconds.",
        serialize=format_datetime,
    ),
    Long: strawberry.scalar(name="Long", description="A 64-bit count, as a JSON number.", serialize=int),
}
