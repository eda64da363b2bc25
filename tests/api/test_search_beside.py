"""A server whose search is in an Elasticsearch beside its embedded stores."""

import asyncio
import json
import time
from collections.abc import Iterator

import httpx
import pytest

from stores.elasticsearch import open_cluster
from tests.api.asking import LIKE
from tests.api.test_commands import run
from tests.contract.elasticsearch_fixtures import named
from tests.embedded.owners import new_folder
from tests.support.clients import DELETE_TWEET, Account, sign_up
from tests.support.servers import RunningServer

pytestmark = pytest.mark.elasticsearch

FOUND_SECONDS = 20
SEARCH = """query($words: String!, $type: SearchType!, $first: Int, $after: String) {
  search(query: $words, type: $type, first: $first, after: $after) {
    edges { highlight node { ... on Node { id } } } pageInfo { hasNextPage endCursor } } }"""


@pytest.fixture(scope="module")
def search_url() -> Iterator[str]:
    with named() as url:
        yield url


@pytest.fixture(scope="module")
def server(search_url: str) -> Iterator[RunningServer]:
    with new_folder() as folder:
        running = RunningServer(folder, search_url=search_url).start()
        yield running
        running.close()


async def until_found(account: Account, words: str, kind: str, ids: list[str]) -> None:
    deadline = time.monotonic() + FOUND_SECONDS
    while (found := await pages(account, words, kind)) != ids:
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.1)


async def pages(account: Account, words: str, kind: str) -> list[str]:
    """The ids of all that is found, in pages of two."""
    ids: list[str] = []
    after = None
    while True:
        page = (await account.ask(SEARCH, words=words, type=kind, first=2, after=after))["search"]
        ids += [edge["node"]["id"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return ids
        after = page["pageInfo"]["endCursor"]


async def test_what_people_post_is_found_and_found_again_in_an_index_made_anew(
    server: RunningServer, http: httpx.AsyncClient, search_url: str
) -> None:
    ann = await sign_up(http, server.url)
    ids = [await ann.tweet(f"<3 Running up hill {number} #uphill") for number in range(5)]
    await until_found(ann, "run hills", "LATEST", ids[::-1])
    answer = await ann.ask(SEARCH, words="runs", type="TOP", first=1)
    assert answer["search"]["edges"][0]["highlight"] == "&lt;3 <em>Running</em> up hill 4 #uphill"
    await ann.mutate(DELETE_TWEET, id=ids[0])
    await until_found(ann, "#uphill", "TOP", ids[:0:-1])
    await ann.mutate(LIKE, id=ids[1])
    await until_found(ann, "#uphill", "TOP", [ids[1], *ids[:1:-1]])
    await until_found(ann, f"@{ann.handle[:-1]}", "PEOPLE", [ann.id])
    assert "elasticsearch" in json.loads((await http.get(f"{server.url}/readyz")).text)["stores"]

    cluster = open_cluster(search_url)
    try:
        await cluster.client.indices.delete(index=cluster.index("tweets-1"))
    finally:
        await cluster.close()
    code, said = await asyncio.to_thread(run, server, "commands.reindex")
    assert code == 0, said
    assert "The new search index serves" in said
    await until_found(ann, "#uphill", "LATEST", ids[:0:-1])
    later = await ann.tweet("another #uphill")
    await until_found(ann, "#uphill", "LATEST", [later, *ids[:0:-1]])


async def test_reindexing_says_which_server_does_not_answer(server: RunningServer) -> None:
    unreachable = RunningServer(server.data_dir, search_url="http://127.0.0.1:1", patience_seconds="2")
    code, said = await asyncio.to_thread(run, unreachable, "commands.reindex")
    assert code == 1
    assert "STARLING_SEARCH_URL: http://127.0.0.1:1 can't be reached" in said
