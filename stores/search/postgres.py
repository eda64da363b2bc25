"""Search in Postgres: full text, with the query syntax of web search engines.

Words are matched by their English stems, and without accents: "running" finds "run", and "cafe" "café". Words of other
languages are cut alike in text and query, so they find themselves; scripts written without spaces are found by whole
runs of characters only. Hashtags and mentions must not be cut ("#running" is not "#run"), so each is also a word of its
own, see `domain.matching.entities`.

Words that are in nearly every text ("the") are indexed, but count in a query with a phrase alone: there they belong to
it; elsewhere they would hide what is meant, and cost much. A query of nothing else has no hits.
"""

# ruff: noqa: S608 - statements are composed of constants alone; values are arguments

from collections.abc import Iterable, Sequence

import asyncpg

from domain.graph import User
from domain.matching.entities import entity_words, with_entity_words
from domain.matching.folding import folded
from domain.search import Hit, SearchCursor
from domain.snowflake import MAX_ID
from domain.tweets import Tweet
from stores.postgres import PostgresStore
from stores.search import Notes
from stores.search.texts import marked, stems
from stores.search.words import about, beginnings, handle_of, shortened, shown

RANKED = 10_000
"""A search by rank looks at this many of the matching tweets, the newest, lest frequent words cost more than others."""

_INDEX_TWEETS = """
    INSERT INTO search_tweets (id, read_at, body, document)
    SELECT id, $1, body, to_tsvector('whole_english', words) || to_tsvector('simple', entity_words)
    FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) AS tweet (id, body, words, entity_words)
    ORDER BY id
    ON CONFLICT (id) DO UPDATE SET read_at = excluded.read_at, body = excluded.body, document = excluded.document
    WHERE NOT search_tweets.removed AND search_tweets.read_at <= excluded.read_at
"""
_REMOVE_TWEETS = """
    INSERT INTO search_tweets (id, body, document, removed)
    SELECT id, '', '', true FROM unnest($1::bigint[]) AS tweet (id) ORDER BY id
    ON CONFLICT (id) DO UPDATE SET body = '', document = '', removed = true
"""
_MISSING_TWEETS = "SELECT unnest($1::bigint[]) EXCEPT SELECT id FROM search_tweets WHERE id = ANY($1::bigint[])"

_INDEX_PEOPLE = """
    INSERT INTO search_people (id, read_at, handle_lower, bio, followers, document)
    SELECT id, $1, handle, bio, followers,
        setweight(to_tsvector('simple', names), 'A') || setweight(to_tsvector('english', words), 'B')
    FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[])
        AS person (id, handle, names, bio, words, followers)
    ORDER BY id
    ON CONFLICT (id) DO UPDATE SET read_at = excluded.read_at, handle_lower = excluded.handle_lower, bio = excluded.bio,
        followers = excluded.followers, document = excluded.document
    WHERE search_people.read_at <= excluded.read_at
"""

# A query without a word to look for, of stop words or negations alone, has no hits ('T' stands for "all there is").
# Queries are worked out once, not per row, and unknown to the planner: it looks the words up in the index, and never
# walks through all tweets instead, newest first, because it guesses that hits are many.
_MATCHES = """
    WITH query AS MATERIALIZED (
        SELECT websearch_to_tsquery(CAST($1::text AS regconfig), $2) AS words
    ),
    matches AS MATERIALIZED (
        SELECT id FROM search_tweets
        WHERE document @@ (SELECT words FROM query) AND (SELECT querytree(words) <> 'T' FROM query)
    )
"""

# Ranks are float4; as float8 they are what a cursor gives back, to the last bit.
_TOP = f"""
    {_MATCHES},
    hits AS (
        SELECT id, body, ts_rank_cd(document, (SELECT words FROM query), 1)::float8 AS rank
        FROM (SELECT id FROM matches ORDER BY id DESC LIMIT $3) AS newest JOIN search_tweets USING (id)
    )
    SELECT id, rank, body FROM hits WHERE (rank, id) < ($4::float8, $5::bigint) ORDER BY rank DESC, id DESC LIMIT $6
"""
_LATEST = f"""
    {_MATCHES}
    SELECT id, 0::float8, body
    FROM (SELECT id FROM matches WHERE id <= $3 ORDER BY id DESC LIMIT $4) AS page JOIN search_tweets USING (id)
    ORDER BY id DESC
"""

