"""Lists of tweets and of people, sorted by id."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from heapq import nlargest, nsmallest
from typing import ClassVar

from domain.page import Link, Window
from stores.cassandra import Among, CassandraStore
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
        """First a share of each author's, together as many as are asked for: the first of all lie no further than
        those. Then all that lie no further. All authors are read at the same places, and so in few requests."""
        if not window.limit:
            return []
        buckets = await self._buckets(TWEETS, author_ids)
        walks = [Walk(TWEETS, author_id, its_buckets, window) for author_id, its_buckets in buckets.items()]
        share = window.limit // max(len(walks), 1) + 1
        ids: list[int] = []
        while len(ids) < window.limit and (reading := [walk for walk in walks if walk.more]):
            await self._read_on(TWEETS, window, [(walk, share) for walk in reading])
            ids = _first(window, walks)
        if len(ids) < window.limit:
            return ids
        near = replace(window, high=ids[-1]) if window.ascending else replace(window, low=ids[-1])
        left = {walk.owner_id: buckets[walk.owner_id] for walk in walks if walk.may_hold(ids[-1])}
        return _first(window, [*walks, *await self._read(TWEETS, near, left)])

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
        walks = await self._read(links, window, await self._buckets(links, owner_ids))
        return {walk.owner_id: [Link(*row) for row in walk.found] for walk in walks}

    async def _read(self, links: LinkList, window: Window, buckets: Mapping[int, Sequence[int]]) -> list[Walk]:
        """A walk through each owner's list, up to the window's limit."""
        walks = [Walk(links, owner_id, its_buckets, window) for owner_id, its_buckets in buckets.items()]
        while reading := [walk for walk in walks if walk.more and len(walk.found) < window.limit]:
            await self._read_on(links, window, [(walk, window.limit - len(walk.found)) for walk in reading])
        return walks

    async def _read_on(self, links: LinkList, window: Window, walks: Sequence[tuple[Walk, int]]) -> None:
        """The next ones of each walk, at most as many as it says: those that are at the same place in one request."""
        together: dict[tuple[int, ...], dict[int, Walk]] = defaultdict(dict)
        for walk, limit in walks:
            together[*walk.next, limit][walk.owner_id] = walk
        cql = links.page(ascending=window.ascending)
        queries = [Among(cql, owners, (bucket,), tuple(span)) for (bucket, *span), owners in together.items()]
        for at, rows in zip(together, await self._all_among(queries), strict=True):
            found: dict[int, list[tuple[int, int]]] = defaultdict(list)
            for key, node_id, owner_id in rows:
                found[owner_id].append((key, node_id))
            for owner_id, walk in together[at].items():
                walk.take(found[owner_id], at[-1])

    async def _buckets(self, links: LinkList, owner_ids: Iterable[int]) -> dict[int, list[int]]:
        """The buckets that each owner's list has, in their order; for every id given."""
        first = [] if links.by_month else [0]
        buckets = {owner_id: list(first) for owner_id in owner_ids}
        for owner_id, bucket in await self._among(BUCKETS, buckets, links.table):
            if bucket not in first:
                buckets[owner_id].append(bucket)
        return buckets


def _first(window: Window, walks: Iterable[Walk]) -> list[int]:
    """The first ids of all that were found."""
    found = {tweet_id for walk in walks for tweet_id, _ in walk.found}
    return (nsmallest if window.ascending else nlargest)(window.limit, found)
