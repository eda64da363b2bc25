"""What a user can mend."""

import strawberry

from domain.refusals import UserErrorCode
from schema.fields import attribute, describe_enum

describe_enum(
    UserErrorCode,
    "What is wrong with an input.",
    INVALID="Has a form or characters that it can't have.",
    TOO_LONG="Has too many characters.",
    TOO_SHORT="Has too few characters.",
    TAKEN="Belongs to somebody else.",
    NOT_FOUND="Names what doesn't exist or may not be seen.",
    FORBIDDEN="May not be done by the viewer.",
    CONFLICT="Contradicts what was done before.",
    LIMIT_EXCEEDED="Is more than is allowed.",
    UNSUPPORTED="Can't be done in this way.",
)


@strawberry.type(description="What the user can mend, and where.")
class UserError:
    message: str = attribute("For the user to read.")
    code: UserErrorCode = attribute("For the program to act on.")
    field: list[str] | None = attribute(
        "The path of the field below `input`, or the argument's name; null where it is of none."
    )


@strawberry.type(description="What a mutation answers.")
class Payload:
    user_errors: list[UserError] = attribute("What stopped the mutation; empty where it was done.")
