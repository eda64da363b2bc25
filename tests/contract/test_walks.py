"""Walks through all tweets and all people, as rebuilding an index needs them."""

import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.graph import User
from domain.page import Part
from domain.tweets import Tweet
from stores.graph import GraphStore
from stores.tweets import TweetStore
from tests.contract.graph_makers import add_people
from tests.contract.makers import LARGEST, event, examples, new_id, tweet

Scanned = TypeVar("Scanned", Tweet, User)


async def walked(
    scan: Callable[[str | None, int], Awaitable[Part[Scanned]]],
    size: int,
    between: Callable[[], Awaitable[None]] | None = None,
) -> list[Scanned]:
    """All rows, read in parts with something done between them; how far it is told to be never falls."""
    rows: list[Scanned] = []
    done = 0.0
    position: str | None = None
    while True:
        part = await scan(position, size)
        assert len(part.rows) <= size
        assert done <= part.done <= 1
        rows += part.rows
        done, position = part.done, part.next
        if position is None:
            assert done == 1
            return rows
        if between:
            await between()


@pytest.mark.parametrize("size", [1, 2, 3, 100])
async def test_all_tweets_are_walked_through(tweets: TweetStore, size: int) -> None:
    assert await walked(tweets.scan, size) == []
    root, gone = tweet(1, tweet_id=1), tweet(1)
    reply, quote, largest = tweet(2, reply_to=1), tweet(3, quote_of=1), tweet(1, tweet_id=LARGEST)
    for new in (largest, root, gone, reply, quote):
        await tweets.create(new, event())
    await tweets.retweet(tweet(2, text="", retweet_of=1), event())
    await tweets.delete(gone.id, event())
    ids = [root.id, reply.id, quote.id, largest.id]
    rows = await walked(tweets.scan, size)
    assert len(rows) == 4
    assert {row.id: row for row in rows} == await tweets.tweets(ids)


@pytest.mark.parametrize("size", [1, 2, 3, 100])
async def test_all_people_are_walked_through(graph: GraphStore, size: int) -> None:
    assert await walked(graph.scan, size) == []
    ids = [*await add_people(graph, 3), LARGEST]
    await graph.merge_users([(LARGEST, "Largest", "Largest")], event())
    rows = await walked(graph.scan, size)
    assert len(rows) == 4
    assert {row.id: row for row in rows} == await graph.users(ids)


@examples
@given(before=st.integers(0, 12), size=st.integers(1, 5), chance=st.randoms(use_true_random=False))
async def test_what_was_there_comes_once_whatever_is_written_meanwhile(
    tweets: TweetStore, before: int, size: int, chance: random.Random
) -> None:
    """Between any two parts one is written, older than what was there or newer, and one deleted."""
    ids = [new_id() for _ in range(2 * before)]
    chance.shuffle(ids)
    there, later = ids[:before], ids[before:]
    for tweet_id in there:
        await tweets.create(tweet(1, tweet_id=tweet_id), event())
    doomed = there[: before // 2]

    async def write() -> None:
        if later:
            await tweets.create(tweet(1, tweet_id=later.pop()), event())
        if doomed:
            await tweets.delete(doomed.pop(), event())

    found = [row.id for row in await walked(tweets.scan, size, write)]
    assert len(found) == len(set(found))
    assert set(there[before // 2 :]) <= set(found)
