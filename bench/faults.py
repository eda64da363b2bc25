"""What is left of many writes when a part of the system dies among them: `python -m bench.faults [WRITES] [FAULT...]`,
by default 2,000 a fault, and all faults.

Each strikes a deployment of PostgreSQL, Valkey, a server of two processes and a worker in the middle of a load by five
people, among readers who come, sleep and come back; clients send nothing again. `lost`: ids that are missing in
timelines or search. `astray`: those that should not be there. `doubled`: those that are there, or came on a live
stream, twice. `consistent`: seconds after the last write until none of that was so. `rebuilt`, `missed`: how often
streams began anew, for changed follows, and for what was lost of the live log.
"""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from functools import partial

import httpx

from bench.support.forms import arguments
from tests.faults.deployment import deployed
from tests.faults.load import WRITERS
from tests.faults.mishaps import MISHAPS, SERVER_MISHAPS
from tests.faults.trial import Report, endure
from tests.support.forms import EMBEDDED, form

COLUMNS = "{:<26} {:>8} {:>6} {:>6} {:>7} {:>10} {:>8} {:>7}"


def line(name: str, report: Report) -> str:
    rebuilt = report.resets["REBUILT"]
    missed = report.resets.total() - rebuilt
    counts = (report.answered, report.lost, report.astray, report.doubled, f"{report.seconds:.1f} s", rebuilt, missed)
    return COLUMNS.format(name, *counts)


async def main(writes: int, urls: Mapping[str, str], names: Sequence[str]) -> None:
    print(COLUMNS.format("fault", "answered", "lost", "astray", "doubled", "consistent", "rebuilt", "missed"))
    complaints: list[str] = []
    with deployed(urls) as deployment:
        async with httpx.AsyncClient(timeout=30) as http:
            for name in names:
                fault = partial((MISHAPS | SERVER_MISHAPS)[name], deployment)
                _, report = await endure(deployment, http, fault, writes // len(WRITERS))
                await asyncio.to_thread(deployment.close_workers, 1)
                print(line(name, report), flush=True)
                complaints += [f"{name}: {complaint}" for complaint in report.complaints]
    sys.exit("\n".join(complaints) or None)


if __name__ == "__main__":
    parser = arguments(writes=2_000)
    parser.add_argument("faults", nargs="*", metavar="fault", help=", ".join(MISHAPS | SERVER_MISHAPS))
    asked = parser.parse_args()
    if unknown := set(asked.faults) - set(MISHAPS | SERVER_MISHAPS):
        parser.error(f"there is no fault {', '.join(sorted(unknown))}; see --help")
    every = list(MISHAPS if asked.form == EMBEDDED else MISHAPS | SERVER_MISHAPS)
    with form(asked.form) as form_urls:
        asyncio.run(main(asked.writes, form_urls, asked.faults or every))
