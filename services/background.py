"""Tasks that run for as long as their process: named, referenced, their death logged, started again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

_logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0


class Background:
    """A set of tasks with one end."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Runs `work` again whenever it fails, after a pause that doubles while it goes on failing."""
        task = asyncio.create_task(self._keep_running(name, work), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Cancels all and waits for their end."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @staticmethod
    async def _keep_running(name: str, work: Callable[[], Awaitable[None]]) -> None:
        loop = asyncio.get_running_loop()
        pause = FIRST_PAUSE_SECONDS
        while True:
            started = loop.time()
            try:
                await work()
            except (Exception, asyncio.CancelledError):
                if _is_stopped():
                    raise
                _logger.exception("background task %s failed", name)
            else:
                return
            pause = FIRST_PAUSE_SECONDS if loop.time() - started > 60 else min(pause * 2, LONGEST_PAUSE_SECONDS)
            await asyncio.sleep(pause)


def _is_stopped() -> bool:
    """Whether this task was cancelled. A CancelledError alone doesn't say so: it also comes from a cancelled task that
    the work awaited."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
