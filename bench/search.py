"""What a search in Elasticsearch costs: `STARLING_SEARCH_URL=http://… python -m bench.search [TWEETS.tsv.gz]`.

Prints p50 and p99 of a page of 20 by each kind of search, beside the client's bare call with the same body, in turns;
the queries are made of the texts' own words. The texts are indexed over and over until there are TWEETS, in indexes
that are dropped again; how fast that goes is told, too.
"""

import gzip
import os
import random
import secrets
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import quantiles

import uvloop

from domain.activity import Activity
from domain.graph import User
from domain.search import Hit, SearchCursor
from domain.snowflake import compose
from domain.tweets import Tweet
from migrations.elasticsearch.target import ElasticsearchTarget
from migrations.runner import migrate
from stores.elasticsearch import Cluster, open_cluster
from stores.search.elasticsearch import ElasticsearchSearch, queries

TEXTS = Path(__file__).parents[2] / "shared/data/tweets.tsv.gz"
TWEETS, PEOPLE = 50_000, 10_000
AT_ONCE = 1_000
PAGE = 20
ROUNDS = 1_000
START_MS = 1_700_000_000_000
CHANCE = random.Random(1)
WRITTEN = Tweet(1, 1, 1, "", 1, None, None, None, None, False, 0, 0, 0, 0)  # noqa: FBT003 - whether it is pulled

Find = Callable[[str, int, SearchCursor | None], Awaitable[Sequence[Hit]]]
Body = Callable[[str, int, SearchCursor | None], queries.Search | None]


def tweets(texts: Sequence[str]) -> list[Tweet]:
    """A tweet a minute, liked by few and retweeted by fewer."""
    made = []
    for number in range(TWEETS):
        tweet_id, likes = compose(START_MS + number * 60_000, 0, 0), int(CHANCE.paretovariate(1)) - 1
        written = replace(WRITTEN, id=tweet_id, text=texts[number % len(texts)])
        made.append(replace(written, like_count=likes, retweet_count=likes // 4))
    return made


def people(words: Sequence[str]) -> list[User]:
    """Named and described by words of the texts."""
    made = []
    for number in range(PEOPLE):
        name, bio = f"{CHANCE.choice(words)} {CHANCE.choice(words)}", " ".join(CHANCE.choices(words, k=12))
        followers = int(CHANCE.paretovariate(0.7)) - 1
        handle = f"{''.join(filter(str.isalnum, CHANCE.choice(words)))[:9]}{number}"
        made.append(
            User(
                number + 1, handle, name, bio, followers, 0, None, Activity.ACTIVE, is_famous=False, is_protected=False
            )
        )
    return made


def asked(texts: Sequence[str]) -> str:
    """One or two words of a text, now and then a phrase or an alternative."""
    words = CHANCE.choice(texts).split()
    at = CHANCE.randrange(len(words))
    pair = [word.replace('"', "") for word in words[at : at + 2]]
    return CHANCE.choice([words[at], words[at], " ".join(pair), f'"{" ".join(pair)}"', " or ".join(pair)])


async def fill(search: ElasticsearchSearch, cluster: Cluster, texts: Sequence[str]) -> None:
    words = [word for text in texts for word in text.split()]
    made, persons = tweets(texts), people(words)
    began = time.perf_counter()
    for start in range(0, TWEETS, AT_ONCE):
        await search.index_tweets(made[start : start + AT_ONCE], 1)
    seconds = time.perf_counter() - began
    print(f"indexed {TWEETS:,} tweets in {seconds:.1f} s: {TWEETS / seconds:,.0f}/s, {AT_ONCE:,} at once")
    for start in range(0, PEOPLE, AT_ONCE):
        await search.index_people(persons[start : start + AT_ONCE], 1)
    await cluster.client.indices.refresh(index=[cluster.index("tweets"), cluster.index("people")])


async def compare(cluster: Cluster, index: str, texts: Sequence[str], find: Find, body: Body) -> None:
    """In turns, the one that comes first by chance: what comes second finds the server's caches filled."""
    spent: dict[str, list[float]] = {"ours": [], "bare": []}
    hits = 0
    for _ in range(ROUNDS):
        query = asked(texts)
        search = body(query, PAGE, None)
        if search is None:
            continue
        for name in CHANCE.sample(["ours", "bare"], 2):
            began = time.perf_counter()
            if name == "ours":
                hits += len(await find(query, PAGE, None))
            else:
                await cluster.client.search(index=index, **search.body)
            spent[name].append((time.perf_counter() - began) * 1e3)
    (ours50, ours99), (bare50, bare99) = (
        (cuts[49], cuts[98]) for cuts in (quantiles(each, n=100) for each in spent.values())
    )
    print(
        f"{body.__name__:14} p50 {ours50:.2f} ms, p99 {ours99:.2f} ms; bare p50 {bare50:.2f} ms, p99 {bare99:.2f} ms;"
        f" {ours50 / bare50:.2f} and {ours99 / bare99:.2f} times; {hits / len(spent['ours']):.1f} hits"
    )


async def bench(url: str, path: Path) -> None:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        texts = [line.rstrip("\n").split("\t", 1)[1] for line in lines][1:]
    await migrate(ElasticsearchTarget(url))
    cluster = open_cluster(url)
    try:
        search = ElasticsearchSearch(cluster)
        await fill(search, cluster, texts)
        for _ in range(2):  # the first round warms up
            await compare(cluster, cluster.index("tweets"), texts, search.top_tweets, queries.top_tweets)
            await compare(cluster, cluster.index("tweets"), texts, search.latest_tweets, queries.latest_tweets)
            await compare(cluster, cluster.index("people"), texts, search.people, queries.people)
    finally:
        made = await cluster.client.indices.get(index=f"{cluster.prefix}-*", features="aliases")
        await cluster.client.indices.delete(index=list(made.body))
        await cluster.close()


if __name__ == "__main__":
    server = os.environ.get("STARLING_SEARCH_URL", "")
    if server.startswith("http"):
        place = Path(sys.argv[1]) if len(sys.argv) > 1 else TEXTS
        uvloop.run(bench(f"{server.rstrip('/')}/starling-bench-{secrets.token_hex(4)}", place))
    else:
        print("needs an Elasticsearch: STARLING_SEARCH_URL=http://…")
