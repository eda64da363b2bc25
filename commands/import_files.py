"""`python -m commands.import_files` fills the network from files; see `--help`."""

import argparse
import logging
import os
import signal
import sys
import time
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import uvloop
from rich.console import Console

from commands.progress import Display
from commands.reaching import Reached, reached
from composition import Process, process
from domain.errors import Unavailable
from services.accounts import PASSWORD_LENGTH
from services.imports.backlog import Backlog, NotIndexed
from services.imports.files import ColumnFile, UnreadableFile, read_through
from services.imports.ids import run_length_ms
from services.imports.importer import Clash, Importer
from services.imports.progress import Progress
from services.imports.rows import FOLLOW_COLUMNS, TWEET_COLUMNS, follow_rows, handles_of, tweet_rows
from startup import failures_told, read_settings
from stores.imports import AlreadyImporting
from workers.settings import spawn_workers

HELP = """\
Fill the network from files: people, whom they follow, and their tweets.

Files have one row a line, columns between tabs, UTF-8, plain or gzip, under a header line:
  follows   follower<TAB>followed
  tweets    author<TAB>text[<TAB>created_at]
Follower, followed and author are keys of 1 to 14 letters, digits and underscores; whoever has the key 7 gets the handle
u7. Texts are checked like anybody's. created_at is ISO 8601 (UTC unless it names a zone) or Unix seconds, from 2006 on;
rows without it are dated at the start of the import, in the order of the lines.

People get no e-mail address, and the password that the environment's PASSWORD holds, or without it no log-in.

A row is known by its file and line: the same command goes on where it was interrupted, and adds nothing twice. Bad
lines are shown and left out. A running server is found by STARLING_DATA_DIR, or by STARLING_DATABASE_URL and
STARLING_REDIS_URL; where none runs, the embedded servers are started for the import.

Exits with 0 once all is in store, timelines and search; 1 where something failed; 2 where the command or a file can't
be used, and then nothing was written.
"""


@dataclass(frozen=True, slots=True)
class Files:
    """What is to be imported; None is left out."""

    follows: ColumnFile | None = None
    tweets: ColumnFile | None = None

    def handles(self) -> list[str]:
        """Everybody whom they name."""
        follows = follow_rows(self.follows) if self.follows else ()
        tweets = tweet_rows(self.tweets) if self.tweets else ()
        return handles_of(chain(follows, tweets))


def read_files(follows: Path | None, tweets: Path | None) -> Files:
    """Reads what is given to its end. Raises UnreadableFile."""
    return Files(
        read_through(follows, FOLLOW_COLUMNS) if follows else None,
        read_through(tweets, TWEET_COLUMNS) if tweets else None,
    )


async def run_import(composed: Process, files: Files, password: str | None, progress: Progress) -> dict[str, int]:
    """Imports, and returns when all is in store, timelines and search; how many people, follows and tweets are new.
    A worker runs, here or elsewhere. Raises AlreadyImporting, Clash, NotIndexed, Unavailable."""
    stores = composed.stores
    async with stores.imports.alone():
        backlog = Backlog(stores.queue, stores.event_logs, stores.search, progress)
        importer = Importer(
            stores.accounts,
            stores.graph,
            stores.tweets,
            composed.services.graph,
            composed.fan_out,
            composed.dispatcher,
            composed.snowflakes,
            backlog,
            progress,
        )
        password_hash = await composed.passwords.hash(password) if password else None
        added = {"people": await importer.people(files.handles(), password_hash)}
        if files.follows:
            added["follows"] = await importer.follows(files.follows)
        tweet_ids: list[int] = []
        if files.tweets:
            now_ms, length_ms = int(time.time() * 1000), run_length_ms(files.tweets.rows)
            run = await stores.imports.run_of(files.tweets.digest, now_ms, length_ms)
            tweet_ids, added["tweets"] = await importer.tweets(files.tweets, run)
        await backlog.empty("timelines", "timeline")
        await backlog.empty("search", "search")
        await backlog.check_indexed(tweet_ids)
        return added


def main() -> int:
    """Imports what the command line names; the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    arguments, password = _arguments()
    display = Display(Console())
    began_at = time.monotonic()
    try:
        files = read_files(arguments.follows, arguments.tweets)
        with failures_told(), reached(read_settings()) as servers:
            added = uvloop.run(_import(servers, files, password, display))
    except UnreadableFile as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (AlreadyImporting, Clash, NotIndexed, Unavailable) as error:
        sys.stderr.write(f"{error}\nRun the same command again to go on.\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. Run the same command again to go on.\n")
        return 128 + signal.SIGINT
    finally:
        display.close()
    if display.bad_lines:
        display.say(f"Warning: {display.bad_lines:,} bad lines were left out.")
    counts = ", ".join(f"{count:,} {what}" for what, count in added.items())
    display.say(f"All is in store, timelines and search after {time.monotonic() - began_at:.1f} s. New: {counts}.")
    return 0


async def _import(servers: Reached, files: Files, password: str | None, display: Display) -> dict[str, int]:
    async with process(servers.settings) as composed:
        if servers.own:
            await spawn_workers(composed)
        return await run_import(composed, files, password, display)


def _arguments() -> tuple[argparse.Namespace, str | None]:
    parser = argparse.ArgumentParser(
        prog="python -m commands.import_files",
        description=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--follows", type=Path, metavar="FILE", help="who follows whom")
    parser.add_argument("--tweets", type=Path, metavar="FILE", help="what they tweet")
    arguments = parser.parse_args()
    if not arguments.follows and not arguments.tweets:
        parser.print_help(sys.stderr)
        parser.exit(
            2, "\nName a file: --follows FILE, --tweets FILE or both (make import: FOLLOWS=FILE TWEETS=FILE).\n"
        )
    password = os.environ.get("PASSWORD") or None
    if password and len(password) not in PASSWORD_LENGTH:
        parser.error(f"PASSWORD must have {PASSWORD_LENGTH.start} to {PASSWORD_LENGTH.stop - 1} characters")
    return arguments, password


if __name__ == "__main__":
    sys.exit(main())
