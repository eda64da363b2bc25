"""Tweets, replies, quotes, retweets and likes."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from domain.page import Link, Part, Window
from domain.tweets import IdempotencyKey, NewTweet, Tweet, ViewerMarks
from events import Event


class IdempotencyConflict(Exception):
    """The key was used with another input. Nothing was written."""


class TweetStore(Protocol):
    async def create(self, tweet: NewTweet, event: Event, key: IdempotencyKey | None = None) -> int:
        """Writes tweet, counts, event and key in one transaction; its id, or that of the tweet that the key made before
        (within 24 hours), and then nothing is written. Raises IdempotencyConflict."""

    async def made_with(self, key: IdempotencyKey) -> int | None:
        """The id of the tweet that a key made within 24 hours, deleted or not. Raises IdempotencyConflict where that
        was with another input."""

    async def create_missing(self, tweets: Sequence[NewTweet], event: Event) -> Sequence[int]:
        """Writes those whose id is not there yet, with counts and event, in one transaction; the ids written. No event
        is written where all are there already."""

    async def retweet(self, tweet: NewTweet, event: Event) -> int:
        """Writes a retweet unless the author has one of that original; the id of the one there is."""

    async def delete(self, tweet_id: int, event: Event) -> bool:
        """Leaves a tombstone without text and media, takes it from the counts of what it answers, quotes or retweets;
        the event in the same transaction. False where there is no such tweet (any more), and then no event."""

    async def tweets(self, tweet_ids: Sequence[int]) -> Mapping[int, Tweet]:
        """Those that exist and are not deleted, nor retweets of a deleted one."""

    async def scan(self, position: str | None, limit: int) -> Part[Tweet]:
        """Walks through all tweets, from a part's `next` on (None: from the start), at most `limit` a part. Those that
        were there at the start and aren't deleted come exactly once, those written meanwhile may come; deleted ones
        don't, nor do pure retweets, which have no words of their own."""

    async def retweet_ids(self, author_id: int, original_ids: Sequence[int]) -> Mapping[int, int]:
        """The id of an author's retweet by that of its original."""

    async def retweets_of(self, tweet_id: int, limit: int) -> Sequence[tuple[int, int]]:
        """(retweet id, author id) of retweets that are not deleted, also where the original is."""

    async def like(self, tweet_id: int, user_id: int, like_id: int) -> bool:
        """Adds the like and its count; False where it was there."""

    async def unlike(self, tweet_id: int, user_id: int) -> bool:
        """Takes the like and its count away; False where there was none."""

    async def viewer_marks(self, viewer_id: int, tweet_ids: Sequence[int]) -> Mapping[int, ViewerMarks]:
        """For every id given."""

    async def likes_among(self, user_ids: Collection[int], tweet_ids: Collection[int]) -> set[tuple[int, int]]:
        """(user id, tweet id) of the likes that any of these people gave any of these tweets."""

    async def retweets_among(self, user_ids: Collection[int], tweet_ids: Collection[int]) -> set[tuple[int, int]]:
        """(user id, original's id) of the retweets that any of these people made of any of these tweets."""

    async def tweet_counts(self, author_ids: Sequence[int]) -> Mapping[int, int]:
        """How many tweets of each author there are (retweets and replies too); for every id given."""

    async def ids_by_authors(self, author_ids: Sequence[int], window: Window) -> Sequence[int]:
        """The ids of tweets of any of these authors, merged: newest first, or oldest first where the window ascends."""

    async def pulled_ids(self, author_id: int, window: Window) -> Sequence[int]:
        """The ids of an author's tweets that are pulled, newest first, or oldest first where the window ascends; it
        costs what it returns."""

    async def by_author(
        self, author_ids: Sequence[int], window: Window, *, include_replies: bool
    ) -> Mapping[int, Sequence[Link]]:
        """A page of each author's tweets; key and node are the tweet's id."""

    async def replies(self, tweet_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        """A page of the direct replies to each."""

    async def quotes(self, tweet_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]: ...

    async def ancestors(self, tweet_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        """The tweets above each in its conversation, nearest first: limit of those with an id below `high`; tombstones
        are passed over. `low` and `ascending` are not used."""

    async def likes(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        """A page of the tweets that each liked; keys are the likes' ids."""

    async def liked_by(self, tweet_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        """A page of the people who like each; keys are the likes' ids."""

    async def retweeted_by(self, tweet_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        """A page of the people who retweeted each; keys are the retweets' ids."""
