"""Pages of hits, some of which may not be seen or are gone."""

from dataclasses import replace
from typing import Any
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from domain.search import Hit, SearchType
from tests.unit.resolvers.fakes import Api
from tests.unit.resolvers.networks import PEOPLE, Network, networks
from tests.unit.resolvers.records import make_tweet, make_user, tweet_id, user_id


@given(networks, st.integers(1, 6))
async def test_pages_of_a_search_are_full(network: Network, size: int) -> None:
    api = network.api()
    hits = sorted(api.world.tweets, reverse=True)
    api.fake.found = [Hit(each, 1.0, None) for each in hits]
    visible = [tweet_id(each) for each in hits if each in network.visible()]
    seen: list[str] = []
    after, more = "", True
    while more:
        page = await search(api, f"first: {size}{after}")
        info = page["pageInfo"]
        seen += [node["id"] for node in page["nodes"]]
        assert (len(page["nodes"]) == size) or not info["hasNextPage"]
        assert info["hasNextPage"] == (len(seen) < len(visible))
        more, after = info["hasNextPage"], f', after: "{info["endCursor"]}"'
    assert seen == visible


async def search(api: Api, arguments: str) -> Any:
    page = "nodes { ... on Tweet { id } } pageInfo { hasNextPage startCursor endCursor }"
    return (await api.data(f'{{ search(query: "hello", {arguments}) {{ {page} }} }}'))["search"]


async def test_a_search_that_finds_hidden_tweets_alone_ends_after_ten_rounds() -> None:
    api = Api()
    api.world.users = {1: make_user(1, is_protected=True), 2: make_user(2)}
    api.world.tweets = {number: make_tweet(number, 1) for number in range(100, 125)} | {50: make_tweet(50, 2)}
    api.fake.found = [Hit(number, 1.0, None) for number in sorted(api.world.tweets, reverse=True)]
    info = {"hasNextPage": True, "startCursor": "c105", "endCursor": "c105"}
    assert await search(api, "first: 1") == {"nodes": [], "pageInfo": info}
    assert len(api.fake.acts) == 10
    info = {"hasNextPage": False, "startCursor": "c50", "endCursor": "c50"}
    assert await search(api, 'first: 1, after: "c105"') == {"nodes": [{"id": tweet_id(50)}], "pageInfo": info}


async def test_a_search_where_nothing_is_hidden_asks_once() -> None:
    api = Api()
    api.world.users = {1: make_user(1)}
    api.world.tweets = {number: make_tweet(number) for number in range(100, 130)}
    api.fake.found = [Hit(number, 1.0, None) for number in sorted(api.world.tweets, reverse=True)]
    info = {"hasNextPage": True, "startCursor": "c129", "endCursor": "c120"}
    page = await search(api, "first: 10")
    assert (len(page["nodes"]), page["pageInfo"]) == (10, info)
    assert api.fake.acts == [("search", "hello", SearchType.TOP, 11, None)]
    assert api.world.calls == [("tweets.tweets", 11), ("graph.users", 1)]
    assert await search(api, "first: 0") == {
        "nodes": [],
        "pageInfo": {"hasNextPage": True, "startCursor": None, "endCursor": None},
    }


async def test_people_are_found_whatever_there_is_between_them() -> None:
    api = Network(1, {2}, {(1, 3), (4, 1)}, set(), set()).api()
    api.fake.found = [Hit(person, 1.0, None) for person in PEOPLE]
    found = await api.data('{ search(query: "name", type: PEOPLE) { nodes { ... on User { id } } } }')
    assert found["search"]["nodes"] == [{"id": user_id(person)} for person in PEOPLE]


@given(st.sets(st.integers(0, 24)), st.integers(1, 6), st.integers(1, 40))
async def test_a_search_for_media_passes_over_tweets_without(showing: set[int], size: int, at_once: int) -> None:
    """In as many fetches as it takes, or ten for a page."""
    api = Api()
    api.world.users = {1: make_user(1)}
    media_ids = {number: (7,) if number in showing else () for number in range(25)}
    api.world.tweets = {100 + at: replace(make_tweet(100 + at), media_ids=each) for at, each in media_ids.items()}
    api.fake.found = [Hit(number, 1.0, None) for number in sorted(api.world.tweets, reverse=True)]
    seen: list[str] = []
    after, more = "", True
    with patch("resolvers.search.HITS_FOR_MEDIA", at_once):
        while more:
            page = await search(api, f"type: MEDIA, first: {size}{after}")
            seen += [node["id"] for node in page["nodes"]]
            more, after = page["pageInfo"]["hasNextPage"], f', after: "{page["pageInfo"]["endCursor"]}"'
    assert seen == [tweet_id(100 + number) for number in sorted(showing, reverse=True)]
    assert {act[2:4] for act in api.fake.acts} == {(SearchType.MEDIA, max(size + 1, at_once))}
