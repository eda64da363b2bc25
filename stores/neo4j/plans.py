"""Which statements the server has planned."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from neo4j.exceptions import ServiceUnavailable

PLAN_SECONDS = 60.0
"""For as long a server may plan one statement. It takes seconds where it has just been started, and there is much to
plan."""


class Plans:
    """Since the connection to it was lost last: it may have been restarted.

    Where all that ask for a statement at once have it planned, each takes so long that it is ended before it is done,
    and what is ended is planned from the start by the next call: a server that is restarted under load may stay so for
    minutes. So each is planned once, for all, and to its end, whatever becomes of the calls.
    """

    def __init__(self, plan: Callable[[str], Awaitable[None]]) -> None:
        self._plan = plan
        self._planned: set[str] = set()
        self._asked: dict[str, asyncio.Future[None]] = {}
        self._planner: asyncio.Task[None] | None = None

    def forget(self) -> None:
        self._planned = set()

    async def ensure(self, statement: str) -> None:
        """Returns when it is planned. Raises what planning it does."""
        while statement not in self._planned:
            if not (answer := self._asked.get(statement)):
                answer = self._asked[statement] = asyncio.get_running_loop().create_future()
                answer.add_done_callback(asyncio.Future.exception)  # is seen, even where nobody waits for it any more
            if not self._planner:
                self._planner = asyncio.create_task(self._plan_all(), name="neo4j plans")
            await asyncio.wait([answer])
            answer.result()

    async def close(self) -> None:
        """Raises ServiceUnavailable at whoever waits."""
        if planner := self._planner:
            planner.cancel()
            await asyncio.wait([planner])
        for answer in self._asked.values():
            answer.set_exception(ServiceUnavailable("closed"))
        self._asked.clear()

    async def _plan_all(self) -> None:
        """One after the other, in any order: other processes are at the same, and what one of them has had planned is
        planned for all."""
        try:
            while self._asked:
                await self._plan_one(random.choice(list(self._asked)))  # noqa: S311
        finally:
            self._planner = None

    async def _plan_one(self, statement: str) -> None:
        planned = self._planned
        try:
            async with asyncio.timeout(PLAN_SECONDS):
                await self._plan(statement)
        except Exception as error:
            self._asked.pop(statement).set_exception(error)
        else:
            planned.add(statement)
            self._asked.pop(statement).set_result(None)
