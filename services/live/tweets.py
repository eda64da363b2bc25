"""Streams of tweets as they are posted: an author's, a conversation's replies."""

from collections import defaultdict
from collections.abc import Callable
from functools import partial

from domain.errors import Unavailable
from domain.live import Happening
from domain.tweets import Tweet
from events import TweetsPosted
from services.live.hub import Found, posted_in
from services.live.streams import LiveStream
from services.live.viewers import Viewer, Viewers
from services.ring import RingEntry

LOST = Unavailable("queue")
"""Ends streams that have no event to say that tweets were lost for them."""


class PostedTweets:
    """An audience. `key` tells which streams a tweet is for, None for none; `hint`, what is known before it is read."""

    def __init__(
        self, viewers: Viewers, key: Callable[[Tweet], int | None], hint: Callable[[TweetsPosted], int] | None = None
    ) -> None:
        self._viewers = viewers
        self._key = key
        self._hint = hint
        self._streams: defaultdict[int, set[LiveStream]] = defaultdict(set)

    def stream(self, viewer: Viewer, key: int) -> LiveStream:
        return LiveStream(viewer, partial(self._add, key), partial(self._leave, key))

    def wants(self, posted: TweetsPosted) -> bool:
        return self._hint(posted) in self._streams if self._hint else bool(self._streams)

    def tell(self, entry: RingEntry, found: Found) -> None:
        posted = posted_in(entry.body)
        tweet = found.tweets.get(posted.tweets[0][0]) if posted else None
        key = self._key(tweet) if tweet else None
        if tweet is None or key is None or key not in self._streams:
            return
        happening = Happening(tweet)
        for stream in tuple(self._streams[key]):
            if stream.access.sees_tweet(tweet, found.people):
                stream.tell(happening)

    def lose(self, *, is_same_log: bool) -> None:
        for streams in list(self._streams.values()):
            for stream in tuple(streams):
                stream.end(error=LOST)

    def _add(self, key: int, stream: LiveStream) -> None:
        self._streams[key].add(stream)

    def _leave(self, key: int, stream: LiveStream) -> None:
        self._streams[key].discard(stream)
        if not self._streams[key]:
            del self._streams[key]
        self._viewers.leave(stream.viewer)


def by_author(viewers: Viewers) -> PostedTweets:
    """All that an author posts."""
    return PostedTweets(viewers, lambda tweet: tweet.author_id, lambda posted: posted.tweets[0][1])


def by_conversation(viewers: Viewers) -> PostedTweets:
    """Replies anywhere in a conversation."""
    return PostedTweets(viewers, lambda tweet: tweet.conversation_id if tweet.in_reply_to_id else None)
