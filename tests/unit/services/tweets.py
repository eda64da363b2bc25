"""Tweets in memory, for tests of what acts on them; what is written is recorded beside what the graph records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from domain.tweets import IdempotencyKey, NewTweet, Tweet
from events import Event
from stores.tweets import TweetStore
from tests.unit.services.people import Graph


def tweet(tweet_id: int, author_id: int, text: str = "text") -> Tweet:
    return Tweet(tweet_id, tweet_id, author_id, text, tweet_id, None, None, None, None, False, 0, 0, 0, 0)


def retweet(tweet_id: int, author_id: int, original: Tweet) -> Tweet:
    """A pure retweet."""
    original_of = (original.id, original.author_id)
    return Tweet(tweet_id, tweet_id, author_id, "", tweet_id, None, *original_of, None, False, 0, 0, 0, 0)


def reply(tweet_id: int, author_id: int, answered: Tweet) -> Tweet:
    conversation = (answered.conversation_id, answered.id)
    return Tweet(tweet_id, tweet_id, author_id, "text", *conversation, None, None, None, False, 0, 0, 0, 0)


@dataclass
class Tweets:
    """`likes` are (tweet id, user id). `asked` has each batch of ids that was read."""

    graph: Graph
    rows: dict[int, Tweet]
    likes: set[tuple[int, int]] = field(default_factory=set)
    asked: list[list[int]] = field(default_factory=list)
    keys: dict[IdempotencyKey, int] = field(default_factory=dict)

    @property
    def store(self) -> TweetStore:
        return cast("TweetStore", self)

    async def tweets(self, tweet_ids: Sequence[int]) -> Mapping[int, Tweet]:
        self.asked.append(list(tweet_ids))
        return {tweet_id: self.rows[tweet_id] for tweet_id in tweet_ids if tweet_id in self.rows}

    async def made_with(self, key: IdempotencyKey) -> int | None:
        return self.keys.get(key)

    async def create(self, new: NewTweet, event: Event, key: IdempotencyKey | None = None) -> int:
        self.graph.done.append(("create", new, event))
        if key:
            self.keys[key] = new.id
        return new.id

    async def create_missing(self, tweets: Sequence[NewTweet], event: Event) -> Sequence[int]:
        missing = [each.id for each in tweets if each.id not in self.rows]
        if missing:
            self.graph.done.append(("create_missing", list(tweets), event))
        return missing

    async def retweet(self, new: NewTweet, event: Event) -> int:
        for row in self.rows.values():
            if (row.author_id, row.retweet_of_id) == (new.author_id, new.retweet_of_id):
                return row.id
        self.graph.done.append(("retweet", new, event))
        return new.id

    async def delete(self, tweet_id: int, event: Event) -> bool:
        self.graph.done.append(("delete", tweet_id, event))
        return self.rows.pop(tweet_id, None) is not None

    async def retweet_ids(self, author_id: int, original_ids: Sequence[int]) -> Mapping[int, int]:
        mine = [row for row in self.rows.values() if row.author_id == author_id]
        return {row.retweet_of_id: row.id for row in mine if row.retweet_of_id in original_ids and row.retweet_of_id}

    async def like(self, tweet_id: int, user_id: int, like_id: int) -> bool:
        self.graph.done.append(("like", tweet_id, user_id, like_id))
        new = (tweet_id, user_id) not in self.likes
        self.likes.add((tweet_id, user_id))
        return new

    async def unlike(self, tweet_id: int, user_id: int) -> bool:
        if (tweet_id, user_id) not in self.likes:
            return False
        self.likes.remove((tweet_id, user_id))
        self.graph.done.append(("unlike", tweet_id, user_id))
        return True
