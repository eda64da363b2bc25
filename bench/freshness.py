"""How soon a tweet is seen: by a live subscriber, on a follower's page, in a follower's precomputed timeline.

Milliseconds after the mutation's answer, over HTTP and websocket, on a server with the embedded stores. A tweet that
was seen before its mutation answered counts as 0.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from tests.support.clients import Account, sign_up
from tests.support.servers import RunningServer

TWEETS = 200


async def see(reader: Account, tweet_id: str, source: str | None) -> float:
    """When the reader's first page has the tweet, from that source if one is named."""
    while True:
        edges = (await reader.timeline(first=1))["edges"]
        if edges and edges[0]["node"]["id"] == tweet_id and source in {None, edges[0]["source"]}:
            return time.perf_counter()


async def measure(url: str) -> dict[str, list[float]]:
    seen: dict[str, list[float]] = {"live": [], "page": [], "precomputed": []}
    async with httpx.AsyncClient(timeout=30) as http:
        author, reader = await sign_up(http, url), await sign_up(http, url)
        await reader.follow(author)
        await see(reader, await author.tweet("The timeline is built"), "PUSHED")
        async with reader.updates((await reader.timeline())["liveCursor"]) as stream:
            for number in range(TWEETS):
                arrival = asyncio.create_task(_arrival(stream.next()))
                tweet_id = await author.tweet(f"number {number}")
                answered = time.perf_counter()
                seen["page"].append(await see(reader, tweet_id, None) - answered)
                seen["precomputed"].append(await see(reader, tweet_id, "PUSHED") - answered)
                seen["live"].append(max(0.0, await arrival - answered))
    return seen


async def _arrival(event: object) -> float:
    await event  # type: ignore[misc]
    return time.perf_counter()


def line(name: str, seconds: Sequence[float]) -> str:
    sorted_ms = sorted(second * 1000 for second in seconds)
    p99 = sorted_ms[int(len(sorted_ms) * 0.99)]
    return f"{name:12} p50 {statistics.median(sorted_ms):6.1f} ms   p99 {p99:6.1f} ms   max {sorted_ms[-1]:6.1f} ms"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="starling-bench-", ignore_cleanup_errors=True) as folder:
        server = RunningServer(Path(folder) / "data").start()
        try:
            seen = asyncio.run(measure(server.url))
        finally:
            server.stop()
    for name, seconds in seen.items():
        print(line(name, seconds))


if __name__ == "__main__":
    main()
