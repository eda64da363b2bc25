"""Waiting until a server takes commands."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from stores.urls import shown

PAUSE_SECONDS = 0.2

_logger = logging.getLogger(__name__)

Ask = Callable[[str], Awaitable[None]]
"""Connects to the URL's server, which must answer. Raises Unready or Refused."""


class Unready(Exception):
    """A server gives no answer, as one does that is still starting."""


class Refused(Exception):
    """A server answers, but lets nobody in: asking again would not help."""


class Unreachable(ConnectionError):
    """The message names the setting, the URL without its password, and the reason."""


async def reach(name: str, url: str, ask: Ask, patience_seconds: float) -> None:
    """Returns once the server has answered. Raises Unreachable."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience_seconds
    waiting = False
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                return await ask(url)
        except (Unready, Refused, TimeoutError) as error:
            if isinstance(error, Refused) or loop.time() + PAUSE_SECONDS > deadline:
                reason = str(error) or "no answer"
                raise Unreachable(f"STARLING_{name}: {shown(url)} can't be reached: {reason}") from error
            if not waiting:
                _logger.warning("waiting for STARLING_%s, %s: %s", name, shown(url), error)
            waiting = True
        await asyncio.sleep(PAUSE_SECONDS)
