"""Search of tweets and people, and the feeding of its index."""

import time
from collections.abc import Iterable, Sequence

from domain import text
from domain.errors import BadUserInput
from domain.page import decode_cursor, encode_cursor
from domain.search import Hit, SearchCursor, SearchType
from domain.tweets import Tweet
from faults import crash_point
from stores.graph import GraphStore
from stores.search import Index
from stores.tweets import TweetStore

QUERY_LENGTH = 500


def check_query(query: str) -> None:
    """Raises BadUserInput for a query that is too long or has forbidden characters."""
    if len(query) > QUERY_LENGTH:
        raise BadUserInput(f"query: has at most {QUERY_LENGTH} characters, not {len(query)}.")
    if forbidden := text.forbidden_character(query):
        raise BadUserInput(f"query: can't have the character {forbidden}.")


class SearchService:
    def __init__(self, index: Index, tweets: TweetStore, graph: GraphStore) -> None:
        self._index = index
        self._tweets = tweets
        self._graph = graph

    async def hits(self, query: str, kind: SearchType, limit: int, after: str | None) -> Sequence[tuple[str, Hit]]:
        """Hits with their cursors; of MEDIA all tweets, since what a tweet shows is not in the index. Raises
        BadUserInput for a query that is too long or has forbidden characters, or a cursor of another search type."""
        check_query(query)
        field = f"search.{kind.value}"
        cursor = _decode(field, after) if after is not None else None
        find = {
            SearchType.TOP: self._index.top_tweets,
            SearchType.LATEST: self._index.latest_tweets,
            SearchType.PEOPLE: self._index.people,
            SearchType.MEDIA: self._index.latest_tweets,
        }[kind]
        return [(encode_cursor(field, hit.rank.hex(), hit.id), hit) for hit in await find(query, limit, cursor)]

    async def tweets_posted(self, tweet_ids: Iterable[int]) -> None:
        """Indexes tweets, and again those that they answer, quote or retweet, since that ranks them. Pure retweets have
        no words of their own and are left out, and so are those deleted meanwhile."""
        read_at = now()
        tweets = dict(await self._tweets.tweets(list(tweet_ids)))
        if above := _above(tweets.values()) - tweets.keys():
            tweets |= await self._tweets.tweets(list(above))
        crash_point("search.read")
        await self._index.index_tweets([each for each in tweets.values() if each.retweet_of_id is None], read_at)

    async def tweets_deleted(self, tweet_ids: Iterable[int]) -> None:
        await self._index.remove_tweets(list(tweet_ids))

    async def people_changed(self, user_ids: Iterable[int]) -> None:
        read_at = now()
        people = await self._graph.users(list(user_ids))
        await self._index.index_people(list(people.values()), read_at)


def _above(tweets: Iterable[Tweet]) -> set[int]:
    """What they answer, quote or retweet."""
    parents = ((tweet.in_reply_to_id, tweet.quote_of_id, tweet.retweet_of_id) for tweet in tweets)
    return {parent for each in parents for parent in each if parent is not None}


def now() -> int:
    """Unix time in microseconds."""
    return time.time_ns() // 1_000


def _decode(field: str, cursor: str) -> SearchCursor:
    parts = decode_cursor(field, "after", cursor)
    try:
        rank, hit_id = parts
        decoded = SearchCursor(float.fromhex(rank), int(hit_id))
    except (ValueError, OverflowError):
        decoded = SearchCursor(float("nan"), 0)
    if decoded.rank != decoded.rank or not 0 < decoded.id < 1 << 63:
        raise BadUserInput(f"after: not a cursor of `{field}`; give an endCursor or edge cursor of that search.")
    return decoded
