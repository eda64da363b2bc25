"""The rules of what people write about themselves."""

from dataclasses import dataclass

from domain import text
from domain.refusals import UserError, UserErrorCode


@dataclass(frozen=True, slots=True)
class ProfileField:
    """A field's name in the API and in messages, and how many code points it may have."""

    name: str
    label: str
    least: int
    most: int
    one_line: bool


DISPLAY_NAME = ProfileField("displayName", "A display name", 1, 50, one_line=True)
BIO = ProfileField("bio", "A bio", 0, 160, one_line=False)


def check_field(field: ProfileField, value: str) -> list[UserError]:
    """What is wrong with a value; empty where nothing is."""
    path = (field.name,)
    forbidden = text.forbidden_character(value) or ("U+000A" if field.one_line and "\n" in value else None)
    if forbidden:
        return [UserError(f"{field.label} can't have the character {forbidden}.", UserErrorCode.INVALID, path)]
    if len(value.strip()) < field.least:
        return [UserError(f"{field.label} can't be blank.", UserErrorCode.TOO_SHORT, path)]
    if len(value) > field.most:
        message = f"{field.label} has at most {field.most} characters, not {len(value)}."
        return [UserError(message, UserErrorCode.TOO_LONG, path)]
    return []
