"""`python -m commands.reindex` makes the search index anew; see `--help`."""

import argparse
import logging
import signal
import sys
import time

import uvloop
from rich.console import Console

from commands.index_rebuild import IndexRebuild
from commands.progress import Display
from commands.reaching import Reached, reached
from composition import process
from domain.errors import Unavailable
from startup import failures_told, read_settings

HELP = """\
Make the search index anew from tweets and people, which are what is true; servers and workers go on meanwhile.

In Elasticsearch another index is filled beside the one that serves, with the settings and mappings of this version;
then it takes that one's place in one step, and the old one is dropped. What is posted meanwhile comes in from the event
logs, which hold 48 hours: that is how long it may take. Interrupted, the same command goes on where it was. Where
search is in Postgres its rows are written once more, in place; that is needed after a loss alone.

Exits with 0 once the new index serves, 1 where a server doesn't answer.
"""


def main() -> int:
    """Rebuilds; the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    argparse.ArgumentParser(
        prog="python -m commands.reindex", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    display = Display(Console())
    began_at = time.monotonic()
    try:
        with failures_told(), reached(read_settings()) as servers:
            uvloop.run(_rebuild(servers, display))
    except Unavailable as error:
        sys.stderr.write(f"{error}\nRun the same command again to go on.\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. Run the same command again to go on.\n")
        return 128 + signal.SIGINT
    finally:
        display.close()
    display.say(f"The new search index serves after {time.monotonic() - began_at:.1f} s.")
    return 0


async def _rebuild(servers: Reached, display: Display) -> None:
    async with process(servers.settings) as composed:
        stores = composed.stores
        logs = stores.event_logs
        await IndexRebuild(stores.search, stores.tweets, stores.graph, logs, stores.queue, display).run()


if __name__ == "__main__":
    sys.exit(main())
