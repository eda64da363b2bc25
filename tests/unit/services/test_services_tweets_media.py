"""Tweets with media: they are used before the tweet is written, and let go where it is not."""

from dataclasses import replace

import pytest

from domain.errors import Unavailable
from domain.refusals import UserError, UserErrorCode
from domain.tweets import IdempotencyKey, NewTweet
from events import Event, TweetsPosted
from services.access import AccessService
from services.tweets import TweetDraft, TweetService
from stores.tweets import IdempotencyConflict
from tests.unit.services.people import Graph, person
from tests.unit.services.test_services_tweets import refusal
from tests.unit.services.tweets import Tweets, tweet

VIEWER, TWEET, EVENT = 1, 1001, 1002
DRAFT = TweetDraft("", media_ids=(8, 7))
KEYED = replace(DRAFT, idempotency_key="key")


@pytest.fixture
def graph() -> Graph:
    return Graph({VIEWER: person(VIEWER)})


@pytest.fixture
def tweets(graph: Graph) -> Tweets:
    return Tweets(graph, {})


@pytest.fixture
def service(graph: Graph, tweets: Tweets) -> TweetService:
    access = AccessService(graph.store)
    return TweetService(tweets.store, graph.store, access, graph.dispatcher, graph.snowflakes, graph.media)


async def test_media_are_used_before_the_tweet_is_written(graph: Graph, service: TweetService) -> None:
    assert await service.create(VIEWER, DRAFT) == TWEET
    event = Event(EVENT, TweetsPosted(((TWEET, VIEWER),)))
    new = NewTweet(TWEET, EVENT, VIEWER, "", TWEET, media_ids=(8, 7))
    assert graph.done == [("use", (8, 7), TWEET), ("create", new, event), ("dispatched", event)]


async def test_media_that_can_t_be_used_stop_the_tweet(graph: Graph, service: TweetService) -> None:
    graph.taken = {7}
    error = UserError("Taken.", UserErrorCode.CONFLICT, ("mediaIds",))
    for draft in (DRAFT, KEYED):
        assert await refusal(service.create(VIEWER, draft)) == error
    assert graph.done == []


async def test_nothing_is_used_where_something_else_is_wrong(graph: Graph, service: TweetService) -> None:
    for draft in (replace(DRAFT, text="x" * 281), replace(DRAFT, in_reply_to_id=99), replace(DRAFT, quote_of_id=99)):
        await refusal(service.create(VIEWER, draft))
    assert graph.done == []


async def test_a_repeat_that_meets_its_own_media_gets_the_tweet(
    graph: Graph, tweets: Tweets, service: TweetService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one was written after the repeat looked for it."""
    made = await service.create(VIEWER, KEYED)
    tweets.rows[made] = tweet(made, VIEWER)
    graph.taken, looks = {7, 8}, iter([None, made])

    async def made_with(_: IdempotencyKey) -> int | None:
        return next(looks)

    monkeypatch.setattr(tweets, "made_with", made_with)
    graph.done.clear()
    assert await service.create(VIEWER, KEYED) == made
    assert graph.done == []


async def test_media_are_let_go_where_the_key_has_made_another_tweet(
    graph: Graph, tweets: Tweets, service: TweetService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def another(*_: object) -> int:
        return 77

    async def conflict(*_: object) -> int:
        raise IdempotencyConflict("key")

    monkeypatch.setattr(tweets, "create", another)
    assert await service.create(VIEWER, KEYED) == 77
    monkeypatch.setattr(tweets, "create", conflict)
    error = UserError("This key was used with another input.", UserErrorCode.CONFLICT, ("idempotencyKey",))
    assert await refusal(service.create(VIEWER, KEYED)) == error
    assert graph.done == [("use", (8, 7), 1001), ("let_go", 1001), ("use", (8, 7), 1003), ("let_go", 1003)]


async def test_media_stay_used_where_nobody_knows_whether_the_tweet_was_written(
    graph: Graph, tweets: Tweets, service: TweetService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unknown(*_: object) -> int:
        raise Unavailable("tweets")

    monkeypatch.setattr(tweets, "create", unknown)
    with pytest.raises(Unavailable, match="tweets"):
        await service.create(VIEWER, DRAFT)
    assert graph.done == [("use", (8, 7), TWEET)]
