"""A timeline of fifty makes as many round trips as one of five: one call per store's method and wave, with all keys."""

from collections.abc import AsyncIterator

import pytest

from stores.redis import open_client
from stores.timelines.redis import list_key
from tests.api.conftest import OpenProcess
from tests.api.fifty import KINDS, SIZE, World, calls, open_world
from tests.contract.redis_fixtures import RedisServer
from tests.support.clients import Json

TIMELINE = """query($first: Int!, $replies: Boolean! = true) { timeline(first: $first) {
  pageInfo { hasNextPage } edges { source } nodes {
  text likeCount author { handle viewerFollows } entities { mentions { user { handle } } } viewerLikes viewerRetweeted
  quoteOf { text author { handle } viewerLikes }
  inReplyTo { text author { handle } viewerLikes }
  retweetOf { text author { handle } viewerLikes }
  media { url(width: 300) altText }
  replies(first: 2) @include(if: $replies) { nodes { text viewerLikes } } } } }"""
NESTED = """query($first: Int!) { timeline(first: $first) { nodes {
  author { viewerFollows followsViewer tweetsCount }
  replies(first: 2) { nodes { author { handle tweets(first: 2) { nodes { text } } } } } } } }"""


@pytest.fixture
async def world(open_process: OpenProcess) -> AsyncIterator[World]:
    async with open_world(open_process) as made:
        yield made


@pytest.fixture
async def famous(open_process: OpenProcess) -> AsyncIterator[World]:
    """One in which all authors are famous."""
    async with open_world(open_process, famous_followers=1) as made:
        yield made


def look(nodes: list[Json]) -> dict[str, int]:
    """How much there is of what the nodes refer to."""
    found = {name: sum(bool(node[name]) for node in nodes) for name in ("author", "quoteOf", "inReplyTo", "retweetOf")}
    found["mentions"] = sum(len(node["entities"]["mentions"]) for node in nodes)
    found["media"] = sum(len(node["media"]) for node in nodes)
    found["replies"] = sum(len(node["replies"]["nodes"]) for node in nodes if "replies" in node)
    return found


def sources(data: Json) -> set[str]:
    return {edge["source"] for edge in data["timeline"]["edges"]}


async def test_a_timeline_of_fifty_as_one_of_five(world: World) -> None:
    """With retweets, quotes, replies, media, mentions and the viewer's marks, in five waves: list, follows, blocks and
    log; tweets; their authors, who may be protected; what the tweets refer to; the authors and the viewer's marks of
    that. Another one for lists of answers, whose authors come last."""
    await world.process.activity.wake(world.viewer)
    counted = {}
    for first in (KINDS, SIZE):
        each = first // KINDS
        references = {"author": first, "quoteOf": each, "inReplyTo": each, "retweetOf": each}
        references |= {"mentions": 2 * each, "media": 2 * each}
        _, data = await world.count(TIMELINE, first=first, replies=False)
        assert world.waves.count == 5
        assert look(data["timeline"]["nodes"]) == references | {"replies": 0}
        counted[first], data = await world.count(TIMELINE, first=first)
        assert world.waves.count == 6
        assert look(data["timeline"]["nodes"]) == references | {"replies": 8 * each}
        assert sources(data) == {"PUSHED"}
    assert calls(counted[KINDS]) == calls(counted[SIZE])
    assert counted[SIZE] == {
        "timelines.read": [1],
        "graph.followees": [1],
        "graph.boundaries": [1],
        "live.position": [1],
        "tweets.tweets": [50, 30, 80],
        "tweets.viewer_marks": [50, 30, 80],
        "tweets.replies": [50],
        "media.media": [20],
        "graph.following_among": [50],
        "graph.ids_by_handle": [20],
        "graph.users": [60, 10, 20, 40],
    }


