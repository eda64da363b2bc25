"""Writing tweets and likes: each a single statement, so that fact, counts, event and key come together or not at all.

Locks are taken in one order by all of these: idempotency key, tweets by id, counts of tweets by id, counts of authors
by id. Two statements therefore never wait for each other in a circle.
"""

# ruff: noqa: S608 - statements are composed of constants alone; values are arguments

from collections.abc import Sequence

from domain.tweets import IdempotencyKey, NewTweet
from events import Event
from stores.events.postgres import logged, with_event
from stores.postgres import PostgresStore
from stores.tweets import IdempotencyConflict
from stores.tweets.postgres.keys import CLAIMED, FORGOTTEN

_PLAIN = "id, event_id, author_id, text, conversation_id, in_reply_to_id, retweet_of_id, quote_of_id, pulled"
_COLUMNS = f"{_PLAIN}, media_ids"
# unnest would make one list of an array of lists, so these come as text.
_ROWS = f"""
    rows AS (
        SELECT {_PLAIN}, media_ids::bigint[] FROM unnest(
            $3::bigint[], $4::bigint[], $5::bigint[], $6::text[],
            $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::boolean[], $12::text[]
        ) AS row ({_COLUMNS})
    )
"""
_COUNTED_BY = "author_id, in_reply_to_id, retweet_of_id, quote_of_id"

# A parent's count is of its replies that are not deleted, whether it is itself or not: so no count falls below zero,
# in whatever order two deletions come. The second step has rows only after the first is through.
_COUNTED = """
    tweets_counted AS (
        INSERT INTO tweet_counts AS counts (tweet_id, replies, retweets, quotes)
        SELECT tweet_id, sum(replies), sum(retweets), sum(quotes)
        FROM written CROSS JOIN LATERAL (
            VALUES (in_reply_to_id, step, 0, 0), (retweet_of_id, 0, step, 0), (quote_of_id, 0, 0, step)
        ) AS target (tweet_id, replies, retweets, quotes)
        WHERE tweet_id IS NOT NULL
        GROUP BY tweet_id
        ORDER BY tweet_id
        ON CONFLICT (tweet_id) DO UPDATE SET
            replies = counts.replies + excluded.replies,
            retweets = counts.retweets + excluded.retweets,
            quotes = counts.quotes + excluded.quotes
        RETURNING tweet_id
    ),
    authors_counted AS (
        INSERT INTO author_counts AS counts (author_id, tweets)
        SELECT author_id, sum(step) FROM written
        WHERE (SELECT count(*) FROM tweets_counted) >= 0
        GROUP BY author_id
        ORDER BY author_id
        ON CONFLICT (author_id) DO UPDATE SET tweets = counts.tweets + excluded.tweets
    )
"""

_INSERT = f"""
    written AS (
        INSERT INTO tweets ({_COLUMNS}) SELECT {_COLUMNS} FROM rows ORDER BY id
        ON CONFLICT DO NOTHING
        RETURNING {_COUNTED_BY}, id, 1 AS step
    )
"""
_CREATE = with_event(_ROWS, _INSERT, _COUNTED, result="SELECT id FROM written")

_INSERT_CLAIMED = _INSERT.replace("FROM rows", "FROM rows WHERE id = (SELECT tweet_id FROM claimed)")
_CREATE_CLAIMED = with_event(
    _ROWS, CLAIMED, FORGOTTEN, _INSERT_CLAIMED, _COUNTED, result="SELECT tweet_id, input_hash FROM claimed"
)

# The update changes nothing, but answers with the row that is there already, also one that was committed after this
# statement began. A row that was inserted, not updated, has no xmax.
_RETWEET = with_event(
    _ROWS,
    f"""
    held AS (
        INSERT INTO tweets ({_COLUMNS}) SELECT {_COLUMNS} FROM rows
        ON CONFLICT (author_id, retweet_of_id) WHERE NOT deleted AND retweet_of_id IS NOT NULL
        DO UPDATE SET author_id = excluded.author_id
        RETURNING {_COUNTED_BY}, id, xmax = 0 AS is_new
    ),
    written AS (SELECT {_COUNTED_BY}, 1 AS step FROM held WHERE is_new)
    """,
    _COUNTED,
    result="SELECT id FROM held",
)

_DELETE = with_event(
    f"""
    written AS (
        UPDATE tweets SET deleted = true, text = '', media_ids = DEFAULT WHERE id = $3 AND NOT deleted
        RETURNING {_COUNTED_BY}, -1 AS step
    )
    """,
    _COUNTED,
    result="SELECT true FROM written",
)

_LIKES_COUNTED = """
    INSERT INTO tweet_counts AS counts (tweet_id, likes) SELECT tweet_id, step FROM written
    ON CONFLICT (tweet_id) DO UPDATE SET likes = counts.likes + excluded.likes
    RETURNING true
"""
_LIKE = f"""
    WITH written AS (
        INSERT INTO likes (tweet_id, user_id, id) VALUES ($1, $2, $3)
        ON CONFLICT (user_id, tweet_id) DO NOTHING
        RETURNING tweet_id, 1 AS step
    ) {_LIKES_COUNTED}
"""
_UNLIKE = f"""
    WITH written AS (DELETE FROM likes WHERE tweet_id = $1 AND user_id = $2 RETURNING tweet_id, -1 AS step)
    {_LIKES_COUNTED}
"""


class TweetWrites(PostgresStore):
    port = "tweets"

    async def create(self, tweet: NewTweet, event: Event, key: IdempotencyKey | None = None) -> int:
        if key is None:
            await self._fetch(_CREATE, *logged(event), *_arrays([tweet]))
            return tweet.id
        claim = key.account_id, key.key, key.input_hash
        [(tweet_id, input_hash)] = await self._fetch(_CREATE_CLAIMED, *logged(event), *_arrays([tweet]), *claim)
        if input_hash != key.input_hash:
            raise IdempotencyConflict(key.key)
        return int(tweet_id)

    async def create_missing(self, tweets: Sequence[NewTweet], event: Event) -> Sequence[int]:
        return [row["id"] for row in await self._fetch(_CREATE, *logged(event), *_arrays(tweets))]

    async def retweet(self, tweet: NewTweet, event: Event) -> int:
        return int(await self._fetchval(_RETWEET, *logged(event), *_arrays([tweet])))

    async def delete(self, tweet_id: int, event: Event) -> bool:
        return await self._fetchval(_DELETE, *logged(event), tweet_id) is not None

    async def like(self, tweet_id: int, user_id: int, like_id: int) -> bool:
        return await self._fetchval(_LIKE, tweet_id, user_id, like_id) is not None

    async def unlike(self, tweet_id: int, user_id: int) -> bool:
        return await self._fetchval(_UNLIKE, tweet_id, user_id) is not None


def _arrays(tweets: Sequence[NewTweet]) -> tuple[list[object], ...]:
    """The tweets as one array per column, in the order of `rows`."""
    return (
        [tweet.id for tweet in tweets],
        [tweet.event_id for tweet in tweets],
        [tweet.author_id for tweet in tweets],
        [tweet.text for tweet in tweets],
        [tweet.conversation_id for tweet in tweets],
        [tweet.in_reply_to_id for tweet in tweets],
        [tweet.retweet_of_id for tweet in tweets],
        [tweet.quote_of_id for tweet in tweets],
        [tweet.pulled for tweet in tweets],
        [f"{{{','.join(map(str, tweet.media_ids))}}}" for tweet in tweets],
    )
