"""`python -m commands.replay` gives jobs that failed for good, or all events since a time, to the consumers again; see
`--help`."""

import argparse
import logging
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import uvloop
from rich.console import Console

from commands.event_replay import EventReplay
from commands.progress import Display
from commands.reaching import Reached, reached
from composition import process
from domain.errors import Unavailable
from startup import failures_told, read_settings
from stores.queue import QUEUES
from workers.settings import spawn_workers

HELP = """\
Give work to the consumers again; to them, twice is the same as once.

Without --events: the jobs that failed for good since a time, which `python -m commands.dead_letters` lists. With
--events also all events since then that the event logs still hold (48 hours), whether or not they went out before, so
that what was lost of timelines or of an index is made again. Live streams are told nothing.

A running server is found by STARLING_DATA_DIR, or by STARLING_DATABASE_URL and STARLING_REDIS_URL; where none runs, the
embedded servers are started, and the jobs wait for the next start.

Exits with 0 once all jobs are in their queues, 1 where a server doesn't answer, 2 where the command can't be used.
"""

UNITS = {"d": "days", "h": "hours", "m": "minutes"}


class BadSince(Exception):
    """The message says what is wrong, and the mend."""


def parse_since(text: str, now: datetime) -> datetime:
    """2h, 30m or 3d before now, or an ISO 8601 time, which is UTC unless it names a zone. Raises BadSince."""
    if ago := re.fullmatch(r"(\d{1,5})([dhm])", text):
        return now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
    try:
        since = datetime.fromisoformat(text)
    except ValueError:
        mend = "write a time such as 2026-11-22T10:00Z, or how long ago: 30m, 2h, 3d"
        raise BadSince(f"SINCE={text} is no time; {mend}.") from None
    since = since if since.tzinfo else since.replace(tzinfo=UTC)
    if since > now:
        raise BadSince(f"SINCE={text} lies in the future; now it is {now:%Y-%m-%dT%H:%MZ}.")
    return since


def main() -> int:
    """Replays what the command line names; the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    arguments = _arguments()
    display = Display(Console())
    try:
        since = parse_since(arguments.since, datetime.now(UTC))
        queues = [arguments.queue] if arguments.queue else QUEUES
        with failures_told(), reached(read_settings()) as servers:
            uvloop.run(_replay(servers, int(since.timestamp() * 1000), queues, display, events=arguments.events))
    except BadSince as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except Unavailable as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. What is in the queues stays there.\n")
        return 128 + signal.SIGINT
    finally:
        display.close()
    return 0


async def _replay(servers: Reached, since_ms: int, queues: Sequence[str], display: Display, *, events: bool) -> None:
    async with process(servers.settings) as composed:
        stores = composed.stores
        letters = {queue: await stores.queue.replay_dead_letters(queue, since_ms) for queue in queues}
        display.say(f"Dead letters put back: {_counts(letters)}.")
        if events:
            if servers.own:
                await spawn_workers(composed)  # nobody else makes room in a long queue
            replay = EventReplay(stores.event_logs, stores.queue, queues, servers.settings.queue_length, display)
            display.say(f"Events given to consumers again: {_counts(await replay.since(since_ms))}.")


def _counts(by_queue: Mapping[str, int]) -> str:
    return ", ".join(f"{queue} {count:,}" for queue, count in by_queue.items())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m commands.replay", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--since", required=True, metavar="TIME", help="2026-11-22T10:00Z (UTC), or 30m, 2h, 3d ago")
    parser.add_argument("--queue", choices=QUEUES, help="of this consumer alone")
    parser.add_argument("--events", action="store_true", help="all events, too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
