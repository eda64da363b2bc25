"""What the lines of the two kinds of files mean."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.snowflake import EPOCH_MS
from services.accounts import HANDLE
from services.imports.files import BadLine, ColumnFile, Line

FOLLOW_COLUMNS = ("follower", "followed")
TWEET_COLUMNS = ("author", "text", "created_at")

UNIX_SECONDS = re.compile(r"\d{1,12}(\.\d+)?", re.ASCII)
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class FollowRow:
    """The two sides' handles."""

    line: int
    follower: str
    followed: str


@dataclass(frozen=True, slots=True)
class TweetRow:
    """`author` is a handle, `created_at` as it is written, empty where the file tells none."""

    line: int
    author: str
    text: str
    created_at: str


def follow_rows(file: ColumnFile) -> Iterator[FollowRow | BadLine]:
    """The follows of a file, in the order of its lines."""
    for line in file.lines():
        yield line if isinstance(line, BadLine) else _follow(file, line)


def tweet_rows(file: ColumnFile) -> Iterator[TweetRow | BadLine]:
    """The tweets of a file, in the order of its lines; neither texts nor dates are checked."""
    for line in file.lines():
        yield line if isinstance(line, BadLine) else _tweet(file, line)


def handles_of(rows: Iterable[FollowRow | TweetRow | BadLine]) -> list[str]:
    """Everybody whom good lines name, in the order of their first mention; handles are the same whatever the case."""
    handles: dict[str, str] = {}
    for row in rows:
        match row:
            case FollowRow(_, follower, followed):
                handles.setdefault(follower.lower(), follower)
                handles.setdefault(followed.lower(), followed)
            case TweetRow(_, author):
                handles.setdefault(author.lower(), author)
    return list(handles.values())


def handle_of(key: str) -> str:
    """The handle of a key in a file. Raises ValueError for a key that gives none."""
    handle = f"u{key}"
    if not HANDLE.fullmatch(handle):
        raise ValueError(f"the key {key!r} gives no handle: it must be 1 to 14 letters (a to z), digits, underscores")
    return handle


def unix_ms(created_at: str, now_ms: int) -> int:
    """The Unix time in milliseconds of an ISO 8601 date (UTC where it names no zone) or of Unix seconds. Raises
    ValueError for what is neither, lies before 2006, or over a day after `now_ms`."""
    ms = round(float(created_at) * 1000) if UNIX_SECONDS.fullmatch(created_at) else _iso_ms(created_at)
    if not EPOCH_MS <= ms <= now_ms + DAY_MS:
        raise ValueError(f"created_at {created_at!r} lies before 2006 or in the future")
    return ms


def _iso_ms(created_at: str) -> int:
    try:
        date = datetime.fromisoformat(created_at)
    except ValueError as error:
        raise ValueError(f"created_at {created_at[:40]!r} is neither ISO 8601 nor Unix seconds") from error
    zoned = date if date.tzinfo else date.replace(tzinfo=UTC)
    return round(zoned.timestamp() * 1000)


def _follow(file: ColumnFile, line: Line) -> FollowRow | BadLine:
    try:
        follower, followed = map(handle_of, line.fields)
    except ValueError as error:
        return BadLine(file.path, line.number, str(error))
    if follower.lower() == followed.lower():
        return BadLine(file.path, line.number, "nobody follows themselves")
    return FollowRow(line.number, follower, followed)


def _tweet(file: ColumnFile, line: Line) -> TweetRow | BadLine:
    author, written, *rest = line.fields
    try:
        handle = handle_of(author)
    except ValueError as error:
        return BadLine(file.path, line.number, str(error))
    return TweetRow(line.number, handle, written, rest[0] if rest else "")
