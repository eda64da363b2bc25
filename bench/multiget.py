"""What a page's tweets cost in Cassandra: `python -m bench.multiget [CASSANDRA_URL]`, by default STARLING_TWEETS_URL.

Reads 100 tweets at a time, by turns: through the store; as the driver alone does with one request per tweet, all sent
at once; and as it does with the statement that the store sends. In a keyspace of its own, which is dropped afterwards.
"""

import asyncio
import os
import random
import sys
from collections.abc import Awaitable, Callable
from itertools import count
from time import perf_counter
from urllib.parse import urlsplit

from cassandra.cluster import Session

from domain.snowflake import compose
from domain.tweets import NewTweet
from events import Event, UsersChanged
from migrations.cassandra.target import CassandraTarget
from migrations.runner import migrate
from stores.cassandra import Address, Database
from stores.tweets.cassandra import CassandraTweets
from stores.tweets.cassandra.reads import TWEETS

KEYSPACE = "starling_bench"
STORED, AT_ONCE, ROUNDS, WARM_UP = 4_000, 100, 400, 60
TARGET = 1.3
"""Times what the driver alone takes with one request per tweet."""
DROP_SECONDS = 60.0

_ids = count(compose(1_700_000_000_000, 0, 0))

Read = Callable[[list[int]], Awaitable[object]]


async def fill(tweets: CassandraTweets) -> list[int]:
    news = [NewTweet(next(_ids), next(_ids), next(_ids), "word " * 24, 1) for _ in range(STORED)]
    for start in range(0, STORED, 200):
        await tweets.create_missing(news[start : start + 200], Event(next(_ids), UsersChanged(())))
    return [new.id for new in news]


def bare(session: Session) -> tuple[Read, Read]:
    """(one request per tweet, one for all), of the driver alone: waited for in a thread, where its waiting holds up no
    loop."""
    one, many = session.prepare(TWEETS.replace("id IN ?", "id = ?")), session.prepare(TWEETS)

    def each(ids: list[int]) -> None:
        for future in [session.execute_async(one, (tweet_id,)) for tweet_id in ids]:
            future.result()

    async def read_each(ids: list[int]) -> None:
        await asyncio.to_thread(each, ids)

    async def read_all(ids: list[int]) -> None:
        await asyncio.to_thread(lambda: session.execute_async(many, (ids,)).result())

    return read_each, read_all


async def compare(reads: dict[str, Read], ids: list[int]) -> dict[str, list[float]]:
    """Milliseconds of each round, sorted. The rounds take turns, so that all meet the same machine."""
    took: dict[str, list[float]] = {name: [] for name in reads}
    chance = random.Random(1)
    for number in range(WARM_UP + ROUNDS):
        for name, read in reads.items():
            page = chance.sample(ids, AT_ONCE)
            began = perf_counter()
            await read(page)
            if number >= WARM_UP:
                took[name].append((perf_counter() - began) * 1_000)
    return {name: sorted(each) for name, each in took.items()}


async def main(url: str) -> None:
    own = urlsplit(url)._replace(path=f"/{KEYSPACE}").geturl()
    await migrate(CassandraTarget(own))
    cluster = Address.parse(own).cluster()
    session = cluster.connect(KEYSPACE)
    try:
        database = await Database.open(own)
        tweets = await CassandraTweets.open(database)
        read_each, read_all = bare(session)
        reads: dict[str, Read] = {"the store": tweets.tweets, "a request each": read_each, "one for all": read_all}
        took = await compare(reads, await fill(tweets))
        await database.close()
    finally:
        session.execute(f"DROP KEYSPACE {KEYSPACE}", timeout=DROP_SECONDS)
        cluster.shutdown()
    tell(took)


def tell(took: dict[str, list[float]]) -> None:
    print(f"{AT_ONCE} of {STORED:,} tweets, {ROUNDS} rounds each by turns, milliseconds:")
    figures = {name: (each[len(each) // 2], each[len(each) * 99 // 100]) for name, each in took.items()}
    for name, (p50, p99) in figures.items():
        print(f"  {name:<16} p50 {p50:>7.2f}   p99 {p99:>7.2f}")
    store, each, all_at_once = figures.values()
    ratios = [(own / driver) for own, driver in zip(store, each, strict=True)]
    print(
        f"the store takes {ratios[0]:.2f} (p50) and {ratios[1]:.2f} (p99) times the driver's requests, target {TARGET}"
    )
    print(f"and {store[0] / all_at_once[0]:.2f} and {store[1] / all_at_once[1]:.2f} times its one for all")


if __name__ == "__main__":
    given = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("STARLING_TWEETS_URL", "")
    if not given.startswith("cassandra:"):
        print("left out: it needs a Cassandra, named by STARLING_TWEETS_URL")
        sys.exit()
    asyncio.run(main(given))
