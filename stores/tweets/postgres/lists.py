"""Lists of tweets and of people, sorted by id."""

from collections.abc import Mapping, Sequence

from domain.page import Link, Window
from stores.postgres import ListQuery, PostgresStore, both_ways, bounds

# First a sample, the same number of tweets of each author, $4 or more together: the first $4 of all lie no further than
# its first $4. Then all tweets no further than that. So thousands of authors cost one look into the index each, and few
# cost little more than what is asked for.
_IDS_BY_AUTHORS = both_ways(
    """
    WITH sample AS MATERIALIZED (
        SELECT author.id AS author_id, first.id
        FROM unnest($1::bigint[]) AS author (id)
        CROSS JOIN LATERAL (
            SELECT id FROM tweets WHERE author_id = author.id AND NOT deleted AND id > $2 AND id <= $3
            ORDER BY id <order> LIMIT $4 / greatest(cardinality($1), 1) + 1
        ) AS first
        ORDER BY first.id <order> LIMIT $4
    ),
    reach AS MATERIALIZED (
        SELECT
            CASE WHEN count(*) = $4 THEN min(id) - 1 ELSE $2 END AS low,
            CASE WHEN count(*) = $4 THEN max(id) ELSE $3 END AS last
        FROM sample
    )
    SELECT page.id
    FROM reach
    CROSS JOIN (SELECT DISTINCT author_id FROM sample) AS author
    CROSS JOIN LATERAL (
        SELECT id FROM tweets
        WHERE author_id = author.author_id AND NOT deleted AND id > reach.low AND id <= reach.last
        ORDER BY id <order> LIMIT $4
    ) AS page
    ORDER BY page.id <order> LIMIT $4
    """
)

_PULLED_IDS = both_ways(
    """
    SELECT id FROM tweets
    WHERE author_id = $1 AND pulled AND NOT deleted AND id > $2 AND id <= $3
    ORDER BY id <order> LIMIT $4
    """
)

_TWEETS_OF = ListQuery("SELECT id AS key, id AS node_id FROM tweets WHERE author_id = parent.id AND NOT deleted")
_POSTS_OF = ListQuery(
    """
    SELECT id AS key, id AS node_id FROM tweets
    WHERE author_id = parent.id AND NOT deleted AND in_reply_to_id IS NULL
    """
)
_REPLIES = ListQuery("SELECT id AS key, id AS node_id FROM tweets WHERE in_reply_to_id = parent.id AND NOT deleted")
_QUOTES = ListQuery("SELECT id AS key, id AS node_id FROM tweets WHERE quote_of_id = parent.id AND NOT deleted")
_RETWEETED_BY = ListQuery(
    "SELECT id AS key, author_id AS node_id FROM tweets WHERE retweet_of_id = parent.id AND NOT deleted"
)
_LIKES = ListQuery("SELECT id AS key, tweet_id AS node_id FROM likes WHERE user_id = parent.id")
_LIKED_BY = ListQuery("SELECT id AS key, user_id AS node_id FROM likes WHERE tweet_id = parent.id")

# A tweet's parent is older than itself; that is asked for again here, so that no data can make the walk endless.
# The walk stops as soon as LIMIT has its rows.
_ANCESTORS = """
    SELECT start.id, above.id
    FROM unnest($1::bigint[]) AS start (id)
    CROSS JOIN LATERAL (
        WITH RECURSIVE thread AS (
            SELECT id, in_reply_to_id, deleted FROM tweets WHERE id = start.id
            UNION ALL
            SELECT parent.id, parent.in_reply_to_id, parent.deleted
            FROM thread JOIN tweets AS parent ON parent.id = thread.in_reply_to_id AND parent.id < thread.id
        )
        SELECT id FROM thread WHERE id < start.id AND id <= $2 AND NOT deleted LIMIT $3
    ) AS above
    ORDER BY above.id DESC
"""


class TweetLists(PostgresStore):
    port = "tweets"

    async def ids_by_authors(self, author_ids: Sequence[int], window: Window) -> Sequence[int]:
        rows = await self._fetch(_IDS_BY_AUTHORS[window.ascending], list(set(author_ids)), *bounds(window))
        return [tweet_id for (tweet_id,) in rows]

    async def pulled_ids(self, author_id: int, window: Window) -> Sequence[int]:
        rows = await self._fetch(_PULLED_IDS[window.ascending], author_id, *bounds(window))
        return [tweet_id for (tweet_id,) in rows]

    async def by_author(
        self, author_ids: Sequence[int], window: Window, *, include_replies: bool
    ) -> Mapping[int, Sequence[Link]]:
        return await self._pages(_TWEETS_OF if include_replies else _POSTS_OF, author_ids, window)

    async def replies(self, tweet_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return await self._pages(_REPLIES, tweet_ids, window)

    async def quotes(self, tweet_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return await self._pages(_QUOTES, tweet_ids, window)

    async def ancestors(self, tweet_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        pages: dict[int, list[Link]] = {tweet_id: [] for tweet_id in tweet_ids}
        _, last, limit = bounds(window)
        for tweet_id, ancestor_id in await self._fetch(_ANCESTORS, list(pages), last, limit):
            pages[tweet_id].append(Link(ancestor_id, ancestor_id))
        return dict(pages)

    async def likes(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return await self._pages(_LIKES, user_ids, window)

    async def liked_by(self, tweet_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return await self._pages(_LIKED_BY, tweet_ids, window)

    async def retweeted_by(self, tweet_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return await self._pages(_RETWEETED_BY, tweet_ids, window)
