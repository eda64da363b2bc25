"""Cursors of streams: places in the live log, the same for every viewer."""

from domain.errors import BadUserInput
from domain.page import decode_cursor, encode_cursor
from stores.live import LogPosition

FIELD = "timelineUpdates"


def live_cursor(position: LogPosition) -> str:
    """The cursor of a place in the live log."""
    return cursor_at(position.epoch, position.number)


def cursor_at(epoch: str, number: int) -> str:
    """The cursor of the entry with that number."""
    return encode_cursor(FIELD, epoch, number)


def place_of(cursor: str) -> tuple[str, int]:
    """Epoch and number of a cursor; of one that another version made those of no log. Raises BadUserInput."""
    try:
        parts = decode_cursor(FIELD, "after", cursor)
    except BadUserInput as error:
        raise BadUserInput("after: not a cursor of this stream; give a liveCursor, or an event's cursor.") from error
    if len(parts) == 2 and parts[1].isascii() and parts[1].isdigit():
        return parts[0], int(parts[1])
    return "", 0
