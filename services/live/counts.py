"""Streams of tweets whose counts change.

Likes are too many to be told of one by one: all tweets that are watched in this process are read once a second
together, whatever happens to them in between.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
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

Counts = tuple[int, int, int, int]


class WatchedTweets:
    """An audience, by the tweet: the counts that each stream's listener knows."""

    def __init__(self, finder: Finder, viewers: Viewers) -> None:
        self._finder = finder
        self._viewers = viewers
        self._told: defaultdict[int, dict[LiveStream, Counts]] = defaultdict(dict)

    def stream(self, viewer: Viewer, tweet: Tweet) -> LiveStream:
        """Tells of the tweet whenever its counts are others than these, and ends when it can't be seen any more."""

        def begin(stream: LiveStream) -> None:
            self._told[tweet.id][stream] = _counts(tweet)

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
        watched = [(tweet_id, tuple(told)) for tweet_id, told in self._told.items()]
        for start in range(0, len(watched), READ_AT_ONCE):
            batch = watched[start : start + READ_AT_ONCE]
            found = await self._finder.find([tweet_id for tweet_id, _ in batch])
            for tweet_id, streams in batch:
                self._tell_of(tweet_id, streams, found)

    def wants(self, posted: TweetsPosted) -> bool:
        return False

    def tell(self, entry: RingEntry, found: Found) -> None:
        if isinstance(entry.body, TweetsDeleted):
            for stream in tuple(self._told.get(entry.body.tweets[0][0], ())):
                stream.end()

    def lose(self, *, is_same_log: bool) -> None:
        """What the log would have told of its viewers is lost."""
        for streams in list(self._told.values()):
            for stream in tuple(streams):
                stream.end(error=LOST)

    def _tell_of(self, tweet_id: int, streams: Sequence[LiveStream], found: Found) -> None:
        """To those who watched it before it was read: who came meanwhile may know better."""
        tweet = found.tweets.get(tweet_id)
        told = self._told.get(tweet_id, {})
        happening = Happening(tweet)
        for stream in streams:
            if tweet is None or not stream.access.sees_tweet(tweet, found.people):
                stream.end()
            elif stream in told and told[stream] != _counts(tweet):
                told[stream] = _counts(tweet)
                stream.tell(happening)

    def _leave(self, tweet_id: int, stream: LiveStream) -> None:
        self._told[tweet_id].pop(stream, None)
        if not self._told[tweet_id]:
            del self._told[tweet_id]
        self._viewers.leave(stream.viewer)


def _counts(tweet: Tweet) -> Counts:
    return tweet.like_count, tweet.retweet_count, tweet.reply_count, tweet.quote_count