async def test_a_timeline_of_famous_authors(famous: World) -> None:
    """A wave more: all their pull indexes at once."""
    await famous.process.activity.wake(famous.viewer)
    for author in famous.authors:
        await famous.process.builder.index(author)
    counted = {}
    for first in (KINDS, SIZE):
        counted[first], data = await famous.count(TIMELINE, first=first, replies=False)
        assert famous.waves.count == 6
        assert len(data["timeline"]["nodes"]) == first
        assert sources(data) == {"MERGED"}
    assert calls(counted[KINDS]) == calls(counted[SIZE])
    assert counted[SIZE] == {
        "timelines.read": [1],
        "pulled.read_many": [50],
        "graph.followees": [1],
        "graph.boundaries": [1],
        "live.position": [1],
        "tweets.tweets": [50, 30],
        "tweets.viewer_marks": [50, 30],
        "media.media": [20],
        "graph.following_among": [50],
        "graph.ids_by_handle": [20],
        "graph.users": [60, 10, 20],
    }


async def test_pull_indexes_on_several_servers(open_process: OpenProcess, shared_redis: RedisServer) -> None:
    """One wave for all of them, each of which has its share."""
    urls = [f"{shared_redis.url}?db={number}" for number in (1, 2)]
    async with open_world(open_process, famous_followers=1, timeline_urls=tuple(urls)) as world:
        await world.process.activity.wake(world.viewer)
        for author in world.authors:
            await world.process.builder.index(author)
        counted, data = await world.count(TIMELINE, first=SIZE, replies=False)
        assert world.waves.count == 6
        assert len(data["timeline"]["nodes"]) == SIZE
        assert sources(data) == {"MERGED"}
        assert counted["pulled.read_many"] == [50]
        assert {"timelines-1", "timelines-2"} <= set(await world.process.stores.health())
    kept = set()
    for url in urls:
        client = open_client(url, 1)
        here = set(await client.keys(list_key("*", "pulled")))
        assert 0 < len(here) < SIZE
        kept |= here
        await client.aclose()
    assert kept == {list_key(author, "pulled").encode() for author in world.authors}


async def test_a_timeline_that_refers_to_protected_people(world: World) -> None:
    """Whom the viewer follows is known from the page, so that nothing more is asked."""
    tweets = (await world.process.stores.tweets.tweets(world.tweets)).values()
    referred = [number for each in tweets for number in (each.quote_of_id, each.in_reply_to_id) if number]
    found = (await world.process.stores.tweets.tweets(referred)).values()
    for stranger in {each.author_id for each in found}:
        await world.process.services.graph.update_profile(stranger, is_protected=True)
    await world.process.activity.wake(world.viewer)
    counted = {}
    for first in (KINDS, SIZE):
        counted[first], data = await world.count(TIMELINE, first=first, replies=False)
        assert world.waves.count == 5
        shown = look(data["timeline"]["nodes"])
        assert (shown["author"], shown["retweetOf"], shown["quoteOf"], shown["inReplyTo"]) == (first, first // 5, 0, 0)
    assert calls(counted[KINDS]) == calls(counted[SIZE])
    assert counted[SIZE]["graph.following_among"] == [50]


async def test_a_timeline_that_is_read_from_the_store(world: World) -> None:
    """While it is built: one call for the ids of all authors, and one that asks for the building."""
    counted = {}
    for first in (KINDS, SIZE - 1):
        counted[first], data = await world.count(TIMELINE, first=first)
        assert len(data["timeline"]["nodes"]) == first
        assert world.waves.count == 8
    assert calls(counted[KINDS]) == calls(counted[SIZE - 1])
    assert counted[SIZE - 1]["tweets.ids_by_authors"] == [51]
    assert counted[SIZE - 1]["queue.enqueue"] == [1]


async def test_lists_in_lists(world: World) -> None:
    """A wave more for each level, whatever the size."""
    await world.process.activity.wake(world.viewer)
    counted = {}
    for first in (KINDS, SIZE):
        counted[first], _ = await world.count(NESTED, first=first)
        assert world.waves.count == 7
    assert calls(counted[KINDS]) == calls(counted[SIZE])
    assert counted[SIZE] == {
        "timelines.read": [1],
        "graph.followees": [1],
        "graph.boundaries": [1],
        "live.position": [1],
        "tweets.tweets": [50, 80],
        "graph.users": [60, 40],
        "graph.following_among": [100],
        "tweets.tweet_counts": [50],
        "tweets.replies": [50],
        "tweets.by_author": [40],
    }
