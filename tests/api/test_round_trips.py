"""A page of fifty makes as many round trips as one of five: one call per store's method and wave, with all keys."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

import pytest

from composition import Process, compose
from tests.api.conftest import OpenProcess
from tests.api.in_process import add_people, ask, events, post, tweet_ids, user_ids
from tests.api.waves import Waves
from tests.support.clients import Json

SIZE = 50
KINDS = 5

TIMELINE = """query($first: Int!) { timeline(first: $first) { pageInfo { hasNextPage } nodes {
  text likeCount author { handle } entities { mentions { user { handle } } } viewerLikes viewerRetweeted
  quoteOf { text author { handle } viewerLikes }
  inReplyTo { text author { handle } viewerLikes }
  retweetOf { text author { handle } viewerLikes }
  replies(first: 2) { nodes { text viewerLikes } } } } }"""
NESTED = """query($first: Int!) { timeline(first: $first) { nodes {
  author { viewerFollows followsViewer tweetsCount }
  replies(first: 2) { nodes { author { handle tweets(first: 2) { nodes { text } } } } } } } }"""
SEARCH = """query($first: Int!, $type: SearchType!) { search(query: "harbour", type: $type, first: $first) { edges {
  highlight node { ... on Tweet { text viewerLikes author { handle } } ... on User { handle viewerFollows } } } } }"""
PERSON = """query($first: Int!) { user(handle: "author0") { handle tweets(first: $first) { nodes {
  text viewerLikes author { handle } quoteOf { author { handle } } } } } }"""
NODES = """query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Tweet { text viewerLikes author { handle } } } }"""
UPDATES = """subscription($after: String) { timelineUpdates(after: $after) { ... on TimelineTweetAdded {
  tweet { text author { displayName followersCount } viewerLikes quoteOf { author { handle } } } } } }"""


@dataclass
class World:
    """A viewer who follows fifty authors, with a tweet of each on the timeline: plain ones, replies, quotes, retweets
    and mentions in turn. `process` writes; `read` counts what is read."""

    process: Process
    waves: Waves
    reader: Process
    viewer: int
    authors: list[int]
    tweets: list[int]

    async def count(self, query: str, **variables: Json) -> tuple[dict[str, list[int]], Json]:
        """The numbers of keys of each call, by store and method; and the data."""
        self.waves.forget()
        data = await ask(self.reader, self.viewer, query, **variables)
        return self.waves.keys, data

    async def wait_for_log(self) -> None:
        """Until the reading process knows all that was written."""
        await self.reader.ring.reached(await self.process.stores.live.position())


@pytest.fixture
async def world(open_process: OpenProcess) -> AsyncIterator[World]:
    process = await open_process()
    waves = Waves(process.stores)
    reader = compose(process.settings, waves.stores)
    await reader.follow_live_log()
    [viewer] = await add_people(process, 1, "viewer")
    authors = await add_people(process, SIZE, "author")
    tweets = [await write(process, viewer, author, at) for at, author in enumerate(authors)]
    for author in authors:
        await process.services.graph.follow(viewer, author)
    made = World(process, waves, reader, viewer, authors, tweets)
    await made.wait_for_log()
    yield made
    await reader.background.stop()
    reader.passwords.close()


async def write(process: Process, viewer: int, author: int, at: int) -> int:
    """An author's tweet, with strangers who are answered, quoted and retweeted, and two who answer."""
    stranger, other = await add_people(process, 2, f"stranger{at}x")
    tweets = process.services.tweets
    strange = await post(process, stranger, f"what is meant by number {at}")
    match at % KINDS:
        case 0:
            tweet = await post(process, author, f"the harbour at {at} o'clock")
        case 1:
            tweet = await post(process, author, f"the harbour says no to {at}", reply_to=strange)
        case 2:
            tweet = await post(process, author, f"the harbour, seen at {at}", quote_of=strange)
        case 3:
            tweet, _ = await tweets.retweet(author, strange)
        case _:
            tweet = await post(process, author, f"the harbour of @stranger{at}x0 and @nobody{at}")
    original = strange if at % KINDS == 3 else tweet
    for number in range(2):
        answer = await post(process, other, f"answer {number} to {at}", reply_to=original)
        await tweets.like(viewer, answer)
    await tweets.like(viewer, original)
    return tweet


def calls(keys: dict[str, list[int]]) -> dict[str, int]:
    return {name: len(each) for name, each in keys.items()}


def look(nodes: list[Json]) -> dict[str, int]:
    """How much there is of what the nodes refer to."""
    found = {name: sum(bool(node[name]) for node in nodes) for name in ("author", "quoteOf", "inReplyTo", "retweetOf")}
    found["mentions"] = sum(len(node["entities"]["mentions"]) for node in nodes)
    found["replies"] = sum(len(node["replies"]["nodes"]) for node in nodes)
    return found


