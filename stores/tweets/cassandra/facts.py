"""What is written of a tweet, wherever it lies: pure, so that the same fact is the same writes."""

from collections.abc import Iterator
from dataclasses import astuple, dataclass

import msgpack
from cassandra.query import UNSET_VALUE

from domain.tweets import NewTweet
from events import Event, decode, encode
from stores.cassandra import Query
from stores.tweets.cassandra.links import POSTS, PULLED, QUOTES, REPLIES, RETWEETS, TWEETS, Entry, written_us

INSERT = """
    INSERT INTO tweets (
        id, event_id, author_id, text, conversation_id, in_reply_to_id, retweet_of_id, quote_of_id, pulled, media_ids,
        deleted
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, false) USING TIMESTAMP ?
"""
BURY = "UPDATE tweets USING TIMESTAMP ? SET deleted = true, text = '', media_ids = [] WHERE id = ?"

STATEMENTS = (INSERT, BURY)


@dataclass(frozen=True, slots=True)
class Intent:
    """A fact that was claimed, so that whoever finds the claim can write it. `stamp`: of the event in its log."""

    tweet: NewTweet
    event: Event
    stamp: int

    def packed(self) -> bytes:
        packed: bytes = msgpack.packb((astuple(self.tweet), encode(self.event), self.stamp))
        return packed

    @classmethod
    def unpack(cls, packed: bytes) -> "Intent":
        tweet, event, stamp = msgpack.unpackb(packed, use_list=False)
        return cls(NewTweet(*tweet), decode(event), stamp)


def entries(tweet: NewTweet) -> Iterator[Entry]:
    """The entries that a tweet has in lists."""
    yield Entry(TWEETS, tweet.author_id, tweet.id, tweet.id)
    if tweet.in_reply_to_id is None:
        yield Entry(POSTS, tweet.author_id, tweet.id, tweet.id)
    else:
        yield Entry(REPLIES, tweet.in_reply_to_id, tweet.id, tweet.id)
    if tweet.pulled:
        yield Entry(PULLED, tweet.author_id, tweet.id, tweet.id)
    if tweet.quote_of_id is not None:
        yield Entry(QUOTES, tweet.quote_of_id, tweet.id, tweet.id)
    if tweet.retweet_of_id is not None:
        yield Entry(RETWEETS, tweet.retweet_of_id, tweet.id, tweet.author_id)


def row(tweet: NewTweet) -> Query:
    # NULLs would be tombstones, written for nothing: the driver leaves out what is unset, and reads it as NULL.
    values = (UNSET_VALUE if value in {None, ()} else value for value in astuple(tweet))
    return Query(INSERT, (*values, written_us(tweet.id)))


def buried(tweet_id: int) -> Query:
    """Text and media go, the row stays; later than the tweet was written, whatever the clocks say."""
    return Query(BURY, (written_us(tweet_id) + 1, tweet_id))
