"""What writing a tweet into its followers' timelines costs: `python -m bench.timelines [REDIS_URL]`.

Pushes ids, 1, 2 and 4 a call, into pages of 1,000 full timelines of 800, so often that each is trimmed; one call after
the other, and two at once, as several workers' are. Then the same entries, one at a time, into sorted sets by pipelines
of ZADD and ZREMRANGEBYRANK. Without a URL it runs on an embedded Valkey, with its append-only file. Deletes whatever
lies on the server.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from time import perf_counter

from stores.embedded import owned
from stores.redis import Client, open_client
from stores.timelines.redis import RedisTimelines, list_key

SIZE = 800
PAGE = 1_000
READERS = 4_000
TWEETS = 100
FIRST_ID = 2**61
WEEK_SECONDS = 7 * 86_400
TARGET = 200_000
"""Entries per second: an author with 9,999 active followers who posts 20 tweets a second."""
TARGET_BYTES = 9_000
"""Of a timeline of 800 with all that is kept beside it."""

Push = Callable[[range, Sequence[int]], Awaitable[object]]

_seconds = count(1)


def new_id() -> int:
    """Ids lie a second apart."""
    return FIRST_ID + (next(_seconds) << 32)


def sorted_set(reader_id: int) -> str:
    return f"sorted:{reader_id}"


async def fill(client: Client, timelines: RedisTimelines) -> None:
    """Full timelines and sorted sets of the same ids."""
    ids = [FIRST_ID - (age << 32) for age in range(SIZE)]
    members: dict[bytes, float] = {tweet_id.to_bytes(8): tweet_id for tweet_id in ids}
    for reader in range(READERS):
        await timelines.begin(reader, b"epoch---", 0)
        await timelines.finish(reader, b"epoch---", ids, 0)
        await client.zadd(sorted_set(reader), members)


async def push_to_sorted_sets(client: Client, readers: range, tweet_ids: Sequence[int]) -> None:
    async with client.pipeline(transaction=False) as pipe:
        for reader in readers:
            pipe.zadd(sorted_set(reader), {tweet_id.to_bytes(8): tweet_id for tweet_id in tweet_ids})
            pipe.zremrangebyrank(sorted_set(reader), 0, -SIZE - 1)
        await pipe.execute()


async def rate(push: Push, tweets_per_call: int, at_once: int) -> float:
    """Entries per second."""

    async def share(number: int) -> None:
        for _ in range(TWEETS // tweets_per_call):
            tweet_ids = [new_id() for _ in range(tweets_per_call)]
            for start in range(number * PAGE, READERS, at_once * PAGE):
                await push(range(start, start + PAGE), tweet_ids)

    began = perf_counter()
    await asyncio.gather(*map(share, range(at_once)))
    return READERS * TWEETS / (perf_counter() - began)


async def compare(url: str) -> None:
    client = open_client(url)
    await client.flushall()
    timelines = RedisTimelines(client, SIZE, keep_seconds=WEEK_SECONDS)
    await fill(client, timelines)
    list_bytes, set_bytes = [await client.memory_usage(name, samples=0) for name in (list_key(0), sorted_set(0))]
    print(
        f"{READERS:,} timelines of {SIZE}, {TWEETS} tweets into each by pages of {PAGE:,}, target {TARGET:,} entries/s"
    )
    print(f"lists: {list_bytes:,} bytes each, target at most {TARGET_BYTES:,}")
    for tweets_per_call in (1, 2, 4):
        one, two = [
            await rate(lambda page, ids: timelines.push(page, ids, redelivered=False), tweets_per_call, at_once)
            for at_once in (1, 2)
        ]
        print(f"  {tweets_per_call} a call: {one:>9,.0f} entries/s one by one, {two:>9,.0f} two at once")
    sets = await rate(lambda page, ids: push_to_sorted_sets(client, page, ids), 1, 1)
    print(f"sorted sets: {set_bytes:,} bytes each\n  pipelined: {sets:>8,.0f} entries/s")
    await client.flushall()
    await client.aclose()


@contextmanager
def server() -> Iterator[str]:
    """The URL on the command line, or that of a server of our own."""
    if len(sys.argv) > 1:
        yield sys.argv[1]
        return
    with tempfile.TemporaryDirectory(prefix="starling-bench-") as folder, owned(Path(folder) / "data") as urls:
        yield urls.redis_url


if __name__ == "__main__":
    with server() as redis_url:
        asyncio.run(compare(redis_url))
