"""Streams of tweets whose counts change.

Likes are too many to be told of one by one: all tweets that are watched in this process are read once a second
together, whatever happens to them in between.
"""

import asyncio
import logging
from collections import defaultdict
from functools import partial

from domain.errors import Unavailable
from domain.live import Happening
from domain.tweets import Tweet
from events import TweetsDeleted, TweetsPosted
from services.live.hub import Finder, Found
from services.live.streams import LiveStream
from services.live.tweets import LOST
from services.live.viewers import Viewer, Viewers
from services.ring import RingEntry

_logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
READ_AT_ONCE = 1_000


class WatchedTweets:
    """An audience, by the tweet."""

    def __init__(self, finder: Finder, viewers: Viewers) -> None:
        self._finder = finder
        self._viewers = viewers
        self._streams: defaultdict[int, set[LiveStream]] = defaultdict(set)
        self._told: dict[int, tuple[int, ...]] = {}

    def stream(self, viewer: Viewer, tweet: Tweet) -> LiveStream:
        """Tells of the tweet whenever its counts are others than these, and ends when it can't be seen any more."""

        def begin(stream: LiveStream) -> None:
            self._streams[tweet.id].add(stream)
            self._told.setdefault(tweet.id, _counts(tweet))

        return LiveStream(viewer, begin, partial(self._leave, tweet.id), coalesces=True)

    async def run(self) -> None:
        """Looks on for as long as the process lives."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except Unavailable as unavailable:
                _logger.warning("counts: %s", unavailable)

    async def look(self) -> None:
        """Reads all that is watched, and tells of what has changed. Raises Unavailable."""
        watched = list(self._streams)
        for start in range(0, len(watched), READ_AT_ONCE):
            batch = watched[start : start + READ_AT_ONCE]
            found = await self._finder.find(batch)
            for tweet_id in batch:
                self._tell_of(tweet_id, found)

    def wants(self, posted: TweetsPosted) -> bool:
        return False

    def tell(self, entry: RingEntry, found: Found) -> None:
        if isinstance(entry.body, TweetsDeleted):
            for stream in tuple(self._streams.get(entry.body.tweets[0][0], ())):
                stream.end()

    def lose(self, *, is_same_log: bool) -> None:
        """What the log would have told of its viewers is lost."""
        for streams in list(self._streams.values()):
            for stream in tuple(streams):
                stream.end(error=LOST)

    def _tell_of(self, tweet_id: int, found: Found) -> None:
        tweet = found.tweets.get(tweet_id)
        streams = tuple(self._streams.get(tweet_id, ()))
        changed = tweet is not None and _counts(tweet) != self._told.get(tweet_id)
        happening = Happening(tweet)
        for stream in streams:
            if tweet is None or not stream.access.sees_tweet(tweet, found.people):
                stream.end()
            elif changed:
                stream.tell(happening)
        if tweet and tweet_id in self._told:
            self._told[tweet_id] = _counts(tweet)

    def _leave(self, tweet_id: int, stream: LiveStream) -> None:
        self._streams[tweet_id].discard(stream)
        if not self._streams[tweet_id]:
            del self._streams[tweet_id]
            self._told.pop(tweet_id, None)
        self._viewers.leave(stream.viewer)


def _counts(tweet: Tweet) -> tuple[int, ...]:
    return tweet.like_count, tweet.retweet_count, tweet.reply_count, tweet.quote_count
