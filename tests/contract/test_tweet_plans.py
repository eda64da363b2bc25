"""What the statements that read many viewers' marks at once read in Postgres."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from stores.postgres import Database
from stores.tweets.postgres import PostgresTweets
from tests.contract import index_reads
from tests.contract.postgres_fixtures import execute

NEW, FRESH, VIRAL = 40_001, 40_002, 40_003
"""Tweets that nobody likes or has retweeted, three people, and 20,000."""

VIEWERS = range(10_001, 20_001)
MARKED = {(15_000, FRESH)}
FILL = f"""
    INSERT INTO tweets (id, event_id, author_id, text, conversation_id)
        SELECT n, n, n % 1000, 'text', n FROM generate_series(1, 40003) AS n;
    INSERT INTO likes (user_id, tweet_id, id) SELECT u, {VIRAL}, 100000 + u FROM generate_series(1, 20000) AS u
        UNION ALL SELECT u * 5000, {FRESH}, 200000 + u FROM generate_series(1, 3) AS u
        UNION ALL SELECT n % 10 * 1999 + 1, n / 10, 300000 + n FROM generate_series(10, 200000) AS n;
    INSERT INTO tweets (id, event_id, author_id, text, conversation_id, retweet_of_id)
        SELECT id + 100000, id, user_id, '', id, tweet_id FROM likes;
"""  # noqa: S608
"""Of the viewers, five have liked and retweeted 20,000 tweets each."""


@pytest.fixture(scope="module")
def filled_url(postgres_server: str) -> str:
    return asyncio.run(index_reads.filled(postgres_server, "tweet_plans", FILL))


@pytest.fixture(params=["force_generic_plan", "force_custom_plan"])
async def filled(filled_url: str, request: pytest.FixtureRequest) -> str:
    """Where statements are planned in one of the two ways that there are."""
    await execute(filled_url, f"ALTER DATABASE tweet_plans SET plan_cache_mode = {request.param}")
    return filled_url


def among(database: Database, method: str) -> Callable[[Sequence[int], Sequence[int]], Awaitable[set[tuple[int, int]]]]:
    tweets = PostgresTweets(database)
    return {"likes": tweets.likes_among, "retweets": tweets.retweets_among}[method]


@pytest.mark.parametrize("method", ["likes", "retweets"])
async def test_marks_of_many_viewers_cost_no_more_than_a_look_each(filled: str, method: str) -> None:
    """Whatever else the viewers like: that would be 100,000 rows."""

    async def read(database: Database) -> None:
        assert await among(database, method)(VIEWERS, [FRESH]) == MARKED
        assert await among(database, method)(VIEWERS, [NEW]) == set()

    read_rows = sum(rows for rows, _ in (await index_reads.reads(filled, read)).values())
    assert read_rows <= 10


@pytest.mark.parametrize("method", ["likes", "retweets"])
async def test_marks_of_few_viewers_cost_little_however_many_others_there_are(filled: str, method: str) -> None:
    async def read(database: Database) -> None:
        assert await among(database, method)([1, 2, 30_000], [VIRAL]) == {(1, VIRAL), (2, VIRAL)}

    read_rows = sum(rows for rows, _ in (await index_reads.reads(filled, read)).values())
    assert read_rows <= 10


async def test_likes_of_what_nobody_likes_cost_nothing_for_each_viewer(filled: str) -> None:
    async def read(database: Database) -> None:
        assert await PostgresTweets(database).likes_among(VIEWERS, [NEW]) == set()

    assert sum(pages for _, pages in (await index_reads.reads(filled, read)).values()) <= 10
