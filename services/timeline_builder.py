"""Building a reader's timeline from the stores."""

import secrets
import time

from domain.page import Window
from faults import crash_point
from stores.graph import GraphStore
from stores.timelines import TimelineStore
from stores.tweets import TweetStore


class TimelineBuilder:
    def __init__(self, graph: GraphStore, tweets: TweetStore, timelines: TimelineStore, timeline_size: int) -> None:
        self._graph = graph
        self._tweets = tweets
        self._timelines = timelines
        self._size = timeline_size

    async def build(self, reader_id: int) -> bool:
        """Builds the timeline where there is none that is ready; whether this did. Pushes are taken from the beginning,
        so that what is posted while the stores are read is not lost; another building that began later wins."""
        current = await self._timelines.read(reader_id)
        if current and current.ready:
            return False
        epoch = secrets.token_bytes(8)
        await self._timelines.begin(reader_id, epoch, int(time.time() * 1000))
        crash_point("build.begun")
        authors = [reader_id, *await self._graph.followees(reader_id)]
        ids = await self._tweets.ids_by_authors(authors, Window(self._size))
        reach = 0 if len(ids) < self._size else ids[-1]
        return await self._timelines.merge(reader_id, ids, reach, epoch=epoch)
