"""Waiting for what must come true in the end."""

import asyncio
from collections.abc import Awaitable, Callable

CONSISTENT_SECONDS = 60.0
PAUSE_SECONDS = 0.1


async def eventually(check: Callable[[], Awaitable[None]], seconds: float = CONSISTENT_SECONDS) -> float:
    """Repeats a check until it holds; how many seconds that took. Raises the check's AssertionError after `seconds`."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        try:
            await check()
        except AssertionError:
            if loop.time() > began + seconds:
                raise
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return loop.time() - began
