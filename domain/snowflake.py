"""Snowflake ids: 41 bits of milliseconds, 10 of node, 12 of sequence. Sorted by time, made without coordination."""

from datetime import UTC, datetime

EPOCH_MS = 1_136_073_600_000
"""2006-01-01T00:00:00Z; before the first tweet there was, so that imported history keeps its dates. Lasts until
2075."""

NODE_BITS = 10
SEQUENCE_BITS = 12
MAX_NODE = (1 << NODE_BITS) - 1
MAX_SEQUENCE = (1 << SEQUENCE_BITS) - 1
TIME_SHIFT = NODE_BITS + SEQUENCE_BITS
MAX_ID = (1 << 63) - 1


def compose(ms: int, node: int, sequence: int) -> int:
    """The id of a Unix time in milliseconds, a node and a sequence number."""
    return (ms - EPOCH_MS) << TIME_SHIFT | node << SEQUENCE_BITS | sequence


def milliseconds(snowflake: int) -> int:
    """The Unix time in milliseconds at which an id was minted."""
    return (snowflake >> TIME_SHIFT) + EPOCH_MS


def created_at(snowflake: int) -> datetime:
    """The moment at which an id was minted, in UTC."""
    return datetime.fromtimestamp(milliseconds(snowflake) / 1000, UTC)


class Sequence:
    """Rising ids of one node. Never goes back, whatever the clock does: it goes on from the last id instead."""

    def __init__(self, node: int, last_ms: int) -> None:
        self._node = node
        self._last_ms = last_ms
        self._next_sequence = MAX_SEQUENCE + 1

    @property
    def last_ms(self) -> int:
        """The latest Unix time in milliseconds of an id given out, or that of the start."""
        return self._last_ms

    def next(self, now_ms: int) -> int:
        """The next id; of a later millisecond than now where this one is full or the clock went back."""
        if now_ms > self._last_ms:
            self._last_ms, self._next_sequence = now_ms, 0
        elif self._next_sequence > MAX_SEQUENCE:
            self._last_ms, self._next_sequence = self._last_ms + 1, 0
        sequence = self._next_sequence
        self._next_sequence += 1
        return compose(self._last_ms, self._node, sequence)