# Whole handle, then beginning of handle or name, then words of the bio; the followers decide among equals.
_PEOPLE = """
    WITH query AS MATERIALIZED (
        SELECT to_tsquery('simple', $1) AS beginnings,
            websearch_to_tsquery('english', $2) || websearch_to_tsquery('simple', $2) AS words
    ),
    begun AS MATERIALIZED (
        SELECT id FROM search_people
        WHERE handle_lower >= $3 AND handle_lower < $4 OR document @@ (SELECT beginnings FROM query)
    ),
    hits AS (
        SELECT id, bio, followers + 1e12::float8 * CASE WHEN handle_lower = $3 THEN 3 ELSE 2 END AS rank
        FROM begun JOIN search_people USING (id)
        UNION ALL
        SELECT id, bio, followers + 1e12::float8 AS rank FROM search_people
        WHERE document @@ (SELECT words FROM query) AND (SELECT querytree(words) <> 'T' FROM query)
            AND id NOT IN (SELECT id FROM begun)
    )
    SELECT id, rank, bio FROM hits WHERE (rank, id) < ($5::float8, $6::bigint) ORDER BY rank DESC, id DESC LIMIT $7
"""

_START = SearchCursor(float("inf"), 0)


class PostgresSearch(PostgresStore):
    port = "search"

    async def index_tweets(self, tweets: Sequence[Tweet], read_at: int) -> None:
        distinct = {tweet.id: tweet for tweet in tweets}.values()
        await self._fetch(
            _INDEX_TWEETS,
            read_at,
            [tweet.id for tweet in distinct],
            [tweet.text for tweet in distinct],
            [folded(tweet.text) for tweet in distinct],
            [" ".join(entity_words(tweet.text)) for tweet in distinct],
        )

    async def remove_tweets(self, tweet_ids: Sequence[int]) -> None:
        await self._fetch(_REMOVE_TWEETS, list(set(tweet_ids)))

    async def index_people(self, people: Sequence[User], read_at: int) -> None:
        distinct = {person.id: person for person in people}.values()
        await self._fetch(
            _INDEX_PEOPLE,
            read_at,
            [person.id for person in distinct],
            [person.handle.lower() for person in distinct],
            [folded(f"{person.handle} {person.display_name}") for person in distinct],
            [person.bio for person in distinct],
            [folded(person.bio) for person in distinct],
            [person.followers_count for person in distinct],
        )

    async def top_tweets(self, query: str, limit: int, after: SearchCursor | None) -> Sequence[Hit]:
        end = after or _START
        return _marked(await self._fetch(_TOP, *_words(query), RANKED, end.rank, end.id, limit), shown(query))

    async def latest_tweets(self, query: str, limit: int, after: SearchCursor | None) -> Sequence[Hit]:
        last = after.id - 1 if after else MAX_ID
        return _marked(await self._fetch(_LATEST, *_words(query), last, limit), shown(query))

    async def people(self, query: str, limit: int, after: SearchCursor | None) -> Sequence[Hit]:
        end = after or _START
        first, beyond = handle_of(query)
        begun = " & ".join(f"'{word}':*A" for word in beginnings(query))
        words = folded(shortened(query))
        rows = await self._fetch(_PEOPLE, begun, words, first, beyond, end.rank, end.id, limit)
        return _marked(rows, about(query).wanted)

    async def missing_tweets(self, tweet_ids: Sequence[int]) -> set[int]:
        return {tweet_id for (tweet_id,) in await self._fetch(_MISSING_TWEETS, tweet_ids)}

    async def rebuild(self) -> "InPlace":
        return InPlace(self)


def _words(query: str) -> tuple[str, str]:
    """The first arguments of a search of tweets: configuration, and words to match."""
    short = shortened(query)
    return "whole_english" if '"' in short else "english", folded(with_entity_words(short))


def _marked(rows: Iterable[asyncpg.Record], wanted: frozenset[str]) -> Sequence[Hit]:
    """Rows of (id, rank, text)."""
    return [Hit(hit_id, rank, marked(text, *stems(text), wanted)) for hit_id, rank, text in rows]


class InPlace:
    """A rebuild that writes all rows once more."""

    def __init__(self, index: PostgresSearch) -> None:
        self.index = index
        self.notes: Notes = {}

    async def note(self, notes: Notes) -> None:
        """Here alone: one that is broken off begins at its beginning."""
        self.notes = notes

    async def serve(self) -> bool:
        return False

    async def finish(self) -> None:
        """There is nothing to drop."""
