"""What is rendered once for many viewers, against what each of them would get alone."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.global_id import Kind, decode
from domain.live import Happening, TimelineReset, TimelineResetReason, TweetAdded, TweetRemoved
from domain.tweets import Tweet
from tests.unit.resolvers.fakes import OPERATIONS, Api
from tests.unit.resolvers.networks import PEOPLE
from tests.unit.resolvers.records import make_tweet
from tests.unit.resolvers.scenes import STRANGER, VIEWERS, Scene, fields, scenes
from transport.broadcast import Broadcast, Rendering
from transport.request import OperationRequest

TIMELINE = """subscription { timelineUpdates { __typename ... on TimelineTweetAdded { cursor tweet { <tweet> } }
    ... on TimelineTweetRemoved { cursor tweetId } ... on TimelineReset { reason } } }"""
TWEET = 'subscription { tweetUpdates(id: "x") { <tweet> } }'
documents = fields("<tweet>", 2)


def broadcast_of(document: str) -> Broadcast:
    return Broadcast(OPERATIONS, OPERATIONS.prepare(OperationRequest(document, None, {})))


async def rendering_of(document: str, api: Api, event: object) -> Rendering:
    return await broadcast_of(document).rendering(Happening(event), api.context())


async def own(document: str, scene: Scene, viewer: int | None, event: object) -> Any:
    """What a viewer gets alone."""
    answer = orjson.loads(await broadcast_of(document).own(Happening(event), scene.api(viewer).context()))
    assert "errors" not in answer
    return answer


async def shared(rendering: Rendering, scene: Scene, viewer: int | None) -> Any:
    [payload] = await rendering.of([scene.access(viewer)])
    return orjson.loads(payload)


def event_of(scene: Scene, data: st.DataObject) -> tuple[str, Tweet, object]:
    """A document's frame, a tweet that is told of, and how."""
    tweet = scene.left[data.draw(st.sampled_from(sorted(scene.left)), "tweet")]
    frame = data.draw(st.sampled_from([TWEET, TIMELINE]), "frame")
    return frame, tweet, tweet if frame == TWEET else TweetAdded("c", tweet)


@settings(max_examples=300)
@given(scenes, documents, st.data())
async def test_whom_the_shared_one_suits_gets_what_would_be_theirs(
    scene: Scene, asked: str, data: st.DataObject
) -> None:
    frame, _, event = event_of(scene, data)
    document = frame.replace("<tweet>", asked)
    rendering = await rendering_of(document, scene.api(1), event)
    for viewer in VIEWERS:
        if rendering.suits(scene.access(viewer)):
            assert await shared(rendering, scene, viewer) == await own(document, scene, viewer, event), viewer


@settings(max_examples=300)
@given(scenes, documents, st.data())
async def test_whoever_may_not_see_all_of_it_is_not_suited(scene: Scene, asked: str, data: st.DataObject) -> None:
    """By the oracle, whatever executions of their own would show."""
    frame, tweet, event = event_of(scene, data)
    rendering = await rendering_of(frame.replace("<tweet>", asked), scene.api(None), event)
    for viewer in VIEWERS:
        if rendering.suits(scene.access(viewer)):
            people = people_shown(scene, (await shared(rendering, scene, viewer))["data"], tweet)
            assert all(scene.sees(viewer, person) for person in people), viewer
            assert viewer not in people | set(tweet.author_ids)


@given(scenes, documents, st.data())
async def test_to_whom_nothing_is_hidden_the_shared_one_suits(scene: Scene, asked: str, data: st.DataObject) -> None:
    """Where nobody is protected, to strangers and guests."""
    scene.protected.clear()
    frame, _, event = event_of(scene, data)
    rendering = await rendering_of(frame.replace("<tweet>", asked), scene.api(None), event)
    assert [rendering.suits(scene.access(viewer)) for viewer in (STRANGER, None)] == [True, True]


