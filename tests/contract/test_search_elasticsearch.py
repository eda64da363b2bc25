"""What is Elasticsearch's own: ranks, failures of the server, and the refresh."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web

from domain.errors import Unavailable
from domain.search import SearchCursor
from domain.snowflake import compose
from domain.tweets import Tweet
from stores import elasticsearch
from stores.elasticsearch import Cluster, ask, open_cluster
from stores.reach import Refused, Unready
from stores.search.elasticsearch import ElasticsearchSearch
from stores.search.elasticsearch.documents import standing
from stores.search.elasticsearch.store import NotWritten
from tests.contract.elasticsearch_fixtures import ReadAtOnce
from tests.contract.makers import new_id
from tests.contract.test_search_store import NONE, person, tweet
from tests.support import stack

NOW_MS = 1_800_000_000_000
DAY_MS = 86_400_000

Call = Callable[[ElasticsearchSearch], Awaitable[object]]
CALLS: list[Call] = [
    lambda search: search.index_tweets([tweet(1, "tea")], 1),
    lambda search: search.remove_tweets([1]),
    lambda search: search.index_people([person(1, "tea")], 1),
    lambda search: search.top_tweets("tea", 1, None),
    lambda search: search.latest_tweets("tea", 1, None),
    lambda search: search.people("tea", 1, None),
    lambda search: search.missing_tweets([1]),
    lambda search: search.rebuild(),
]


def posted(days_ago: float, sequence: int, text: str = "tea", likes: int = 0) -> Tweet:
    tweet_id = compose(NOW_MS - int(days_ago * DAY_MS), 0, sequence)
    return replace(Tweet(tweet_id, tweet_id, 1, text, tweet_id, *NONE), like_count=likes)


@asynccontextmanager
async def answering(status: int | None, body: object, product: str = "Elasticsearch") -> AsyncIterator[str]:
    """A server that answers everything so; never, where there is no status."""

    async def serve(_request: web.BaseRequest) -> web.Response:
        if status is None:
            await asyncio.Event().wait()
        return web.json_response(body, status=status or 200, headers={"X-Elastic-Product": product})

    runner = web.ServerRunner(web.Server(serve), shutdown_timeout=0.01)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/some"
    finally:
        await runner.cleanup()


async def each_is_unavailable(url: str) -> None:
    cluster = open_cluster(url)
    try:
        for call in CALLS:
            with pytest.raises(Unavailable) as raised:
                await call(ElasticsearchSearch(cluster))
            assert raised.value.store == "search"
        with pytest.raises(Unavailable):
            await cluster.ping()
    finally:
        await cluster.close()


async def test_a_server_that_is_down_is_unavailable() -> None:
    await each_is_unavailable("http://127.0.0.1:1")
    with pytest.raises(Unready):
        await ask("http://127.0.0.1:1")


async def test_a_server_that_never_answers_is_unavailable_in_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elasticsearch, "ANSWER_SECONDS", 0.05)
    async with answering(None, None) as url:
        began = time.monotonic()
        await each_is_unavailable(url)
        assert time.monotonic() - began < 5


@pytest.mark.parametrize("status", [429, 503, 504])
async def test_a_server_with_too_much_to_do_is_unavailable(status: int) -> None:
    async with answering(status, {"error": {"type": "es_rejected_execution_exception"}, "status": 0}) as url:
        await each_is_unavailable(url)
        with pytest.raises(Unready):
            await ask(url)


@pytest.mark.parametrize(("status", "product"), [(200, "Other"), (401, "Elasticsearch"), (404, "Other")])
async def test_whoever_is_no_elasticsearch_or_lets_nobody_in_is_not_waited_for(status: int, product: str) -> None:
    async with answering(status, {}, product) as url:
        with pytest.raises(Refused):
            await ask(url)


@pytest.mark.parametrize("path", ["Upper", "_hidden", "a/b", "a*", "a" * 101])
async def test_a_path_that_can_begin_no_name_is_refused(path: str) -> None:
    with pytest.raises(Refused, match="can't begin the names of indexes"):
        await ask(f"http://127.0.0.1:1/{path}")


async def test_where_the_names_of_indexes_come_from() -> None:
    for path, name in {"": "starling-tweets", "/": "starling-tweets", "/my_app-2/": "my_app-2-tweets"}.items():
        cluster = open_cluster(f"https://user:pass@search.example.org{path}")
        assert cluster.index("tweets") == name
        await cluster.close()


@pytest.mark.elasticsearch
async def test_the_server_answers() -> None:
    url = stack.url("elasticsearch")
    assert url
    await ask(url)


@pytest.mark.elasticsearch
async def test_what_was_written_is_found_a_little_later(cluster: Cluster) -> None:
    search = ElasticsearchSearch(cluster)
    await search.index_tweets([tweet(1, "tea")], new_id())
    assert await search.missing_tweets([1, 2]) == {2}
    deadline = time.monotonic() + 10
    while [hit.id for hit in await search.top_tweets("tea", 9, None)] != [1]:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


@pytest.mark.elasticsearch
async def test_a_document_that_the_server_refuses_is_told_of_and_the_others_are_written(cluster: Cluster) -> None:
    search = ReadAtOnce(cluster)
    with pytest.raises(NotWritten, match="immense term"):
        await search.index_people([person(1, "x" * 40_000, "Tea"), person(2, "tea")], new_id())
    assert [hit.id for hit in await search.people("tea", 9, None)] == [2]


def test_what_a_tweet_is_worth() -> None:
    """A point a week, and one each time that engagement doubles."""
    old = posted(70, 0)
    assert standing(posted(0, 0)) - standing(old) == 10
    likes = {0: 0, 1: 1, 2: 1, 3: 2, 6: 2, 7: 3, 1_000: 9, 1_023: 10}
    assert {each: standing(replace(old, like_count=each)) - standing(old) for each in likes} == likes
    assert standing(replace(old, like_count=1, retweet_count=2, reply_count=3, quote_count=1)) - standing(old) == 3
    assert standing(replace(old, like_count=-5)) == standing(old)


@pytest.mark.elasticsearch
async def test_rank_is_of_match_recency_and_engagement(cluster: Cluster) -> None:
    search = ReadAtOnce(cluster)
    longer = "tea and many other words that are of no matter to whoever looks for it, as many as fit into one"
    new, old, liked, poor = posted(0, 1), posted(21, 2), posted(21, 3, likes=100), posted(0, 4, longer)
    await search.index_tweets([new, old, liked, poor], new_id())
    assert [hit.id for hit in await search.top_tweets("tea", 9, None)] == [liked.id, new.id, poor.id, old.id]


@pytest.mark.elasticsearch
async def test_ranks_are_given_back_to_the_last_bit(cluster: Cluster) -> None:
    """Of hits of one rank the page goes on at the next id."""
    search = ReadAtOnce(cluster)
    ids = [new.id for new in (posted(1, number) for number in range(200))]
    await search.index_tweets([posted(1, number) for number in range(200)], new_id())
    found: list[int] = []
    end: SearchCursor | None = None
    while page := await search.top_tweets("tea", 7, end):
        found += [hit.id for hit in page]
        end = SearchCursor(page[-1].rank, page[-1].id)
    assert found == ids[::-1]
