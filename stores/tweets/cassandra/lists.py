"""Lists of tweets and of people, sorted by id."""

from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest, nsmallest
from typing import ClassVar

from domain.page import Link, Window
from stores.cassandra import CassandraStore
from stores.tweets.cassandra.links import (
    BUCKETS,
    LIKED_BY,
    LIKES,
    POSTS,
    PULLED,
    QUOTES,
    REPLIES,
    RETWEETS,
    STATEMENTS,
    TWEETS,
    LinkList,
    Walk,
    bounds,
)

_THREAD = "SELECT id, in_reply_to_id, author_id, deleted FROM tweets WHERE id IN ?"


class TweetLists(CassandraStore):
    port = "tweets"
    statements: ClassVar[tuple[str, ...]] = (*STATEMENTS, _THREAD)

    async def ids_by_authors(self, author_ids: Sequence[int], window: Window) -> Sequence[int]:
        """First of each author a share of what is asked for, then of those alone that may have more of the first ones:
        each time twice as many."""
        if not window.limit:
            return []
        walks = await self._walks(TWEETS, author_ids, window)
        first = nsmallest if window.ascending else nlargest
        share = window.limit // max(len(walks), 1) + 1
        ids: list[int] = []
        while reading := [walk for walk in walks if walk.more and (len(ids) < window.limit or walk.may_hold(ids[-1]))]:
            await self._read_on(reading, [share] * len(reading))
            ids = first(window.limit, (tweet_id for walk in walks for tweet_id, _ in walk.found))
            share = min(2 * share, window.limit)
        return ids

    async def pulled_ids(self, author_id: int, window: Window) -> Sequence[int]:
        return [link.key for link in (await self._pages(PULLED, [author_id], window))[author_id]]

    async def by_author(
        self, author_ids: Sequence[int], window: Window, *, include_replies: bool
    ) -> Mapping[int, Sequence[Link]]:
        return await self._pages(TWEETS if include_replies else POSTS, author_ids, window)

    async def replies(self, tweet_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return await self._pages(REPLIES, tweet_ids, window)

    async def quotes(self, tweet_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return await self._pages(QUOTES, tweet_ids, window)

    async def ancestors(self, tweet_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        """A tweet's parent is older than itself; that is asked for again here, so that no data can make the walk
        endless."""
        pages: dict[int, list[Link]] = {tweet_id: [] for tweet_id in tweet_ids}
        _, last = bounds(window)
        at = {tweet_id: tweet_id for tweet_id in pages}
        while at := {start: each for start, each in at.items() if len(pages[start]) < window.limit}:
            found = {row[0]: row[1:] for row in await self._among(_THREAD, at.values())}
            above = {}
            for start, tweet_id in at.items():
                parent_id, author_id, deleted = found.get(tweet_id, (None, None, None))
                if tweet_id < start and tweet_id <= last and author_id and not deleted:
                    pages[start].append(Link(tweet_id, tweet_id))
                if parent_id is not None and parent_id < tweet_id:
                    above[start] = parent_id
            at = above
        return dict(pages)

    async def likes(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return await self._pages(LIKES, user_ids, window)

    async def liked_by(self, tweet_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return await self._pages(LIKED_BY, tweet_ids, window)

    async def retweeted_by(self, tweet_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        return await self._pages(RETWEETS, tweet_ids, window)

    async def _pages(self, links: LinkList, owner_ids: Iterable[int], window: Window) -> dict[int, Sequence[Link]]:
        """A page of each owner's list; for every id given."""
        walks = await self._walks(links, owner_ids, window)
        while reading := [walk for walk in walks if walk.more and len(walk.found) < window.limit]:
            await self._read_on(reading, [window.limit - len(walk.found) for walk in reading])
        return {walk.owner_id: [Link(*row) for row in walk.found] for walk in walks}

    async def _walks(self, links: LinkList, owner_ids: Iterable[int], window: Window) -> list[Walk]:
        buckets = await self._buckets(links, owner_ids)
        return [Walk(links, owner_id, its_buckets, window) for owner_id, its_buckets in buckets.items()]

    async def _read_on(self, walks: Sequence[Walk], limits: Sequence[int]) -> None:
        """The next ones of each."""
        answers = await self._ask([walk.query(limit) for walk, limit in zip(walks, limits, strict=True)])
        for walk, rows, limit in zip(walks, answers, limits, strict=True):
            walk.take(rows, limit)

    async def _buckets(self, links: LinkList, owner_ids: Iterable[int]) -> dict[int, list[int]]:
        """The buckets that each owner's list has, in their order; for every id given."""
        first = [] if links.by_month else [0]
        buckets = {owner_id: list(first) for owner_id in owner_ids}
        for owner_id, bucket in await self._among(BUCKETS, buckets, links.table):
            if bucket not in first:
                buckets[owner_id].append(bucket)
        return buckets
