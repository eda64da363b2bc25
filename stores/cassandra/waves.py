"""From the driver's threads to asyncio: requests that are sent together, and awaited together."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from typing import Any

from cassandra.cluster import Session

Rows = list[Any]


class Wave:
    """Sends all of its statements at once. The loop hears of them once, when the last is answered: to wake it up for
    each would cost more than the answers do."""

    def __init__(self, session: Session, statements: Sequence[Any], profile: object) -> None:
        self._loop = asyncio.get_running_loop()
        self._answers: list[Rows] = [[] for _ in statements]
        self._errors: list[Exception] = []
        self._answered = count(1)
        self.done: asyncio.Future[list[Rows]] = self._loop.create_future()
        """The rows of each, or the error of one, after all were answered."""
        for place, statement in enumerate(statements):
            response = session.execute_async(statement, execution_profile=profile)
            response.add_callbacks(self._keep, self._fail, callback_args=(place,))

    def _keep(self, rows: Rows | None, place: int) -> None:
        self._answers[place] = rows or []
        self._count()

    def _fail(self, error: Exception) -> None:
        self._errors.append(error)
        self._count()

    def _count(self) -> None:
        """In whichever thread: a step of the counter is one for the interpreter."""
        if next(self._answered) == len(self._answers):
            with suppress(RuntimeError):  # the loop is closed, and nobody waits
                self._loop.call_soon_threadsafe(self._finish)

    def _finish(self) -> None:
        if self._errors:
            self.done.set_exception(self._errors[0])
            self.done.exception()  # is seen, even if nobody waits any more
        else:
            self.done.set_result(self._answers)
