"""What the search consumer does with each kind of event that comes to it."""

from collections.abc import Iterable
from typing import cast

import pytest

from events import (
    ActivityChanged,
    Blocked,
    Body,
    Event,
    Followed,
    Muted,
    SignedUp,
    TweetsDeleted,
    TweetsLiked,
    TweetsPosted,
    Unblocked,
    Unfollowed,
    Unmuted,
    UsersChanged,
)
from services.search import SearchService
from workers.search_indexer import SearchIndexer

PAIRS = ((1, 2), (3, 4), (5, 2))


class Index:
    def __init__(self) -> None:
        self.calls: list[tuple[str, list[int]]] = []

    async def tweets_posted(self, tweet_ids: Iterable[int]) -> None:
        self.calls.append(("tweets_posted", sorted(tweet_ids)))

    async def tweets_deleted(self, tweet_ids: Iterable[int]) -> None:
        self.calls.append(("tweets_deleted", sorted(tweet_ids)))

    async def people_changed(self, user_ids: Iterable[int]) -> None:
        self.calls.append(("people_changed", sorted(user_ids)))


async def consumed(body: Body) -> list[tuple[str, list[int]]]:
    index = Index()
    await SearchIndexer(cast("SearchService", index)).consume(Event(1, body), redelivered=False)
    return index.calls


@pytest.mark.parametrize(
    ("body", "call"),
    [
        (TweetsPosted(PAIRS), ("tweets_posted", [1, 3, 5])),
        (TweetsPosted(PAIRS, pulled=(3,)), ("tweets_posted", [1, 3, 5])),
        (TweetsLiked((7, 8)), ("tweets_posted", [7, 8])),
        (TweetsDeleted(PAIRS), ("tweets_deleted", [1, 3, 5])),
        (Followed(PAIRS), ("people_changed", [2, 4])),
        (Unfollowed(PAIRS), ("people_changed", [2, 4])),
        (Blocked(PAIRS), ("people_changed", [1, 2, 3, 4, 5])),
        (UsersChanged((7, 8)), ("people_changed", [7, 8])),
    ],
)
async def test_what_is_indexed(body: Body, call: tuple[str, list[int]]) -> None:
    assert await consumed(body) == [call]


@pytest.mark.parametrize(
    "body",
    [Unblocked(PAIRS), Muted(PAIRS), Unmuted(PAIRS), ActivityChanged((1,)), SignedUp(((1, "a", "A"),))],
)
async def test_what_does_not_come_here(body: Body) -> None:
    with pytest.raises(ValueError, match="not for the search consumer"):
        await consumed(body)


async def test_of_many_events_each_tweet_and_person_comes_once() -> None:
    index = Index()
    bodies: list[Body] = [
        TweetsPosted(((1, 9), (2, 9))),
        UsersChanged((7,)),
        TweetsPosted(((2, 9),)),
        TweetsDeleted(((1, 9),)),
        Followed(((8, 7), (8, 6))),
    ]
    events = [Event(number, body) for number, body in enumerate(bodies)]
    await SearchIndexer(cast("SearchService", index)).consume_all(events)
    assert index.calls == [("tweets_posted", [1, 2]), ("tweets_deleted", [1]), ("people_changed", [6, 7])]
    await SearchIndexer(cast("SearchService", index)).consume_all([])
    assert len(index.calls) == 3