async def test_a_timeline_of_fifty_as_one_of_five(world: World) -> None:
    """With retweets, quotes, replies, mentions and the viewer's marks, in six waves: list and follows; log; tweets;
    what those refer to, and the lists of answers; authors of that, and the answers; the answers' marks."""
    await world.process.builder.build(world.viewer)
    counted = {}
    for first in (KINDS, SIZE):
        counted[first], data = await world.count(TIMELINE, first=first)
        assert world.waves.count == 6
        each = first // KINDS
        references = {"author": first, "quoteOf": each, "inReplyTo": each, "retweetOf": each}
        assert look(data["timeline"]["nodes"]) == references | {"mentions": 2 * each, "replies": 8 * each}
    assert calls(counted[KINDS]) == calls(counted[SIZE])
    assert counted[SIZE] == {
        "timelines.read": [1],
        "graph.followees": [1],
        "live.position": [1],
        "tweets.tweets": [50, 30, 80],
        "tweets.viewer_marks": [50, 30, 80],
        "tweets.replies": [50],
        "graph.ids_by_handle": [20],
        "graph.users": [50, 40],
    }


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
    await world.process.builder.build(world.viewer)
    counted = {}
    for first in (KINDS, SIZE):
        counted[first], _ = await world.count(NESTED, first=first)
        assert world.waves.count == 7
    assert calls(counted[KINDS]) == calls(counted[SIZE])
    assert counted[SIZE] == {
        "timelines.read": [1],
        "graph.followees": [1],
        "live.position": [1],
        "tweets.tweets": [50, 80],
        "graph.users": [50, 40],
        "graph.following_among": [100],
        "tweets.tweet_counts": [50],
        "tweets.replies": [50],
        "tweets.by_author": [40],
    }


@pytest.mark.parametrize("kind", ["TOP", "LATEST"])
async def test_searches_for_tweets(world: World, kind: str) -> None:
    await world.process.services.search.tweets_posted(world.tweets)
    hits = [4 * each // KINDS for each in (KINDS, SIZE)]
    counted = {}
    for first in hits:
        counted[first], data = await world.count(SEARCH, first=first, type=kind)
        assert len(data["search"]["edges"]) == first
        assert world.waves.count == 3
    assert calls(counted[hits[0]]) == calls(counted[hits[1]])
    method = {"TOP": "search.top_tweets", "LATEST": "search.latest_tweets"}[kind]
    assert counted[40] == {method: [1], "tweets.tweets": [40], "tweets.viewer_marks": [40], "graph.users": [40]}


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
        "tweets.viewer_marks": [50],
        "graph.users": [1, 5],
    }


async def test_objects_by_their_ids(world: World) -> None:
    ids = tweet_ids(world.tweets) + user_ids(world.authors)
    counted = {}
    for half in (KINDS, SIZE):
        counted[half], data = await world.count(NODES, ids=[*ids[:half], *ids[SIZE:][:half]])
        assert None not in data["nodes"]
        assert world.waves.count == 2
    assert calls(counted[KINDS]) == calls(counted[SIZE])
    assert counted[SIZE] == {"tweets.tweets": [50], "graph.users": [50], "tweets.viewer_marks": [50]}


async def test_an_object_that_is_asked_for_often_is_read_once(world: World) -> None:
    [tweet] = tweet_ids(world.tweets[:1])
    counted, _ = await world.count(NODES, ids=[tweet] * 100)
    assert counted == {"tweets.tweets": [1], "graph.users": [1], "tweets.viewer_marks": [1]}


async def test_every_event_of_a_stream_is_read_anew(world: World) -> None:
    """The same calls for each, and what changed since the last one shows."""
    author = world.authors[0]
    after = (await ask(world.reader, world.viewer, "{ timeline { liveCursor } }"))["timeline"]["liveCursor"]
    once = {"live.position": [1], "graph.followees": [1]}
    async with aclosing(events(world.reader, world.viewer, UPDATES, after=after)) as stream:
        for name in ("One name", "Another name"):
            await world.process.services.graph.update_profile(author, display_name=name, bio=None)
            await post(world.process, author, f"by {name}", quote_of=world.tweets[-1])
            await world.wait_for_log()
            world.waves.forget()
            assert (await anext(stream))["timelineUpdates"]["tweet"] == {
                "text": f"by {name}",
                "author": {"displayName": name, "followersCount": 1},
                "viewerLikes": False,
                "quoteOf": {"author": {"handle": "author49"}},
            }
            each = {"tweets.tweets": [1, 1], "graph.users": [1, 1], "tweets.viewer_marks": [1]}
            assert world.waves.keys == once | each
            once = {}
