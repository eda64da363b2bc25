"""Loaders of the tweets store."""

from collections.abc import Mapping
from functools import partial

from domain.tweets import ViewerMarks
from loaders.batches import by_key, by_window
from stores.tweets import TweetStore


class TweetLoaders:
    """`counts`, `posts` (without replies), `posts_and_replies` and `likes` take user ids, the others tweet ids. `marks`
    gives a guest None."""

    def __init__(self, store: TweetStore, viewer_id: int | None) -> None:
        self._store = store
        self._viewer_id = viewer_id
        self.tweets = by_key(store.tweets)
        self.marks = by_key(self._marks)
        self.counts = by_key(store.tweet_counts)
        self.posts = by_window(partial(store.by_author, include_replies=False))
        self.posts_and_replies = by_window(partial(store.by_author, include_replies=True))
        self.likes = by_window(store.likes)
        self.ancestors = by_window(store.ancestors)
        self.replies = by_window(store.replies)
        self.quotes = by_window(store.quotes)
        self.liked_by = by_window(store.liked_by)
        self.retweeted_by = by_window(store.retweeted_by)

    async def _marks(self, tweet_ids: list[int]) -> Mapping[int, ViewerMarks]:
        return await self._store.viewer_marks(self._viewer_id, tweet_ids) if self._viewer_id else {}
