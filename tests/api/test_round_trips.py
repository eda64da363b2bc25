"""A page of fifty makes as many round trips as one of five: one call per store's method and wave, with all keys."""

from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from domain.global_id import Kind, encode
from tests.api.conftest import OpenProcess
from tests.api.fifty import KINDS, SIZE, World, calls, open_world
from tests.api.in_process import add_media, ask, events, post, tweet_ids, user_ids

SEARCH = """query($first: Int!, $type: SearchType!) { search(query: "harbour", type: $type, first: $first) { edges {
  highlight node { ... on Tweet { text viewerLikes author { handle } } ... on User { handle viewerFollows } } } } }"""
PERSON = """query($first: Int!) { user(handle: "author0") { handle tweets(first: $first) { nodes {
  text viewerLikes author { handle } quoteOf { author { handle } } } } } }"""
NODES = """query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Tweet { text viewerLikes author { handle } } } }"""
FACES = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on User { avatar { url } } ... on Media { url } } }"""
UPDATES = """subscription($after: String) { timelineUpdates(after: $after) { ... on TimelineTweetAdded {
  tweet { text author { displayName followersCount } viewerLikes quoteOf { author { handle } } } } } }"""


@pytest.fixture
async def world(open_process: OpenProcess) -> AsyncIterator[World]:
    async with open_world(open_process) as made:
        yield made


@pytest.mark.parametrize("kind", ["TOP", "LATEST"])
async def test_searches_for_tweets(world: World, kind: str) -> None:
    await world.process.services.search.tweets_posted(world.tweets)
    hits = [4 * each // KINDS for each in (KINDS, SIZE)]
    counted = {}
    for first in hits:
        counted[first], data = await world.count(SEARCH, first=first, type=kind)
        assert len(data["search"]["edges"]) == first
        assert world.waves.count == 4
    assert calls(counted[hits[0]]) == calls(counted[hits[1]])
    method = {"TOP": "search.top_tweets", "LATEST": "search.latest_tweets"}[kind]
    read = {"tweets.tweets": [40], "graph.boundaries": [1], "graph.users": [40], "tweets.viewer_marks": [40]}
    assert counted[40] == {method: [1]} | read


async def test_searches_for_people(world: World) -> None:
    await world.process.services.search.people_changed(world.authors)
    counted = {}
    for first in (KINDS, SIZE):
        counted[first], data = await world.count(SEARCH.replace("harbour", "author"), first=first, type="PEOPLE")
        assert len(data["search"]["edges"]) == first
        assert world.waves.count == 3
    assert calls(counted[KINDS]) == calls(counted[SIZE])
    assert counted[SIZE] == {"search.people": [1], "graph.users": [50], "graph.following_among": [50]}


async def test_somebody_s_tweets(world: World) -> None:
    author = world.authors[0]
    for at in range(SIZE):
        await post(world.process, author, f"of many, {at}", quote_of=world.tweets[-1 - at % 5])
    counted = {}
    for first in (KINDS, SIZE):
        counted[first], data = await world.count(PERSON, first=first)
        assert len(data["user"]["tweets"]["nodes"]) == first
        assert world.waves.count == 6
    assert calls(counted[KINDS]) == calls(counted[SIZE])
    assert counted[SIZE] == {
        "graph.ids_by_handle": [1],
        "tweets.by_author": [1],
        "tweets.tweets": [50, 5],
        "tweets.viewer_marks": [50, 5],
        "graph.boundaries": [1],
        "graph.users": [1, 5],
    }


async def test_objects_by_their_ids(world: World) -> None:
    ids = tweet_ids(world.tweets) + user_ids(world.authors)
    counted = {}
    for half in (KINDS, SIZE):
        counted[half], data = await world.count(NODES, ids=[*ids[:half], *ids[SIZE:][:half]])
        assert None not in data["nodes"]
        assert world.waves.count == 3
    assert calls(counted[KINDS]) == calls(counted[SIZE])
    read = {"tweets.tweets": [50], "graph.boundaries": [1], "graph.users": [50, 10], "tweets.viewer_marks": [50]}
    assert counted[SIZE] == read


async def test_avatars_and_media_by_their_ids(world: World) -> None:
    """Media out of the blue take a wave for themselves, then one for tweets and owners, then what those take."""
    for author in world.authors:
        [face] = await add_media(world.process, author, 1)
        await world.process.services.graph.update_profile(author, avatar_id=face)
    authors = await world.process.stores.graph.users(world.authors)
    tweets = await world.process.stores.tweets.tweets(world.tweets)
    faces = [authors[each].avatar_id for each in world.authors]
    shown = [media_id for each in tweets.values() for media_id in each.media_ids]
    counted, data = await world.count(FACES, ids=user_ids(world.authors))
    assert None not in [node["avatar"]["url"] for node in data["nodes"]]
    assert (counted, world.waves.count) == ({"graph.users": [50], "media.media": [50]}, 2)
    counted, data = await world.count(FACES, ids=[encode(Kind.MEDIA, each) for each in [*faces, *shown] if each])
    assert None not in [node["url"] for node in data["nodes"]]
    read = {"media.media": [70], "graph.users": [50], "tweets.tweets": [10], "graph.boundaries": [1]}
    assert (counted, world.waves.count) == (read, 2)


async def test_an_object_that_is_asked_for_often_is_read_once(world: World) -> None:
    [tweet] = tweet_ids(world.tweets[:1])
    counted, _ = await world.count(NODES, ids=[tweet] * 100)
    assert counted == {"tweets.tweets": [1], "graph.boundaries": [1], "graph.users": [1], "tweets.viewer_marks": [1]}


async def test_every_event_of_a_stream_is_read_anew(world: World) -> None:
    """The same calls for each, and what changed since the last one shows. The hub looks at the author beforehand."""
    author = world.authors[0]
    after = (await ask(world.reader, world.viewer, "{ timeline { liveCursor } }"))["timeline"]["liveCursor"]
    once = {"live.position": [1], "graph.followees": [1], "graph.boundaries": [1, 1]}
    async with aclosing(events(world.reader, world.viewer, UPDATES, after=after)) as stream:
        for name in ("One name", "Another name"):
            await world.process.services.graph.update_profile(author, display_name=name, bio=None)
            world.waves.forget()
            await post(world.process, author, f"by {name}", quote_of=world.tweets[-1])
            await world.wait_for_log()
            assert (await anext(stream))["timelineUpdates"]["tweet"] == {
                "text": f"by {name}",
                "author": {"displayName": name, "followersCount": 1},
                "viewerLikes": False,
                "quoteOf": {"author": {"handle": "author49"}},
            }
            each = {"tweets.tweets": [1, 1], "graph.users": [1, 1, 1], "tweets.viewer_marks": [1, 1]}
            assert world.waves.keys == {"graph.boundaries": [1]} | each | once
            once = {}
