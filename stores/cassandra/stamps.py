"""When events are written: the order of the event log, and how far it is settled."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


def now_us() -> int:
    """Unix time in microseconds."""
    return time.time_ns() // 1000


class Stamps:
    """Rising microseconds of one process. An event has its stamp before it is written, and until that has ended, one
    way or the other, the process's own readers don't go past it."""

    def __init__(self) -> None:
        self._last = 0
        self._open: Counter[int] = Counter()

    @contextmanager
    def stamped(self) -> Iterator[int]:
        """A new stamp, open for the block."""
        self._last = max(self._last + 1, now_us())
        with self.held(self._last) as stamp:
            yield stamp

    @contextmanager
    def held(self, stamp: int) -> Iterator[int]:
        """Opens a stamp that there is already, for the block."""
        self._open[stamp] += 1
        try:
            yield stamp
        finally:
            self._open[stamp] -= 1
            self._open += Counter()  # drops it at zero

    def now(self) -> int:
        """Not before any stamp that was given."""
        return max(self._last, now_us())

    def settled(self) -> int:
        """Below it, no event of this process is being written, nor will one be."""
        return min([*self._open, max(self._last + 1, self.now())])
