"""Reading the home timeline: skeleton, hydration, rules, page."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import BadUserInput
from domain.page import PageInfo, Window, decode_key, encode_cursor, page_size
from domain.timelines import TimelineEdge, TimelinePage, TimelineSource
from services.live import live_cursor
from services.ring import Ring
from services.skeleton import Entry, Skeleton, skeleton
from stores.graph import GraphStore
from stores.live import LiveLog, LogPosition
from stores.queue import Queue
from stores.timelines import Timeline, TimelineStore
from stores.tweets import TweetStore

FIELD = "timeline"
ROUNDS = 10
"""After so many fetches a page that the rules emptied is given short, with hasNextPage true."""

BUILD_SECONDS = 30
"""A building that has not ended after this long is begun anew."""

OPENINGS = 3
"""How often a page is begun because the viewer's follows changed while it was read; after that the stores serve it."""


@dataclass(frozen=True, slots=True)
class View:
    """What a page is read from: all of it as of `position` in the live log."""

    authors: frozenset[int]
    position: LogPosition
    floor: int | None
    entries: dict[int, TimelineSource]


@dataclass(frozen=True, slots=True)
class Found:
    edges: Sequence[TimelineEdge]
    last_examined: int | None
    more: bool


class TimelineService:
    def __init__(
        self, timelines: TimelineStore, graph: GraphStore, tweets: TweetStore, log: LiveLog, ring: Ring, queue: Queue
    ) -> None:
        self._timelines = timelines
        self._graph = graph
        self._tweets = tweets
        self._log = log
        self._ring = ring
        self._queue = queue

    async def page(
        self, viewer_id: int, *, first: int | None, after: str | None, last: int | None, before: str | None
    ) -> TimelinePage:
        """A page of the viewer's home timeline, newest first. Raises BadUserInput for arguments that clash."""
        window = _window(first, after, last, before)
        view = await self._open(viewer_id)

        async def read_store(part: Window) -> Sequence[int]:
            return await self._tweets.ids_by_authors(list(view.authors), part)

        found = await self._fill(skeleton(view.entries, view.floor, window, read_store), view, window.limit)
        return TimelinePage(
            edges=found.edges[::-1] if window.ascending else found.edges,
            page_info=_page_info(found, window),
            live_cursor=live_cursor(view.position),
        )

    async def _open(self, viewer_id: int) -> View:
        """The list is read before the log's position, so that all that it holds lies before that. Whom the viewer
        follows is read beside it, again if the log says that it changed: so a follow that the page does not know of
        comes after it on the stream."""
        for _ in range(OPENINGS):
            epoch, number = self._ring.epoch, self._ring.number
            timeline, followees = await asyncio.gather(
                self._timelines.read(viewer_id), self._graph.followees(viewer_id)
            )
            position = await self._log.position()
            await self._ring.reached(position)
            if self._ring.holds(epoch, number) and not self._ring.follows_changed(viewer_id, number):
                break
        else:
            # The list may be behind the follows, which the stores never are.
            timeline, followees = None, await self._graph.followees(viewer_id)
        if timeline is None or not timeline.ready:
            await self._have_built(viewer_id, timeline)
        authors = frozenset((viewer_id, *followees))
        return self._view(authors, position, timeline if timeline and timeline.ready else None)

    def _view(self, authors: frozenset[int], position: LogPosition, timeline: Timeline | None) -> View:
        if timeline is None:
            return View(authors, position, None, {})
        live = self._ring.posted_by(authors, position.number)
        entries = dict.fromkeys(live, TimelineSource.LIVE) | dict.fromkeys(timeline.ids, TimelineSource.PUSHED)
        return View(authors, position, timeline.floor, entries)

    async def _have_built(self, viewer_id: int, timeline: Timeline | None) -> None:
        if timeline and timeline.built_at > (time.time() - BUILD_SECONDS) * 1000:
            return
        await self._queue.enqueue("timeline", "build", f"build:{viewer_id}", viewer_id)

    async def _fill(self, bones: Skeleton, view: View, limit: int) -> Found:
        """Fetches on until the page is full or there is no more. One entry above the page tells of a next page."""
        edges: list[TimelineEdge] = []
        last_examined = None
        for _ in range(ROUNDS):
            entries = await bones.take(limit + 1 - len(edges))
            edges += await self._visible(entries, view)
            last_examined = entries[-1][0] if entries else last_examined
            if len(edges) > limit or bones.exhausted:
                break
        return Found(edges[:limit], last_examined, more=len(edges) > limit or not bones.exhausted)

    async def _visible(self, entries: Sequence[Entry], view: View) -> list[TimelineEdge]:
        if not entries:
            return []
        tweets = await self._tweets.tweets([tweet_id for tweet_id, _ in entries])
        return [
            TimelineEdge(encode_cursor(FIELD, tweet_id), tweets[tweet_id], source)
            for tweet_id, source in entries
            if tweet_id in tweets
            and tweets[tweet_id].author_id in view.authors
            and self._ring.shown_at(tweets[tweet_id], view.position.number)
        ]


def _window(first: int | None, after: str | None, last: int | None, before: str | None) -> Window:
    if first is not None and last is not None:
        raise BadUserInput("first, last: give one of them, not both.")
    return Window(
        limit=page_size("last", last) if last is not None else page_size("first", first),
        high=decode_key(FIELD, "after", after) if after is not None else None,
        low=decode_key(FIELD, "before", before) if before is not None else None,
        ascending=last is not None,
    )


def _page_info(found: Found, window: Window) -> PageInfo:
    cursors = [edge.cursor for edge in found.edges]
    if found.more and len(cursors) < window.limit and found.last_examined is not None:
        cursors.append(encode_cursor(FIELD, found.last_examined))
    if window.ascending:
        cursors.reverse()
    return PageInfo(
        has_next_page=window.low is not None if window.ascending else found.more,
        has_previous_page=found.more if window.ascending else window.high is not None,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )
