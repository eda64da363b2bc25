"""Live timelines in chaos: `python -m bench.chaos [SCREENS] [WRITES] [SEED] [--form scaled_out]`, by default 200, 2,000
and 1, on the embedded form.

Screens, of which four are of one reader, follow half of eight authors, on a deployment of PostgreSQL, Valkey, the real
servers where it is scaled out, a server of two processes and a worker. Sockets are cut at random, twenty a second:
dropped, closed or left half open. The server and single processes of it are killed, Valkey is restarted and wiped,
while tweets, deletes, follows and unfollows go on. In the end each screen, made of events, resumes and resets alone,
must show what a fresh query of its timeline does, and nothing may have come twice.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Mapping

import httpx

from bench.support.forms import arguments
from tests.faults.chaos import Chaos, Outcome, Size
from tests.faults.deployment import deployed
from tests.faults.strikes import process_killed, redis_restarted, redis_wiped, server_killed, server_restarted
from tests.support.forms import form

STRIKES = (
    server_killed,
    redis_restarted,
    process_killed,
    server_restarted,
    redis_wiped,
    process_killed,
    server_killed,
)
SHOWN = 5
"""Of the screens that differ."""


async def main(screens: int, writes: int, seed: int, urls: Mapping[str, str]) -> None:
    size = Size(readers=screens // 4, screens=screens, writes=writes, strikes=STRIKES)
    with deployed(urls) as deployment:
        async with httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=50)) as http:
            began = time.perf_counter()
            outcome = await Chaos(deployment, http, size, seed).run()
    print(f"{screens} screens of {size.readers} readers, {time.perf_counter() - began:.0f} s")
    _print(outcome)
    sys.exit(bool(outcome.differ or outcome.repeats))


def _print(outcome: Outcome) -> None:
    print("answered: " + _listed(outcome.answered))
    print(f"{outcome.cuts.total()} cuts: " + _listed(outcome.cuts))
    print(f"{outcome.events} events, {outcome.resumes} resumes, {outcome.refreshes} timelines fetched")
    print(f"{outcome.resets.total()} resets: " + _listed(outcome.resets))
    print(f"the same as fresh queries {outcome.seconds:.1f} s after the last write: {not outcome.differ}")
    print("\n".join([*outcome.differ[:SHOWN], f"came twice: {len(outcome.repeats)}"]))


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.most_common())


if __name__ == "__main__":
    given = arguments(screens=200, writes=2_000, seed=1).parse_args()
    with form(given.form) as form_urls:
        asyncio.run(main(given.screens, given.writes, given.seed, form_urls))
