"""Looking tweets up by what is known of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from domain.page import Part, Window
from domain.tweets import IdempotencyKey, NewTweet, Tweet, ViewerMarks
from stores.cassandra import Query, Row
from stores.tweets.cassandra.keys import Claims
from stores.tweets.cassandra.links import LIKED_BY, RETWEETS, LinkList, month
from stores.tweets.cassandra.lists import TweetLists

_TWEET = """
    SELECT
        id, event_id, author_id, text, conversation_id, in_reply_to_id, retweet_of_id, quote_of_id, pulled, media_ids,
        likes, retweets, replies, quotes, deleted
    FROM tweets WHERE
"""
TWEETS = f"{_TWEET} id IN ?"
_SCAN = f"SELECT token(id), {_TWEET.strip().removeprefix('SELECT')} token(id) > ? LIMIT ?"
_SUMS = "SELECT id, likes, retweets FROM tweets WHERE id IN ?"
_ALIVE = "SELECT id, author_id, deleted FROM tweets WHERE id IN ?"
_LIKE_MARKS = "SELECT tweet_id, like_id, liked FROM like_marks WHERE user_id = ? AND month = ? AND tweet_id IN ?"
_RETWEET_MARKS = "SELECT tweet_id, retweet_id FROM retweet_marks WHERE user_id = ? AND month = ? AND tweet_id IN ?"
_COUNTS = "SELECT owner_id, counted FROM buckets WHERE owner_id IN ? AND list = 'tweets_by_author'"

_FIRST_TOKEN = -1 << 63

Pair = tuple[int, int]


class TweetReads(TweetLists, Claims):
    statements: ClassVar[tuple[str, ...]] = (TWEETS, _SCAN, _SUMS, _ALIVE, _LIKE_MARKS, _RETWEET_MARKS, _COUNTS)

    async def made_with(self, key: IdempotencyKey) -> int | None:
        tweet_id = await self._claimed(key)
        return tweet_id if tweet_id is not None and await self._written([tweet_id]) else None

    async def tweets(self, tweet_ids: Sequence[int]) -> Mapping[int, Tweet]:
        rows = {row[0]: row for row in await self._among(TWEETS, tweet_ids) if is_there(row)}
        originals = {row[6] for row in rows.values() if row[6] is not None}
        others = await self._among(TWEETS, originals - rows.keys()) if originals else []
        known = rows | {row[0]: row for row in others if is_there(row)}
        return {
            tweet_id: _tweet(row, known.get(row[6]))
            for tweet_id, row in rows.items()
            if row[6] is None or row[6] in known
        }

    async def scan(self, position: str | None, limit: int) -> Part[Tweet]:
        """In the order of the partitions' tokens, which no two ids have in common but by an odd chance."""
        rows = await self._rows(_SCAN, int(position or _FIRST_TOKEN), limit)
        tweets = [_tweet(row, None) for _, *row in rows if is_there(row) and row[6] is None]
        if len(rows) < limit:
            return Part(tweets, None, 1.0)
        reached = rows[-1][0]
        return Part(tweets, str(reached), (reached - _FIRST_TOKEN) / (1 << 64))

    async def retweet_ids(self, author_id: int, original_ids: Sequence[int]) -> Mapping[int, int]:
        marks = await self._retweets({(author_id, original_id) for original_id in original_ids})
        return {original_id: retweet_id for (_, original_id), retweet_id in marks.items()}

    async def retweets_of(self, tweet_id: int, limit: int) -> Sequence[tuple[int, int]]:
        pages = await self._pages(RETWEETS, [tweet_id], Window(limit, ascending=True))
        return [(link.key, link.node_id) for link in pages[tweet_id]]

    async def viewer_marks(self, viewer_id: int, tweet_ids: Sequence[int]) -> Mapping[int, ViewerMarks]:
        pairs = {(viewer_id, tweet_id) for tweet_id in tweet_ids}
        liked, retweeted = await self._liked(pairs), await self._retweets(pairs)
        return {
            tweet_id: ViewerMarks(likes=(viewer_id, tweet_id) in liked, retweeted=(viewer_id, tweet_id) in retweeted)
            for tweet_id in tweet_ids
        }

    async def likes_among(self, user_ids: Collection[int], tweet_ids: Collection[int]) -> set[Pair]:
        found, pairs = await self._of_few(LIKED_BY, set(user_ids), set(tweet_ids))
        return found | await self._liked(pairs)

    async def retweets_among(self, user_ids: Collection[int], tweet_ids: Collection[int]) -> set[Pair]:
        found, pairs = await self._of_few(RETWEETS, set(user_ids), set(tweet_ids))
        return found | (await self._retweets(pairs)).keys()

    async def tweet_counts(self, author_ids: Sequence[int]) -> Mapping[int, int]:
        counts = dict.fromkeys(author_ids, 0)
        for author_id, entries in await self._among(_COUNTS, counts):
            counts[author_id] += entries or 0
        return counts

    async def _written(self, tweet_ids: Iterable[int]) -> dict[int, bool]:
        """Whether each is still there, of those that were ever written."""
        rows = await self._among(_ALIVE, tweet_ids)
        return {tweet_id: not deleted for tweet_id, author_id, deleted in rows if author_id is not None}

    async def _of_few(
        self, links: LinkList, user_ids: Collection[int], tweet_ids: Collection[int]
    ) -> tuple[set[Pair], set[Pair]]:
        """(user id, tweet id) of those who are in the tweets' lists, and the pairs that are left to be looked up: of
        lists that are longer than there are people asked for. A new tweet's cost nothing, however many are asked."""
        sums = {row[0]: row[1 if links is LIKED_BY else 2] or 0 for row in await self._among(_SUMS, tweet_ids)}
        few = [tweet_id for tweet_id in tweet_ids if sums.get(tweet_id, 0) <= len(user_ids)]
        everybody = Window(2**31 - 1)
        found = {
            (link.node_id, tweet_id)
            for tweet_id, people in (await self._pages(links, few, everybody)).items()
            for link in people
            if link.node_id in user_ids
        }
        return found, {(user_id, each) for each in tweet_ids if each not in few for user_id in user_ids}

    async def _liked(self, pairs: Iterable[Pair]) -> set[Pair]:
        return {(user_id, tweet_id) for user_id, (tweet_id, _, liked) in await self._marks(_LIKE_MARKS, pairs) if liked}

    async def _retweets(self, pairs: Iterable[Pair]) -> dict[Pair, int]:
        """The ids of the retweets that are there, by (author id, original's id)."""
        marks = await self._marks(_RETWEET_MARKS, pairs)
        written = await self._written(retweet_id for _, (_, retweet_id) in marks)
        return {(user_id, tweet_id): retweet_id for user_id, (tweet_id, retweet_id) in marks if written.get(retweet_id)}

    async def _marks(self, cql: str, pairs: Iterable[Pair]) -> list[tuple[int, Row]]:
        """The rows of pairs of a user and a tweet, with the user: a request per user and month of tweets."""
        groups: dict[Pair, list[int]] = defaultdict(list)
        for user_id, tweet_id in pairs:
            groups[user_id, month(tweet_id)].append(tweet_id)
        answers = await self._ask([Query(cql, (*group, tweet_ids)) for group, tweet_ids in groups.items()])
        return [(user_id, row) for (user_id, _), rows in zip(groups, answers, strict=True) for row in rows]


def is_there(row: Sequence[Any]) -> bool:
    """A row may have counts alone: of what was never written here."""
    return row[2] is not None and not row[14]


def new_tweet(row: Sequence[Any]) -> NewTweet:
    """What a row of TWEETS was written from."""
    return NewTweet(*(*row[:9], tuple(row[9] or ())))


def _tweet(row: Sequence[Any], original: Row | None) -> Tweet:
    counts = (count or 0 for count in row[10:14])
    author_id = original[2] if original else None
    return Tweet(*(*row[:7], author_id, *row[7:9], *counts, tuple(row[9] or ())))
