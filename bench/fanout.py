"""What it takes to write a tweet into its followers' timelines, from the event on: `python -m bench.fanout [VALKEYS]
[--form scaled_out]`.

On an embedded Postgres and Valkey with worker processes of their own, all timelines full (800 entries) and on the
same Valkey, or on VALKEYS further ones:
- deliveries a second through one worker, graph paging and jobs included, one tweet at a time and twenty waiting at
  once, beside the same entries by pipelined ZADD and ZREMRANGEBYRANK from redis-py on one of these Valkeys, in turns;
- followers who are not active: what they add;
- four authors of 9,999 active followers posting 20 tweets a second together: how soon all have each;
- 100,000 active followers with the famous threshold raised: how soon all have it, with two workers;
- bytes of Redis per timeline.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from bench.support import crowd
from bench.support.forms import arguments
from composition import Process, process
from services.tweets import TweetDraft
from stores.redis import Client, open_client
from stores.timelines.redis import list_key
from stores.timelines.spread import place
from stores.urls import checked_timeline_urls
from tests.support.forms import form

FOLLOWERS = 9_999
CROWD = 100_000
PAGE = 1_000
ROUNDS = 5
BURST = 20
AUTHORS = 4
PER_SECOND = 20
SECONDS = 15
SIZE = 800
LOOK_SECONDS = 0.02
NEWEST = 100
"""More than are on their way at once, unless deliveries fall behind for good."""


class Delivered:
    """When a tweet is in all of its readers' timelines. A page of readers, the first of which has the author too, is
    written from its first to its last, who tells of all; on several servers, the last one on each. However many tweets
    are waited for, one small look every LOOK_SECONDS serves all."""

    def __init__(self, clients: Sequence[Client], readers: Sequence[int]) -> None:
        self._names: dict[Client, list[str]] = {client: [] for client in clients}
        for start in range(0, len(readers) + 1, PAGE):
            page = readers[max(start - 1, 0) : start + PAGE - 1]
            for reader in {place(reader, len(clients)): reader for reader in page}.values():
                self._names[clients[place(reader, len(clients))]].append(list_key(reader))
        self._waiting: dict[bytes, asyncio.Future[float]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def wait(self, tweet_id: int) -> float:
        """The time at which it was seen there."""
        seen: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting[tweet_id.to_bytes(8)] = seen
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        return await seen

    async def _look(self) -> None:
        while self._waiting:
            found = await asyncio.gather(*map(self._newest, self._names))
            everywhere = set.intersection(*(ids for each in found for ids in each))
            for tweet_id in everywhere & self._waiting.keys():
                self._waiting.pop(tweet_id).set_result(time.perf_counter())
            await asyncio.sleep(LOOK_SECONDS)

    async def _newest(self, client: Client) -> list[set[bytes]]:
        async with client.pipeline(transaction=False) as pipe:
            for name in self._names[client]:
                pipe.lrange(name, 0, NEWEST)
            return [set(ids) for ids in await pipe.execute()]


async def tweet(bench: Process, author: int, number: int) -> int:
    return await bench.services.tweets.create(author, TweetDraft(f"number {number}"))


async def entries_per_second(readers: int, tweets: int, work: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await work()
    return readers * tweets / (time.perf_counter() - began)


async def by_sorted_sets(client: Client, readers: Sequence[int], tweet_ids: Sequence[int]) -> None:
    """The same entries bare: a thousand readers a pipeline."""
    for tweet_id in tweet_ids:
        for start in range(0, len(readers), PAGE):
            async with client.pipeline(transaction=False) as pipe:
                for reader in readers[start : start + PAGE]:
                    pipe.zadd(f"bare:{reader}", {tweet_id.to_bytes(8): tweet_id})
                    pipe.zremrangebyrank(f"bare:{reader}", 0, -SIZE - 1)
                await pipe.execute()


async def fill_sorted_sets(client: Client, readers: Sequence[int]) -> None:
    members = {(number << 40).to_bytes(8): float(number) for number in range(SIZE)}
    for reader in readers:
        await client.zadd(f"bare:{reader}", members)


async def throughput(bench: Process, clients: Sequence[Client], author: int, readers: Sequence[int]) -> None:
    delivered = Delivered(clients, readers)
    rates: dict[str, list[float]] = {"one at a time": [], f"{BURST} at once": [], "bare sorted sets": []}

    async def one_by_one() -> None:
        for number in range(BURST // 4):
            await delivered.wait(await tweet(bench, author, number))

    async def burst() -> None:
        ids = await asyncio.gather(*(tweet(bench, author, number) for number in range(BURST)))
        await asyncio.gather(*map(delivered.wait, ids))

    async def bare() -> None:
        await by_sorted_sets(clients[0], readers, [bench.snowflakes.mint() for _ in range(BURST // 4)])

    for _ in range(ROUNDS):
        rates["one at a time"].append(await entries_per_second(len(readers), BURST // 4, one_by_one))
        rates[f"{BURST} at once"].append(await entries_per_second(len(readers), BURST, burst))
        rates["bare sorted sets"].append(await entries_per_second(len(readers), BURST // 4, bare))
    base = statistics.median(rates["bare sorted sets"])
    print(f"\nInto {len(readers):,} timelines by one worker, entries/s (median of {ROUNDS}, least, most):")
    for name, found in rates.items():
        middle = statistics.median(found)
        print(f"  {name:18} {middle:>9,.0f} {min(found):>9,.0f} {max(found):>9,.0f}   {middle / base:.2f} times bare")
    print("  target: 1.5 times bare")


async def inactive(bench: Process, clients: Sequence[Client], author: int, readers: Sequence[int]) -> None:
    """The same tweet before and after nine inactive followers for each active one came."""
    delivered = Delivered(clients, readers)

    async def once() -> tuple[float, int]:
        before = await pushes(clients)
        began = time.perf_counter()
        await delivered.wait(await tweet(bench, author, 0))
        return time.perf_counter() - began, await pushes(clients) - before

    await once()
    alone = [await once() for _ in range(ROUNDS)]
    crowd_ids = await crowd.people(bench, 9 * len(readers), "idle", active=False)
    await crowd.follow(bench, crowd_ids, author)
    beside = [await once() for _ in range(ROUNDS)]
    print(f"\n{len(readers):,} active followers, and then {len(crowd_ids):,} inactive ones besides:")
    for name, runs in (("alone", alone), ("besides", beside)):
        seconds = statistics.median(run[0] for run in runs)
        print(f"  {name:8} {seconds * 1000:6.1f} ms, {min(r[1] for r in runs):,} to {max(r[1] for r in runs):,} pushes")


async def pushes(clients: Sequence[Client]) -> int:
    """LPUSH calls that the servers have had: one a timeline written to."""
    stats = [await client.info("commandstats") for client in clients]
    return sum(int(each.get("cmdstat_lpush", {}).get("calls", 0)) for each in stats)


async def steady(bench: Process, clients: Sequence[Client], authors: Sequence[int], readers: Sequence[int]) -> None:
    delivered = Delivered(clients, readers)
    began = time.perf_counter()

    async def one(number: int) -> float:
        await asyncio.sleep(number / PER_SECOND - (time.perf_counter() - began))
        asked = time.perf_counter()
        tweet_id = await tweet(bench, authors[number % len(authors)], number)
        return await delivered.wait(tweet_id) - asked

    found = sorted(await asyncio.gather(*(one(number) for number in range(PER_SECOND * SECONDS))))
    print(f"\n{len(authors)} authors of {len(readers):,} active followers each, one worker, {PER_SECOND} tweets/s:")
    shown(found, "target p99 1,000 ms")


async def raised(bench: Process, clients: Sequence[Client], author: int, readers: Sequence[int], count: int) -> None:
    delivered = Delivered(clients, readers)
    found = []
    for number in range(ROUNDS):
        asked = time.perf_counter()
        found.append(await delivered.wait(await tweet(bench, author, number)) - asked)
    print(f"\n{len(readers):,} active followers, {count} workers, a tweet at a time, {ROUNDS} tweets:")
    shown(sorted(found), "target 3,000 ms" if count > 1 else "for comparison")


def shown(found: Sequence[float], target: str) -> None:
    p99 = found[int(len(found) * 0.99)]
    named = {"p50": statistics.median(found), "p99": p99, "most": found[-1]}
    times = ", ".join(f"{name} {seconds * 1000:,.0f} ms" for name, seconds in named.items())
    print(f"  all have it after {times} ({target})", flush=True)


async def used_memory(clients: Sequence[Client]) -> int:
    return sum([int((await client.info("memory"))["used_memory"]) for client in clients])


async def main(urls: Mapping[str, str], valkeys: int) -> None:
    with crowd.servers(valkeys, famous_followers=1_000_000, **urls) as settings:
        async with process(settings) as bench:
            clients = [open_client(url) for url in checked_timeline_urls(settings)]
            readers = await crowd.people(bench, FOLLOWERS, "reader", active=True)
            authors = await crowd.people(bench, AUTHORS, "author", active=True)
            for author in authors:
                await crowd.follow(bench, readers, author)
            before = await used_memory(clients)
            await crowd.fill(bench, readers)
            each = (await used_memory(clients) - before) / len(readers)
            print(
                f"{each:,.0f} bytes of Redis per timeline of {SIZE}, all that is kept beside it included (target 9,000)"
            )
            await fill_sorted_sets(clients[0], readers)
            with crowd.workers(settings, 1):
                await throughput(bench, clients, authors[0], readers)
                await steady(bench, clients, authors, readers)
                await inactive(bench, clients, authors[1], readers)
            await clients[0].unlink(*(f"bare:{reader}" for reader in readers))
            more = await crowd.people(bench, CROWD - FOLLOWERS, "more", active=True)
            await crowd.fill(bench, more)
            await crowd.follow(bench, more, authors[2])
            for count in (1, 2):
                with crowd.workers(settings, count):
                    await raised(bench, clients, authors[2], [*readers, *more], count)
            for client in clients:
                await client.aclose()


if __name__ == "__main__":
    given = arguments(valkeys=0).parse_args()
    with form(given.form) as form_urls:
        asyncio.run(main(form_urls, given.valkeys))
