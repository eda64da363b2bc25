"""Streams of tweets that match a search query, as they are posted."""

from domain.live import Happening
from domain.matching import QuerySet, compile_query
from events import TweetsPosted
from services.live.hub import Found, posted_in
from services.live.streams import LiveStream
from services.live.tweets import LOST
from services.live.viewers import Viewer, Viewers
from services.ring import RingEntry

MATCHED = 5_000
"""Characters of a text that are looked at. Links may make it ten times longer, and half a second's work."""


class Searches:
    """An audience. Queries mean what they mean to the search store; a tweet is cut into words once for all of them."""

    def __init__(self, viewers: Viewers) -> None:
        self._viewers = viewers
        self._queries: QuerySet[LiveStream] = QuerySet()
        self._streams: set[LiveStream] = set()

    def stream(self, viewer: Viewer, query: str) -> LiveStream:
        compiled = compile_query(query)

        def begin(stream: LiveStream) -> None:
            self._queries.add(stream, compiled)
            self._streams.add(stream)

        return LiveStream(viewer, begin, self._leave)

    def wants(self, posted: TweetsPosted) -> bool:
        return bool(self._streams)

    def tell(self, entry: RingEntry, found: Found) -> None:
        """Pure retweets have no words of their own."""
        posted = posted_in(entry.body)
        tweet = found.tweets.get(posted.tweets[0][0]) if posted and self._streams else None
        if tweet is None or tweet.retweet_of_id:
            return
        happening = Happening(tweet)
        for stream in self._queries.matching(tweet.text[:MATCHED]):
            if stream.access.sees_tweet(tweet, found.people):
                stream.tell(happening)

    def lose(self, *, is_same_log: bool) -> None:
        for stream in tuple(self._streams):
            stream.end(error=LOST)

    def _leave(self, stream: LiveStream) -> None:
        if stream in self._streams:
            self._streams.remove(stream)
            self._queries.remove(stream)
        self._viewers.leave(stream.viewer)
