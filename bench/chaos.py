"""Live timelines in chaos: `python -m bench.chaos [SCREENS] [WRITES]`, by default 200 and 2,000.

Screens, of which four are of one reader, follow half of eight authors, on a deployment of PostgreSQL, Valkey, a server
of two processes and a worker. Sockets are cut at random, twenty a second; server processes are killed and restarted,
Valkey is restarted and wiped, while tweets, deletes, follows and unfollows go on. In the end each screen, made of
events, resumes and resets alone, must show what a fresh query of its timeline does, and nothing may have come twice.
"""

import asyncio
import sys
import time

import httpx

from tests.faults.chaos import Chaos, Size, redis_restarted, redis_wiped, server_killed, server_restarted
from tests.faults.deployment import deployed

STRIKES = (server_killed, redis_restarted, server_restarted, redis_wiped, server_killed)


async def main(screens: int, writes: int) -> None:
    size = Size(readers=screens // 4, screens=screens, writes=writes, strikes=STRIKES)
    with deployed() as deployment:
        async with httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=50)) as http:
            began = time.perf_counter()
            outcome = await Chaos(deployment, http, size).run()
    print(f"{screens} screens of {size.readers} readers, {time.perf_counter() - began:.0f} s")
    print("answered: " + ", ".join(f"{count} {kind}s" for kind, count in outcome.answered.most_common()))
    print(f"{outcome.cuts} cuts, {outcome.connections - screens} times connected again, {outcome.events} events")
    print("resets: " + ", ".join(f"{count} {reason}" for reason, count in outcome.resets.most_common()))
    print(f"the same as fresh queries {outcome.seconds:.1f} s after the last write: {not outcome.differ}")
    print(f"came twice: {len(outcome.repeats)}")
    sys.exit(bool(outcome.differ or outcome.repeats))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200, int(sys.argv[2]) if len(sys.argv) > 2 else 2_000))
