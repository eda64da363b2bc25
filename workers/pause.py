"""A queue's worker takes no jobs while a store that they need does not answer."""

import asyncio
import logging
import random
from collections.abc import Callable

from domain.errors import Unavailable

_logger = logging.getLogger(__name__)

FIRST_SECONDS = 0.2
LONGEST_SECONDS = 15.0


class Pause:
    """Pauses double, with jitter, while they are followed by failures, and end with the first success. What jobs from
    before a pause come to tells nothing new."""

    def __init__(self, queue: str, *, stop: Callable[[], None], go_on: Callable[[], None]) -> None:
        """`stop` and `go_on`: whether jobs are taken."""
        self._queue = queue
        self._stop = stop
        self._go_on = go_on
        self._seconds = 0.0
        self._end: asyncio.TimerHandle | None = None
        self.number = 0
        """Of the last pause, which a job keeps from its beginning."""

    def failed(self, number: int, unavailable: Unavailable) -> None:
        """A job that began after the pause of this number met a store that is down."""
        if self._end or number != self.number:
            return
        if not self._seconds:
            _logger.warning("%s: takes no jobs for now: %s", self._queue, unavailable)
        self.number += 1
        self._seconds = min(max(self._seconds * 2, FIRST_SECONDS), LONGEST_SECONDS)
        self._stop()
        seconds = self._seconds * random.uniform(0.5, 1.0)  # noqa: S311
        self._end = asyncio.get_running_loop().call_later(seconds, self._elapse)

    def succeeded(self, number: int) -> None:
        """A job that began after the pause of this number was done."""
        if not self._seconds or number != self.number:
            return
        if self._end:
            self._end.cancel()
            self._elapse()
        self._seconds = 0.0
        _logger.warning("%s: takes jobs again", self._queue)

    def _elapse(self) -> None:
        self._end = None
        self._go_on()
