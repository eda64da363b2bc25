"""`python -m commands.dead_letters` lists the jobs that failed for good: when, queue, function, what it is about,
error."""

import asyncio
import logging
import sys
from datetime import UTC, datetime

from commands.reaching import reached
from domain.errors import Unavailable
from events import UnknownKind, decode
from settings import Settings
from startup import failures_told, read_settings
from stores.asking import reach_all
from stores.opening import open_stores
from stores.queue import QUEUES, DeadLetter
from stores.queue.redis.layout import CONSUMER


def told(queue: str, letter: DeadLetter) -> str:
    """A dead letter in one line."""
    at = datetime.fromtimestamp(letter.at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{at}  {queue:8}  {letter.function:8}  {_subject(letter)}  {letter.error}"


def main() -> int:
    """Prints them, newest last; the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        with failures_told(), reached(read_settings()) as servers:
            lines = asyncio.run(_lines(servers.settings))
    except Unavailable as unavailable:
        sys.stderr.write(f"{unavailable}\n")
        return 1
    sys.stdout.write("".join(f"{line}\n" for line in lines) or "none\n")
    return 0


async def _lines(settings: Settings) -> list[str]:
    await reach_all(settings)
    async with open_stores(settings) as stores:
        letters = [(letter, queue) for queue in QUEUES for letter in await stores.queue.dead_letters(queue)]
    return [told(queue, letter) for letter, queue in sorted(letters, key=lambda found: found[0].at_ms)]


def _subject(letter: DeadLetter) -> str:
    match letter.function, letter.args:
        case function, [bytes() as packed] if function == CONSUMER:
            try:
                event = decode(packed)
            except UnknownKind as unknown:
                return f"{unknown}, which only a later version knows"
            return f"{event.kind} {event.id}"
        case _, args:
            return ", ".join(f"{len(arg)} bytes" if isinstance(arg, bytes) else str(arg) for arg in args)


if __name__ == "__main__":
    sys.exit(main())
