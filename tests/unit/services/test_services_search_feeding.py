"""What the index is given of tweets and people, and as of when."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from domain.activity import Activity
from domain.graph import User
from domain.tweets import Tweet
from services.search import SearchService
from stores.graph import GraphStore
from stores.search import Index
from stores.tweets import TweetStore

ROOT = Tweet(1, 1, 9, "root", 1, None, None, None, None, False, 5, 0, 1, 1)
ANN = User(9, "ann", "Ann", "", 3, 0, None, Activity.ACTIVE, is_famous=False, is_protected=False)


class Stores:
    """Tweets and people, and an index that keeps what it is given."""

    def __init__(self, *tweets: Tweet) -> None:
        self._tweets = {tweet.id: tweet for tweet in tweets}
        self.read: list[tuple[int, list[int]]] = []
        self.indexed: list[tuple[int, list[int]]] = []

    async def tweets(self, tweet_ids: Sequence[int]) -> dict[int, Tweet]:
        self.read.append((_now(), sorted(tweet_ids)))
        return {tweet_id: self._tweets[tweet_id] for tweet_id in tweet_ids if tweet_id in self._tweets}

    async def users(self, user_ids: Sequence[int]) -> dict[int, User]:
        self.read.append((_now(), sorted(user_ids)))
        return {ANN.id: ANN} if ANN.id in user_ids else {}

    async def index_tweets(self, tweets: Sequence[Tweet], read_at: int) -> None:
        self.indexed.append((read_at, sorted(tweet.id for tweet in tweets)))

    async def index_people(self, people: Sequence[User], read_at: int) -> None:
        self.indexed.append((read_at, [person.id for person in people]))


def _now() -> int:
    return time.time_ns() // 1_000


def service(stores: Stores) -> SearchService:
    return SearchService(cast("Index", stores), cast("TweetStore", stores), cast("GraphStore", stores))


async def test_what_is_answered_quoted_or_retweeted_is_indexed_again() -> None:
    """Its counts rank it. A retweet has no words of its own; what is gone, or comes anyway, is not read once more."""
    reply = replace(ROOT, id=2, in_reply_to_id=1)
    quote = replace(ROOT, id=3, quote_of_id=2)
    retweet = replace(ROOT, id=4, text="", retweet_of_id=1)
    orphan = replace(ROOT, id=5, in_reply_to_id=99)
    stores = Stores(ROOT, reply, quote, retweet, orphan)
    await service(stores).tweets_posted([2, 3, 4, 5, 98])
    assert [ids for _, ids in stores.read] == [[2, 3, 4, 5, 98], [1, 99]]
    assert [ids for _, ids in stores.indexed] == [[1, 2, 3, 5]]


async def test_tweets_that_stand_alone_are_read_once() -> None:
    stores = Stores(ROOT)
    await service(stores).tweets_posted([1])
    assert [ids for _, ids in stores.read] == [[1]]


async def test_the_time_is_from_before_the_first_read() -> None:
    stores = Stores(ROOT, replace(ROOT, id=2, in_reply_to_id=1))
    before = _now()
    await service(stores).tweets_posted([2])
    assert before <= stores.indexed[0][0] <= stores.read[0][0]
    await service(stores).people_changed([9, 10])
    assert stores.indexed[1][1] == [9]
    assert stores.read[1][0] <= stores.indexed[1][0] <= stores.read[2][0]
