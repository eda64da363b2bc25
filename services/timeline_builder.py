"""Building lists from the stores: readers' timelines and authors' pull indexes."""

import asyncio
import secrets
import time
from collections.abc import Sequence

import metrics
from domain.activity import Activity
from domain.page import Window
from domain.snowflake import compose
from faults import crash_point
from stores.graph import GraphStore
from stores.timelines import State, TimelineStore
from stores.tweets import TweetStore

COMMIT_MS = 15_000
"""Longer than any write takes from the minting of its id to its commit: what is older was there when a store was read
that long after."""

REFRESHED_AT_ONCE = 4


class TimelineBuilder:
    """`timelines` are readers', `pulled` authors'. Of several buildings of one list the one that began last wins."""

    def __init__(
        self, graph: GraphStore, tweets: TweetStore, timelines: TimelineStore, pulled: TimelineStore, size: int
    ) -> None:
        self._graph = graph
        self._tweets = tweets
        self._timelines = timelines
        self._pulled = pulled
        self._size = size

    async def build(self, reader_id: int) -> bool:
        """Builds a READY timeline for an active reader who has none; whether this did. Pushes are taken from the
        beginning, so that what is posted while the stores are read is not lost. Who is not active gets none: the class
        is looked at when the timeline has begun, and whoever changes it later drops that, which ends the building."""
        current = await self._timelines.read(reader_id)
        if (current and current.state is State.READY) or not await self._is(reader_id, Activity.ACTIVE):
            return False
        epoch = await _begin(self._timelines, reader_id)
        crash_point("build.begun")
        if not await self._is(reader_id, Activity.ACTIVE):
            await self._timelines.drop([reader_id])
            return False
        metrics.built("built")
        return await self._finish(reader_id, epoch)

    async def refresh(self, reader_ids: Sequence[int]) -> None:
        """Builds RESTING timelines for those of the readers who are passive."""
        activities = await self._graph.activities(reader_ids)
        limit = asyncio.Semaphore(REFRESHED_AT_ONCE)

        async def one(reader_id: int) -> None:
            async with limit:
                top = compose(_now_ms() - COMMIT_MS, 0, 0)
                epoch = await _begin(self._timelines, reader_id)
                await self._finish(reader_id, epoch, top)
                metrics.built("refreshed")

        passive = (reader_id for reader_id in reader_ids if activities.get(reader_id) is Activity.PASSIVE)
        await asyncio.gather(*map(one, passive))

    async def index(self, author_id: int) -> bool:
        """Builds the author's pull index, if there is none; whether this did."""
        current = await self._pulled.read(author_id)
        if current and current.state is State.READY:
            return False
        epoch = await _begin(self._pulled, author_id)
        crash_point("index.begun")
        ids = await self._tweets.pulled_ids(author_id, Window(self._size))
        metrics.built("indexed")
        return await self._pulled.finish(author_id, epoch, ids, self._reach(ids))

    async def _finish(self, reader_id: int, epoch: bytes, top: int | None = None) -> bool:
        followees = await self._graph.followees(reader_id)
        ids = await self._tweets.ids_by_authors([reader_id, *followees.ids], Window(self._size))
        crash_point("build.read")
        return await self._timelines.finish(reader_id, epoch, ids, self._reach(ids), top=top)

    def _reach(self, ids: Sequence[int]) -> int:
        """Down to where a list of the newest ids is complete."""
        return 0 if len(ids) < self._size else ids[-1]

    async def _is(self, reader_id: int, activity: Activity) -> bool:
        return (await self._graph.activities([reader_id])).get(reader_id) is activity


async def _begin(lists: TimelineStore, owner_id: int) -> bytes:
    epoch = secrets.token_bytes(8)
    await lists.begin(owner_id, epoch, _now_ms())
    return epoch


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
