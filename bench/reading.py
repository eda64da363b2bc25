"""What a page of the home timeline costs to read: `python -m bench.reading [--form scaled_out]`.

A viewer who follows 200 authors, 20 of them famous with pull indexes of 800, and a full timeline reads pages of 50 by
the API's schema, without HTTP: waves and round trips to stores; then p50 and p99, beside a bare fetch of the same rows
(the same lists from Valkey by one pipeline, the same tweets, people and marks from Postgres by one query each), in
turns. On an embedded Postgres and Valkey; scaled out without the bare fetch, as it lies in other stores then.
"""

import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

import asyncpg

from bench.support import crowd
from bench.support.forms import arguments
from composition import Process, compose, process
from domain.activity import Activity
from domain.tweets import NewTweet
from events import ActivityChanged, Event, TweetsPosted
from stores.redis import Client, open_client
from stores.timelines.redis import list_key
from tests.api.in_process import ask
from tests.api.waves import Waves
from tests.support.forms import form

AUTHORS, FAMOUS = 200, 20
EACH = 800
FEW = 8
"""Tweets of each author who is not famous: 1,440 together, more than a timeline holds."""

CHANCE = random.Random(1)
PAGE = 50
READS = 300
QUERY = """query($first: Int!) { timeline(first: $first) { liveCursor pageInfo { hasNextPage endCursor } edges {
  source node { id text createdAt likeCount retweetCount replyCount viewerLikes viewerRetweeted
    author { handle displayName } } } } }"""

TWEETS = "SELECT * FROM tweets LEFT JOIN tweet_counts ON tweet_id = tweets.id WHERE tweets.id = ANY($1::bigint[])"
FOLLOWEES = "SELECT followee_id FROM follows WHERE follower_id = $1"
PEOPLE = "SELECT * FROM users LEFT JOIN follow_counts ON user_id = id WHERE id = ANY($1::bigint[])"
LIKES = "SELECT tweet_id FROM likes WHERE user_id = $1 AND tweet_id = ANY($2::bigint[])"
RETWEETS = "SELECT id FROM tweets WHERE author_id = $1 AND retweet_of_id = ANY($2::bigint[]) AND NOT deleted"


async def write(bench: Process, author: int, count: int, *, pulled: bool) -> list[int]:
    """Tweets in the store, one a minute at a random moment, which were told of long ago."""
    ages = sorted(60_000 * (number + CHANCE.random()) for number in range(count))
    ids = [bench.snowflakes.mint() - (int(age) << 22) for age in ages]
    event = Event(bench.snowflakes.mint(), TweetsPosted((), ()))
    tweets = [
        NewTweet(tweet_id, event.id - (86_400_000 << 22), author, f"tweet {tweet_id}", tweet_id, pulled=pulled)
        for tweet_id in ids
    ]
    await bench.stores.tweets.create_missing(tweets, event)
    return ids


async def make(bench: Process) -> tuple[int, list[int]]:
    """The viewer and the famous ones."""
    famous = await crowd.people(bench, FAMOUS, "famous", active=True)
    others = await crowd.people(bench, AUTHORS - FAMOUS, "author", active=True)
    fans = await crowd.people(bench, bench.settings.famous_followers, "fan", active=False)
    [viewer] = await crowd.people(bench, 1, "viewer", active=True)
    for author in famous:
        await crowd.follow(bench, fans, author)
    for author in [*famous, *others]:
        await crowd.follow(bench, [viewer], author)
    for author in famous:
        await write(bench, author, EACH, pulled=True)
        await bench.builder.index(author)
    for author in others:
        await write(bench, author, FEW, pulled=False)
    await bench.stores.graph.seen([viewer], datetime.now(UTC))
    event = Event(bench.snowflakes.mint(), ActivityChanged((viewer,)))
    await bench.stores.graph.reclass([viewer], Activity.ACTIVE, event)
    await bench.builder.build(viewer)
    return viewer, famous


async def count_waves(bench: Process, viewer: int) -> None:
    waves = Waves(bench.stores)
    reader = compose(bench.settings, waves.stores)
    await reader.follow_live_log()
    waves.forget()
    data = await ask(reader, viewer, QUERY, first=PAGE)
    sources = [edge["source"] for edge in data["timeline"]["edges"]]
    print(f"a page of {len(sources)}: " + ", ".join(f"{sources.count(each)} {each}" for each in sorted(set(sources))))
    print(f"{waves.count} waves (target at most 6), {len(waves.calls)} round trips:")
    for call in waves.calls:
        print(f"  {call.wave}  {call.name} of {call.keys}")
    await reader.background.stop()


async def bare(pool: asyncpg.Pool, client: Client, viewer: int, famous: Sequence[int], ids: Sequence[int]) -> None:
    """The same rows, known beforehand."""

    async def lists() -> None:
        async with client.pipeline(transaction=False) as pipe:
            pipe.lrange(list_key(viewer), 0, -1)
            for author in famous:
                pipe.lrange(list_key(author, "pulled"), 0, -1)
            await pipe.execute()

    await asyncio.gather(lists(), pool.fetch(FOLLOWEES, viewer))
    tweets = await pool.fetch(TWEETS, ids)
    authors = list({row["author_id"] for row in tweets})
    await asyncio.gather(pool.fetch(PEOPLE, authors), pool.fetch(LIKES, viewer, ids), pool.fetch(RETWEETS, viewer, ids))


async def time_of(work: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await work()
    return (time.perf_counter() - began) * 1000


def line(name: str, found: Sequence[float]) -> str:
    p99 = sorted(found)[int(len(found) * 0.99)]
    return f"{name:12} p50 {statistics.median(found):6.2f} ms   p99 {p99:6.2f} ms"


async def compare(bench: Process, viewer: int, famous: Sequence[int]) -> None:
    client = open_client(bench.settings.redis_url or "")
    timelines = bench.services.timelines
    page = await timelines.page(viewer, first=PAGE, after=None, last=None, before=None)
    ids = [tweet.id for tweet in page.nodes]
    async with asyncpg.create_pool(bench.settings.database_url, min_size=3) as pool:
        reads: dict[str, Callable[[], Awaitable[object]]] = {
            "by the API": lambda: ask(bench, viewer, QUERY, first=PAGE),
            "the service": lambda: timelines.page(viewer, first=PAGE, after=None, last=None, before=None),
        }
        if bench.settings.graph_url is None:
            reads["bare"] = lambda: bare(pool, client, viewer, famous, ids)
        found: dict[str, list[float]] = {name: [] for name in reads}
        for _ in range(READS):
            for name, read in reads.items():
                found[name].append(await time_of(read))
    await client.aclose()
    for name, times in found.items():
        print(line(name, times))
    if "bare" in found:
        ratio = statistics.median(found["by the API"]) / statistics.median(found["bare"])
        print(f"by the API: {ratio:.1f} times bare")


async def main(urls: Mapping[str, str]) -> None:
    with crowd.servers(famous_followers=1_000, **urls) as settings:
        async with process(settings) as bench:
            viewer, famous = await make(bench)
            await bench.follow_live_log()
            await count_waves(bench, viewer)
            await compare(bench, viewer, famous)


if __name__ == "__main__":
    with form(arguments().parse_args().form) as form_urls:
        asyncio.run(main(form_urls))
