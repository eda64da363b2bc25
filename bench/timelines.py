"""What writing a tweet into its followers' timelines costs: `python -m bench.timelines [REDIS_URL]`.

Pushes ids, one at a time, into pages of 1,000 full timelines of 800, so often that each is trimmed; then the same
entries into sorted sets by pipelines of ZADD and ZREMRANGEBYRANK. Without a URL it runs on an embedded Valkey. Deletes
whatever lies on the server.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from stores.embedded import owned
from stores.redis import Client, open_client
from stores.timelines.redis import RedisTimelines, key

SIZE = 800
PAGE = 1_000
READERS = 2_000
TWEETS = 100
FIRST_ID = 2**61
TARGET = 200_000
"""Entries per second that the design asks of a page's push."""


def sorted_set(reader_id: int) -> str:
    return f"sorted:{reader_id}"


async def fill(client: Client, timelines: RedisTimelines) -> None:
    """Full timelines and sorted sets of the same ids, which lie a second apart."""
    ids = [FIRST_ID - (age << 32) for age in range(SIZE)]
    members: dict[bytes, float] = {tweet_id.to_bytes(8): tweet_id for tweet_id in ids}
    for reader in range(READERS):
        await timelines.begin(reader, b"epoch---", 0)
        await timelines.merge(reader, ids, 0, epoch=b"epoch---")
        await client.zadd(sorted_set(reader), members)


async def push_to_sorted_sets(client: Client, readers: range, tweet_id: int) -> None:
    async with client.pipeline(transaction=False) as pipe:
        for reader in readers:
            pipe.zadd(sorted_set(reader), {tweet_id.to_bytes(8): tweet_id})
            pipe.zremrangebyrank(sorted_set(reader), 0, -SIZE - 1)
        await pipe.execute()


async def rate(push: Callable[[range, int], Awaitable[object]]) -> float:
    """Entries per second."""
    began = perf_counter()
    for number in range(1, TWEETS + 1):
        for start in range(0, READERS, PAGE):
            await push(range(start, start + PAGE), FIRST_ID + (number << 32))
    return READERS * TWEETS / (perf_counter() - began)


async def compare(url: str) -> None:
    client = open_client(url)
    await client.flushall()
    timelines = RedisTimelines(client, SIZE)
    await fill(client, timelines)
    list_bytes, set_bytes = [await client.memory_usage(name, samples=0) for name in (key(0), sorted_set(0))]
    lists = await rate(lambda page, tweet_id: timelines.push(page, [tweet_id], redelivered=False))
    sets = await rate(lambda page, tweet_id: push_to_sorted_sets(client, page, tweet_id))
    print(f"{READERS} timelines of {SIZE}, {TWEETS} tweets into each by pages of {PAGE}")
    print(f"lists, one script a page: {lists:>9,.0f} entries/s (target {TARGET:,}), {list_bytes:>6,} bytes each")
    print(f"sorted sets, pipelined:   {sets:>9,.0f} entries/s, {set_bytes:>6,} bytes each")
    print(f"ratio: {lists / sets:.1f}")
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
