"""The tweet processor: a tweet into the precomputed timelines of its author's followers, when it is posted."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter

from domain.page import Window
from events import Event, TweetsDeleted
from faults import crash_point
from services.dispatch import Dispatcher
from services.snowflakes import Snowflakes
from stores.graph import GraphStore
from stores.timelines import TimelineStore
from stores.tweets import TweetStore

PAGE = 1_000
"""Readers per script call: what holds a Redis up for a few milliseconds at most."""

RETWEETS_AT_ONCE = 500


class FanOut:
    def __init__(
        self,
        graph: GraphStore,
        tweets: TweetStore,
        timelines: TimelineStore,
        dispatcher: Dispatcher,
        snowflakes: Snowflakes,
        timeline_size: int,
    ) -> None:
        self._graph = graph
        self._tweets = tweets
        self._timelines = timelines
        self._dispatcher = dispatcher
        self._snowflakes = snowflakes
        self._size = timeline_size

    async def posted(self, tweets: Iterable[tuple[int, int]], *, redelivered: bool) -> None:
        """Writes (tweet id, author id) into the timelines of author and followers, in this order: timelines keep what
        arrived last. Those deleted meanwhile are left out."""
        posted = list(tweets)
        alive = await self._tweets.tweets([tweet_id for tweet_id, _ in posted])
        kept = (tweet for tweet in posted if tweet[0] in alive)
        for author_id, group in groupby(kept, key=itemgetter(1)):
            await self._deliver(author_id, [tweet_id for tweet_id, _ in group], redelivered=redelivered)

    async def deleted(self, tweets: Iterable[tuple[int, int]]) -> None:
        """Deletes the retweets of deleted tweets, each with an event of its own. Entries in timelines stay: reading
        leaves out what is deleted."""
        for tweet_id, _ in tweets:
            while retweets := await self._tweets.retweets_of(tweet_id, RETWEETS_AT_ONCE):
                for retweet in retweets:
                    event = Event(self._snowflakes.mint(), TweetsDeleted((retweet,)))
                    if await self._tweets.delete(retweet[0], event):
                        await self._dispatcher.dispatch(event)

    async def followed(self, edges: Iterable[tuple[int, int]]) -> None:
        """Merges the followees' tweets into the follower's timeline, down to where that is complete."""
        by_follower: dict[int, list[int]] = defaultdict(list)
        for follower_id, followee_id in edges:
            by_follower[follower_id].append(followee_id)
        for follower_id in await self._timelines.existing(list(by_follower)):
            await self._merge(follower_id, by_follower[follower_id])

    async def _deliver(self, author_id: int, tweet_ids: Sequence[int], *, redelivered: bool) -> None:
        readers, after = [author_id], 0
        while True:
            followers = await self._graph.feeding(author_id, after, PAGE - 1)
            readers += followers
            await self._timelines.push(readers, tweet_ids, redelivered=redelivered)
            crash_point("fan_out.page")
            if len(followers) < PAGE - 1:
                return
            readers, after = [], followers[-1]

    async def _merge(self, reader_id: int, followee_ids: Sequence[int]) -> None:
        timeline = await self._timelines.read(reader_id)
        if timeline is None:
            return
        low = timeline.floor - 1 if timeline.floor else None
        ids = await self._tweets.ids_by_authors(followee_ids, Window(self._size, low=low))
        reach = timeline.floor if len(ids) < self._size else ids[-1]
        await self._timelines.merge(reader_id, ids, reach)
