"""Waiting for what must come true in the end."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.faults.writes import is_unavailable
from tests.support.clients import GraphQLFailed

CONSISTENT_SECONDS = 60.0
PAUSE_SECONDS = 0.1


async def eventually(check: Callable[[], Awaitable[None]], seconds: float = CONSISTENT_SECONDS) -> float:
    """Repeats a check until it holds; how many seconds that took. Raises what the check does after `seconds`: an
    AssertionError, or UNAVAILABLE."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        try:
            await check()
        except (AssertionError, GraphQLFailed) as failure:
            if loop.time() > began + seconds or (isinstance(failure, GraphQLFailed) and not is_unavailable(failure)):
                raise
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return loop.time() - began
