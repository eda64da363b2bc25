"""Which of all that runs at once on readers goes on next, is killed, or waits for days."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from tests.unit.services.readers import Readers

STEP_MS = 10

Operation = Callable[[], Coroutine[Any, Any, object]]


class Schedule:
    """What runs at once on these readers, one step at a time."""

    def __init__(self, readers: Readers) -> None:
        self.readers = readers
        self.readers.steps = self._wait
        self.again: list[Operation] = []
        """What was killed and is to be done again."""

        self._running: dict[asyncio.Task[object], Operation | None] = {}
        self._gates: dict[asyncio.Task[object], asyncio.Future[None]] = {}

    @property
    def is_quiet(self) -> bool:
        """Whether nothing runs, and nothing is left to be done."""
        return not (self._running or self.again or self.readers.events or self.readers.jobs)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """What begins or goes on meanwhile does so to its end, without a step of another in between."""
        self.readers.steps = None
        yield
        self.readers.steps = self._wait

    async def start(self, operation: Operation, *, is_job: bool = True) -> None:
        """Jobs are done again when they were killed."""
        self._running[asyncio.create_task(operation())] = operation if is_job else None
        await self._settle()

    async def step(self, choice: int, steps: int = 1) -> None:
        """One of all that wait goes on, by so many steps if it has as many."""
        self._gates = {task: gate for task, gate in self._gates.items() if not gate.done()}
        if not self._gates:
            return
        task = list(self._gates)[choice % len(self._gates)]
        for _ in range(steps):
            if not self._gates[task].done():
                self.readers.now_ms += STEP_MS
                self._gates[task].set_result(None)
                await self._settle()

    async def kill(self, choice: int) -> None:
        if self._running:
            task = list(self._running)[choice % len(self._running)]
            operation = self._running[task]
            task.cancel()
            await self._settle()
            if operation:
                self.again.append(operation)

    async def finish(self) -> None:
        """All that runs goes on to its end, one after another."""
        with self.at_once():
            while self._running:
                await self.step(0)

    async def _wait(self) -> None:
        task = asyncio.current_task()
        assert task
        self._gates[task] = asyncio.get_running_loop().create_future()
        await self._gates[task]

    async def _settle(self) -> None:
        for _ in range(8):
            await asyncio.sleep(0)
        for task in [each for each in self._running if each.done()]:
            del self._running[task]
            if not task.cancelled():
                task.result()
