"""Keyset pages: cursors, windows over keys, and the connection that a window's rows become."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from domain.errors import BadUserInput

DEFAULT_SIZE = 20
MAX_SIZE = 100

T = TypeVar("T")


def encode_cursor(field: str, *parts: int | str) -> str:
    """The opaque cursor of an entry of that field's connection."""
    return base64.urlsafe_b64encode(":".join((field, *map(str, parts))).encode()).rstrip(b"=").decode()


def decode_cursor(field: str, argument: str, cursor: str) -> tuple[str, ...]:
    """The parts of a cursor. Raises BadUserInput for a text that is none, or a cursor of another field."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        name, *parts = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii").split(":")
    except (binascii.Error, UnicodeError):
        name, parts = "", []
    if name != field or len(cursor) > 200:
        raise _not_a_cursor(field, argument)
    return tuple(parts)


def decode_key(field: str, argument: str, cursor: str) -> int:
    """The key of a cursor that names one 64-bit key. Raises BadUserInput as decode_cursor does."""
    parts = decode_cursor(field, argument, cursor)
    if len(parts) == 1 and parts[0].isascii() and parts[0].isdigit() and int(parts[0]) < 1 << 63:
        return int(parts[0])
    raise _not_a_cursor(field, argument)


def _not_a_cursor(field: str, argument: str) -> BadUserInput:
    return BadUserInput(f"{argument}: not a cursor of `{field}`; give an endCursor or edge cursor of that field.")


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows of a list sorted by key: at most `limit` of those with low < key < high, from the high end
    (newest first) or, where `ascending`, from the low end. None: no bound."""

    limit: int
    high: int | None = None
    low: int | None = None
    ascending: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A row of a list: the key that it is sorted by and that its cursor names, and the id of what it leads to."""

    key: int
    node_id: int


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """Some of all that a store holds, as it is walked through from end to end, in an order of its own: it may be empty
    before the end. `next` is the position at which the next part begins, opaque to all others (None: there is none),
    `done` about how much of the whole lies before that, from 0 to 1."""

    rows: Sequence[T]
    next: str | None
    done: float


@dataclass(frozen=True, slots=True)
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True, slots=True)
class Edge(Generic[T]):
    cursor: str
    node: T | None


@dataclass(frozen=True, slots=True)
class Connection(Generic[T]):
    edges: Sequence[Edge[T]]
    page_info: PageInfo

    @property
    def nodes(self) -> list[T | None]:
        return [edge.node for edge in self.edges]


def page_size(argument: str, value: int | None, default: int = DEFAULT_SIZE) -> int:
    """The size asked for. Raises BadUserInput outside 0 to 100."""
    if value is None:
        return default
    if not 0 <= value <= MAX_SIZE:
        raise BadUserInput(f"{argument}: must lie between 0 and {MAX_SIZE}, not {value}.")
    return value
