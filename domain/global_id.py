"""Opaque global ids: what GraphQL's `id` is. URL-safe base64 of `Kind:number`."""

import base64
import binascii
from enum import StrEnum

from domain.snowflake import MAX_ID

MAX_LENGTH = 64


class Kind(StrEnum):
    """The types that have a global id."""

    USER = "User"
    TWEET = "Tweet"
    SESSION = "Session"
    MEDIA = "Media"


def encode(kind: Kind, number: int) -> str:
    """The global id of an object."""
    return base64.urlsafe_b64encode(f"{kind}:{number}".encode()).rstrip(b"=").decode()


def decode(text: str) -> tuple[Kind, int] | None:
    """Kind and number of a global id; None for what is none."""
    if len(text) > MAX_LENGTH:
        return None
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        kind, _, number = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii").partition(":")
        decoded = Kind(kind), int(number)
    except (binascii.Error, UnicodeError, ValueError):
        return None
    return decoded if 0 < decoded[1] <= MAX_ID and encode(*decoded) == text else None


def decode_as(kind: Kind, text: str) -> int | None:
    """The number of a global id of that kind; None for any other text."""
    decoded = decode(text)
    return decoded[1] if decoded and decoded[0] is kind else None
