"""What a page of an author's active followers costs in Neo4j: `python -m bench.graph [GRAPH_URL]`.

One author has 200,000 followers, of whom 5 % are active; another has as many active ones, and no others. Reads all
pages of 1,000 of both through the adapter, and those of the first by the driver alone with the same statement, page by
page in turns. Without a URL it takes STARLING_GRAPH_URL. Deletes whatever lies in the database.
"""

import asyncio
import os
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from statistics import quantiles
from time import perf_counter

from neo4j import AsyncDriver

from domain.activity import Fame
from migrations.neo4j.target import Neo4jTarget
from migrations.runner import migrate
from stores.graph.neo4j import Neo4jGraph
from stores.graph.neo4j.edges import FEEDING
from stores.neo4j import Neo4jDatabase, database_of, driver_of
from tests.support import graphs

FOLLOWERS = 200_000
ACTIVE_EVERY = 20
PAGE = 1_000
ROUNDS = 40
MIXED, ACTIVE = 1, 2
TARGET = 1.3
"""Times the driver's own time, at most; and as much for the author with resting followers, of that of the other."""

_PEOPLE = """
    UNWIND range(1, $last) AS id
    CALL (id) {
        CREATE (:Person {
            id: id, handle: 'u' + id, handle_lower: 'u' + id, display_name: '', bio: '', is_protected: false,
            activity: CASE WHEN id % $every = 0 THEN 'ACTIVE' ELSE 'INACTIVE' END, last_seen: 0,
            followers: 0, following: 0
        })
    } IN TRANSACTIONS OF 5000 ROWS
"""
_FOLLOWS = """
    MATCH (author:Person {id: $author})
    UNWIND range($first, $last, $step) AS id
    CALL (author, id) {
        MATCH (follower:Person {id: id})
        CREATE (follower)-[:FOLLOWS {
            id: $author * 1000000 + id, follower: id, followee: author.id, feeds: id % $every = 0
        }]->(author)
    } IN TRANSACTIONS OF 5000 ROWS
"""

Read = Callable[[int, int], Awaitable[Sequence[int]]]


async def run(driver: AsyncDriver, name: str, statement: str, **parameters: int) -> None:
    async with driver.session(database=name) as session:
        await (await session.run(statement, parameters)).consume()


async def fill(driver: AsyncDriver, name: str) -> None:
    last = FOLLOWERS + 9
    await run(driver, name, _PEOPLE, last=last, every=ACTIVE_EVERY)
    await run(driver, name, _FOLLOWS, author=MIXED, first=10, last=last, step=1, every=ACTIVE_EVERY)
    await run(driver, name, _FOLLOWS, author=ACTIVE, first=20, last=last, step=ACTIVE_EVERY, every=ACTIVE_EVERY)
    await run(driver, name, "CALL db.awaitIndexes(600)")


async def measure(reads: Mapping[str, tuple[Read, int]]) -> dict[str, list[float]]:
    """Milliseconds of each page, by the reads' names: all of them take turns."""
    taken = defaultdict(list)
    for _ in range(ROUNDS):
        after = dict.fromkeys(reads, 0)
        for _ in range(FOLLOWERS // ACTIVE_EVERY // PAGE):
            for name, (read, author) in reads.items():
                began = perf_counter()
                page = await read(author, after[name])
                taken[name].append((perf_counter() - began) * 1000)
                assert len(page) == PAGE, f"a page of {len(page)}"
                after[name] = page[-1]
    return taken


async def compare(url: str) -> None:
    await migrate(Neo4jTarget(url))
    database = await Neo4jDatabase.open(url)
    graph = Neo4jGraph(database, Fame(10_000))
    async with driver_of(url, connections=1) as driver:
        await graphs.empty(database)
        await fill(driver, database_of(url))

        async def bare(author: int, after: int) -> Sequence[int]:
            async with driver.session(database=database_of(url)) as session:
                given = {"followee_id": author, "after": after, "limit": PAGE}
                page: Sequence[int] = (await (await session.run(FEEDING, given=given)).single(strict=True))[0]
                return page

        async def feeding(author: int, after: int) -> Sequence[int]:
            return await graph.feeding(author, after, PAGE)

        reads = {
            "200,000 followers, 5 % active": (feeding, MIXED),
            "10,000 followers, all active": (feeding, ACTIVE),
            "the driver alone, as the first": (bare, MIXED),
        }
        await measure(reads)  # planned, compiled, and in memory
        tell(await measure(reads))
        await graphs.empty(database)
    await database.close()


def tell(taken: dict[str, list[float]]) -> None:
    cuts = {name: quantiles(times, n=100) for name, times in taken.items()}
    print(f"pages of {PAGE:,} active followers, {len(next(iter(taken.values())))} of each, target {TARGET} times:")
    for name, cut in cuts.items():
        print(f"  {name:31} p50 {cut[49]:6.2f} ms, p99 {cut[98]:6.2f} ms")
    mixed, active, bare = cuts.values()
    print(f"  to the driver alone: p50 {mixed[49] / bare[49]:.2f} times, p99 {mixed[98] / bare[98]:.2f} times")
    print(f"  to the author without others: p50 {mixed[49] / active[49]:.2f}, p99 {mixed[98] / active[98]:.2f}")


if __name__ == "__main__":
    given = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("STARLING_GRAPH_URL", "")
    if not given.startswith(("bolt", "neo4j")):
        print("left out: it needs a Neo4j, named by STARLING_GRAPH_URL")
        sys.exit()
    asyncio.run(compare(given))
