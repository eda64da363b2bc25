"""Loaders of the tweets store."""

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial

from domain.tweets import Tweet, ViewerMarks
from loaders.access import Guard
from loaders.batches import by_key, by_window
from stores.tweets import TweetStore


class TweetLoaders:
    """`counts`, `posts` (without replies), `posts_and_replies` and `likes` take user ids, the others tweet ids.
    `tweets` gives those alone that the viewer may see; the lists name others too, but `posts`, `posts_and_replies` and
    `likes` are empty where the viewer may not see what somebody does. `marks` gives a guest None."""

    def __init__(self, store: TweetStore, guard: Guard, viewer_id: int | None) -> None:
        self._store = store
        self._guard = guard
        self._viewer_id = viewer_id
        self.tweets = by_key(self._seen)
        self.marks = by_key(self._marks)
        self.counts = by_key(store.tweet_counts)
        self.posts = by_window(guard.lists(partial(store.by_author, include_replies=False)))
        self.posts_and_replies = by_window(guard.lists(partial(store.by_author, include_replies=True)))
        self.likes = by_window(guard.lists(store.likes))
        self.ancestors = by_window(store.ancestors)
        self.replies = by_window(store.replies)
        self.quotes = by_window(store.quotes)
        self.liked_by = by_window(store.liked_by)
        self.retweeted_by = by_window(store.retweeted_by)

    async def _seen(self, tweet_ids: list[int]) -> Mapping[int, Tweet]:
        found, _ = await asyncio.gather(self._store.tweets(tweet_ids), self._guard.boundaries())
        seen, _ = await asyncio.gather(self._guard.tweets(found), self._foresee(found))
        return seen

    async def _foresee(self, tweet_ids: Iterable[int]) -> None:
        """Reads marks beside the authors, if the operation has asked for any before: their own wave would come after
        that of the authors, which the guard waits for."""
        if self.marks.batch is not None:
            await asyncio.gather(*map(self.marks.load, tweet_ids), return_exceptions=True)

    async def _marks(self, tweet_ids: list[int]) -> Mapping[int, ViewerMarks]:
        return await self._store.viewer_marks(self._viewer_id, tweet_ids) if self._viewer_id else {}