@given(scenes, documents, st.data())
async def test_holes_are_filled_by_as_many_calls_for_all_as_for_one(
    scene: Scene, asked: str, data: st.DataObject
) -> None:
    frame, _, event = event_of(scene, data)
    api = scene.api(None)
    rendering = await rendering_of(frame.replace("<tweet>", asked), api, event)
    api.world.calls.clear()
    one = await rendering.of([scene.access(STRANGER)])
    for_one = api.world.counts
    api.world.calls.clear()
    several = await rendering.of([scene.access(viewer) for viewer in (*VIEWERS, *PEOPLE, STRANGER)])
    assert api.world.counts == for_one
    assert max(for_one.values(), default=1) == 1
    assert several[VIEWERS.index(STRANGER)] == several[-1] == one[0]


def people_shown(scene: Scene, node: object, told: Tweet) -> set[int]:
    """Whose tweets, likes and follows are shown in a result, and whose doings were asked about."""
    people: set[int] = set()
    for parent, key, child in nodes_of(node):
        kind, number = decode(child["id"]) or (None, 0)
        if kind is Kind.TWEET and number != told.id:
            people.update(scene.left[number].author_ids)
        if key in ("likedBy", "retweetedBy"):
            people.add(number)
        elif kind and key in ("followers", "following", "likes", "tweets", "posts"):
            people.add((decode(parent["id"]) or (None, 0))[1])
    return people


def nodes_of(node: object, key: str = "", parent: Any = None) -> Iterator[tuple[Any, str, Any]]:
    """(parent, field, child) of all that has an id."""
    if isinstance(node, list):
        for each in node:
            yield from nodes_of(each, key, parent)
    elif isinstance(node, dict):
        if "id" in node:
            yield parent, key, node
            parent = node
        for name, child in node.items():
            yield from nodes_of(child, key if name == "nodes" else name, parent)


@pytest.mark.parametrize(
    "event", [TweetRemoved("c", 100), *(TimelineReset(reason) for reason in TimelineResetReason)], ids=repr
)
async def test_what_is_no_tweet_is_for_everybody(event: object) -> None:
    document = TIMELINE.replace("<tweet>", "id viewerLikes author { activity followers { nodes { id } } }")
    scene = Scene({1}, {(1, 2)}, set(), set(), set(), set(), set(), [make_tweet(100)], set())
    rendering = await rendering_of(document, scene.api(None), event)
    for viewer in VIEWERS:
        assert rendering.suits(scene.access(viewer))
        assert await shared(rendering, scene, viewer) == await own(document, scene, viewer, event)


async def test_fields_of_viewers_that_come_later_stand_in_their_places() -> None:
    """The quoted tweet's is resolved after the tweet's own, and stands before it."""
    tweets = [make_tweet(100, 1), make_tweet(101, 2, quote_of=100)]
    scene = Scene(set(), set(), set(), set(), set(), {(3, 0)}, set(), tweets, set())
    document = TWEET.replace("<tweet>", "quoteOf { viewerLikes } viewerLikes")
    rendering = await rendering_of(document, scene.api(None), tweets[1])
    payloads = await rendering.of([scene.access(viewer) for viewer in (3, 4, None)])
    assert [orjson.loads(payload)["data"]["tweetUpdates"] for payload in payloads] == [
        {"quoteOf": {"viewerLikes": True}, "viewerLikes": False},
        {"quoteOf": {"viewerLikes": False}, "viewerLikes": False},
        {"quoteOf": {"viewerLikes": None}, "viewerLikes": None},
    ]


async def test_whom_the_graph_does_not_know_may_be_blocked_all_the_same() -> None:
    tweets = [make_tweet(100, 77), make_tweet(101, 2, quote_of=100)]
    scene = Scene(set(), {(3, 77), (77, 4)}, set(), set(), set(), set(), set(), tweets, set())
    document = TWEET.replace("<tweet>", "quoteOf { text }")
    rendering = await rendering_of(document, scene.api(None), tweets[1])
    assert [viewer for viewer in VIEWERS if rendering.suits(scene.access(viewer))] == [None, 1, 5, STRANGER]
