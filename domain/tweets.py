"""Tweets: posts, replies, quotes and retweets are all rows of one kind."""

from dataclasses import dataclass
from datetime import datetime

from domain.global_id import Kind, encode
from domain.snowflake import created_at


@dataclass(frozen=True, slots=True)
class NewTweet:
    """A tweet to be stored. `event_id` is that of the event that tells of it: when it was written, whatever the date in
    its `id` is (imported tweets keep their own date). A pure retweet has an empty text and `retweet_of_id`. One that is
    `pulled` is not written to timelines but merged into them from its author's pull index."""

    id: int
    event_id: int
    author_id: int
    text: str
    conversation_id: int
    in_reply_to_id: int | None = None
    retweet_of_id: int | None = None
    quote_of_id: int | None = None
    pulled: bool = False
    media_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Tweet:
    """A stored tweet that is not deleted, with its counts."""

    id: int
    event_id: int
    author_id: int
    text: str
    conversation_id: int
    in_reply_to_id: int | None
    retweet_of_id: int | None
    retweet_of_author_id: int | None
    quote_of_id: int | None
    pulled: bool
    like_count: int
    retweet_count: int
    reply_count: int
    quote_count: int
    media_ids: tuple[int, ...] = ()

    @property
    def global_id(self) -> str:
        return encode(Kind.TWEET, self.id)

    @property
    def created_at(self) -> datetime:
        return created_at(self.id)

    @property
    def author_ids(self) -> tuple[int, ...]:
        """Whose words it shows by itself: its author's and, of a pure retweet, the original's author's."""
        return (self.author_id,) if self.retweet_of_author_id is None else (self.author_id, self.retweet_of_author_id)

    @property
    def engagement(self) -> int:
        """How often it was liked, retweeted, answered and quoted."""
        return self.like_count + self.retweet_count + self.reply_count + self.quote_count

    @property
    def in_reply_to_global_id(self) -> str | None:
        return encode(Kind.TWEET, self.in_reply_to_id) if self.in_reply_to_id else None

    @property
    def quote_of_global_id(self) -> str | None:
        return encode(Kind.TWEET, self.quote_of_id) if self.quote_of_id else None


@dataclass(frozen=True, slots=True)
class ViewerMarks:
    """What one viewer did with one tweet."""

    likes: bool
    retweeted: bool


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's key for one creation: the same key and `input_hash` mean the same tweet, another hash is a
    conflict."""

    account_id: int
    key: str
    input_hash: bytes


def doublings(engagement: int) -> int:
    """How often engagement has doubled, what ranks a tweet: whole ones, lest it change its place with every like."""
    return max(engagement + 1, 1).bit_length() - 1
