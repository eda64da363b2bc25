"""What a user can mend: a mutation's `userErrors`."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class UserErrorCode(Enum):
    INVALID = "INVALID"
    TOO_LONG = "TOO_LONG"
    TOO_SHORT = "TOO_SHORT"
    TAKEN = "TAKEN"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    CONFLICT = "CONFLICT"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    UNSUPPORTED = "UNSUPPORTED"


@dataclass(frozen=True, slots=True)
class UserError:
    """`field` is the path below `input`, or the argument's name."""

    message: str
    code: UserErrorCode
    field: tuple[str, ...] | None = None


class Refused(Exception):
    """A mutation that the user's own input stops. Nothing has been written."""

    def __init__(self, *errors: UserError) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors: Sequence[UserError] = errors


def refuse(code: UserErrorCode, message: str, *field: str) -> Refused:
    """A refusal for one reason."""
    return Refused(UserError(message, code, field or None))
