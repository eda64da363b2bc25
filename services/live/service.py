"""Opening streams."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.tweets import Tweet
from services.background import Background
from services.live.counts import WatchedTweets
from services.live.cursors import place_of
from services.live.hub import Finder, Hub, Place
from services.live.searches import Searches
from services.live.sessions import WatchedSessions
from services.live.streams import LiveStream
from services.live.timelines import HomeTimelines
from services.live.tweets import by_author, by_conversation
from services.live.viewers import Viewer, Viewers
from services.presence import PresenceService
from services.ring import Ring
from services.search import check_query
from stores.graph import GraphStore
from stores.live import LiveLog
from stores.tweets import TweetStore


class LiveService:
    """The streams of one process. Viewers are None for guests. What a stream tells is as the log has told so far; all
    raise Unavailable."""

    def __init__(
        self,
        graph: GraphStore,
        tweets: TweetStore,
        log: LiveLog,
        ring: Ring,
        presence: PresenceService,
        sessions: WatchedSessions,
    ) -> None:
        self._graph = graph
        self._log = log
        self._ring = ring
        self._finder = Finder(tweets, graph)
        self._viewers = Viewers(graph, presence)
        place = Place()
        self._timelines = HomeTimelines(ring, self._finder, self._viewers, place)
        self._viewers.mended = self._timelines.mended
        self._authors = by_author(self._viewers)
        self._conversations = by_conversation(self._viewers)
        self._watched = WatchedTweets(self._finder, self._viewers)
        self.sessions = sessions
        self._searches = Searches(self._viewers)
        audiences = (self._timelines, self._authors, self._conversations, self._searches, self._watched, sessions)
        self.hub = Hub(ring, self._finder, self._viewers, place, audiences)

    def start(self, background: Background) -> None:
        """Needed by whoever has streams, once the ring has all of the log."""
        self.hub.start()
        background.spawn("hub", self.hub.run)
        background.spawn("tweet counts", self._watched.run)
        background.spawn("use of sessions", self.sessions.run)

    async def timeline_updates(self, viewer_id: int, after: str | None) -> LiveStream:
        """What happens in a viewer's timeline after a cursor (None: from now on), until a TimelineReset. Raises
        BadUserInput for what is no cursor."""
        place = place_of(after) if after is not None else None
        position = await self._log.position()
        await self._ring.reached(position)
        epoch, number = place or (position.epoch, position.number)
        async with self._viewer(viewer_id) as viewer:
            return self._timelines.stream(viewer, epoch, number)

    async def user_tweets(self, viewer_id: int | None, handle: str) -> LiveStream:
        """Whatever somebody posts that the viewer may see; ends at once where there is nobody of that handle."""
        ids = await self._graph.ids_by_handle([handle.lower()])
        async with self._viewer(viewer_id) as viewer:
            author_id = ids.get(handle.lower())
            return self._authors.stream(viewer, author_id) if author_id else self._over(viewer)

    async def conversation_updates(self, viewer_id: int | None, tweet_id: int | None) -> LiveStream:
        """Replies anywhere in the conversation of a tweet; ends at once where the viewer can't see that."""
        async with self._viewer(viewer_id) as viewer:
            tweet = await self._seen(viewer, tweet_id)
            return self._conversations.stream(viewer, tweet.conversation_id) if tweet else self._over(viewer)

    async def tweet_updates(self, viewer_id: int | None, tweet_id: int | None) -> LiveStream:
        """The tweet whenever its counts have changed, until the viewer can't see it any more."""
        async with self._viewer(viewer_id) as viewer:
            tweet = await self._seen(viewer, tweet_id)
            return self._watched.stream(viewer, tweet) if tweet else self._over(viewer)

    async def search_updates(self, viewer_id: int | None, query: str) -> LiveStream:
        """Tweets that match a query. Raises BadUserInput for one that `search` would not take."""
        check_query(query)
        async with self._viewer(viewer_id) as viewer:
            return self._searches.stream(viewer, query)

    @asynccontextmanager
    async def _viewer(self, viewer_id: int | None) -> AsyncIterator[Viewer]:
        """Enters for a stream that is made in the block, and closed by whoever takes it."""
        viewer = await self._viewers.enter(viewer_id)
        try:
            yield viewer
        except BaseException:
            self._viewers.leave(viewer)
            raise

    def _over(self, viewer: Viewer) -> LiveStream:
        """Tells nothing."""
        return LiveStream(viewer, LiveStream.end, lambda stream: self._viewers.leave(stream.viewer))

    async def _seen(self, viewer: Viewer, tweet_id: int | None) -> Tweet | None:
        """None where there is no such tweet, or not for the viewer."""
        if tweet_id is None:
            return None
        found = await self._finder.find([tweet_id])
        tweet = found.tweets.get(tweet_id)
        if tweet and not viewer.access.sees_tweet(tweet, found.people):
            await self.hub.reached(await self._log.position())  # What has just been changed may not be told yet.
        return tweet if tweet and viewer.access.sees_tweet(tweet, found.people) else None
