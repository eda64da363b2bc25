"""Looking tweets up by what is known of them."""

from collections.abc import Collection, Mapping, Sequence

import asyncpg

from domain.page import Part
from domain.tweets import IdempotencyKey, Tweet, ViewerMarks
from stores.postgres import PostgresStore
from stores.tweets import IdempotencyConflict
from stores.tweets.postgres.keys import MADE_WITH

_TWEET = """
    SELECT
        tweet.id, tweet.event_id, tweet.author_id, tweet.text, tweet.conversation_id,
        tweet.in_reply_to_id, tweet.retweet_of_id, original.author_id, tweet.quote_of_id, tweet.pulled,
        coalesce(likes, 0), coalesce(retweets, 0), coalesce(replies, 0), coalesce(quotes, 0), tweet.media_ids
    FROM tweets AS tweet
    LEFT JOIN tweets AS original ON original.id = tweet.retweet_of_id
    LEFT JOIN tweet_counts ON tweet_counts.tweet_id = tweet.id
    WHERE NOT tweet.deleted AND
"""
_TWEETS = f"{_TWEET} tweet.id = ANY($1::bigint[]) AND (tweet.retweet_of_id IS NULL OR NOT original.deleted)"
_SCAN = f"{_TWEET} tweet.id > $1 AND tweet.retweet_of_id IS NULL ORDER BY tweet.id LIMIT $2"
_EXTENT = "SELECT min(id), max(id) FROM tweets"

_RETWEET_IDS = """
    SELECT retweet_of_id, id FROM tweets
    WHERE author_id = $1 AND retweet_of_id = ANY($2::bigint[]) AND NOT deleted AND retweet_of_id IS NOT NULL
"""
_RETWEETS_OF = "SELECT id, author_id FROM tweets WHERE retweet_of_id = $1 AND NOT deleted ORDER BY id LIMIT $2"

_VIEWER_MARKS = """
    SELECT
        tweet.id,
        EXISTS (SELECT FROM likes WHERE user_id = $1 AND tweet_id = tweet.id),
        EXISTS (SELECT FROM tweets WHERE author_id = $1 AND retweet_of_id = tweet.id AND NOT deleted)
    FROM unnest($2::bigint[]) AS tweet (id)
"""

# A look into the primary key for each pair, and none for tweets that nobody likes, as most new ones. Left a choice, a
# plan for unknown ids reads all that each of the people ever liked.
_LIKES_AMONG = """
    SELECT viewer.id, tweet.id
    FROM unnest($2::bigint[]) AS tweet (id)
    CROSS JOIN LATERAL (SELECT FROM likes WHERE tweet_id = tweet.id LIMIT 1) AS liked
    CROSS JOIN unnest($1::bigint[]) AS viewer (id)
    CROSS JOIN LATERAL (SELECT FROM likes WHERE user_id = viewer.id AND tweet_id = tweet.id LIMIT 1) AS mark
"""
_RETWEETS_AMONG = """
    SELECT author_id, retweet_of_id FROM tweets
    WHERE retweet_of_id = ANY($2::bigint[]) AND author_id = ANY($1::bigint[]) AND NOT deleted
"""

_TWEET_COUNTS = "SELECT author_id, tweets FROM author_counts WHERE author_id = ANY($1::bigint[])"


class TweetReads(PostgresStore):
    port = "tweets"

    async def made_with(self, key: IdempotencyKey) -> int | None:
        row = await self._fetchrow(MADE_WITH, key.account_id, key.key)
        if row is None:
            return None
        if row["input_hash"] != key.input_hash:
            raise IdempotencyConflict(key.key)
        return int(row["tweet_id"])

    async def tweets(self, tweet_ids: Sequence[int]) -> Mapping[int, Tweet]:
        return {row["id"]: _tweet(row) for row in await self._fetch(_TWEETS, tweet_ids)}

    async def scan(self, position: str | None, limit: int) -> Part[Tweet]:
        rows = await self._fetch(_SCAN, int(position or 0), limit)
        return await self._part([_tweet(row) for row in rows], limit, _EXTENT)

    async def retweet_ids(self, author_id: int, original_ids: Sequence[int]) -> Mapping[int, int]:
        return await self._fetchdict(_RETWEET_IDS, author_id, original_ids)

    async def retweets_of(self, tweet_id: int, limit: int) -> Sequence[tuple[int, int]]:
        return [(row["id"], row["author_id"]) for row in await self._fetch(_RETWEETS_OF, tweet_id, limit)]

    async def viewer_marks(self, viewer_id: int, tweet_ids: Sequence[int]) -> Mapping[int, ViewerMarks]:
        rows = await self._fetch(_VIEWER_MARKS, viewer_id, tweet_ids)
        return {tweet_id: ViewerMarks(likes=likes, retweeted=retweeted) for tweet_id, likes, retweeted in rows}

    async def likes_among(self, user_ids: Collection[int], tweet_ids: Collection[int]) -> set[tuple[int, int]]:
        return {(row[0], row[1]) for row in await self._fetch(_LIKES_AMONG, list(user_ids), list(tweet_ids))}

    async def retweets_among(self, user_ids: Collection[int], tweet_ids: Collection[int]) -> set[tuple[int, int]]:
        return {(row[0], row[1]) for row in await self._fetch(_RETWEETS_AMONG, list(user_ids), list(tweet_ids))}

    async def tweet_counts(self, author_ids: Sequence[int]) -> Mapping[int, int]:
        return dict.fromkeys(author_ids, 0) | await self._fetchdict(_TWEET_COUNTS, author_ids)


def _tweet(row: asyncpg.Record) -> Tweet:
    return Tweet(*(*row[:-1], tuple(row["media_ids"])))
