"""Reading the home timeline: skeleton, hydration, rules, page."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import metrics
from domain.access import Access, Boundaries
from domain.errors import BadUserInput
from domain.graph import Followees, User
from domain.page import PageInfo, Window, decode_key, encode_cursor, page_size
from domain.timelines import TimelineEdge, TimelinePage
from domain.tweets import Tweet
from services.live import live_cursor
from services.ring import Ring
from services.skeleton import Entry, Lists, Skeleton, skeleton
from stores.graph import GraphStore
from stores.live import LiveLog, LogPosition
from stores.queue import Jobs
from stores.timelines import State, Timeline, TimelineStore
from stores.tweets import TweetStore

FIELD = "timeline"
ROUNDS = 10
"""After so many fetches a page that the rules emptied is given short, with hasNextPage true."""

BUILD_SECONDS = 30
"""A building that has not ended after this long is begun anew."""

OPENINGS = 3
"""How often a page is begun because the viewer's follows, blocks or mutes changed while it was read; after that the
stores serve it."""


@dataclass(frozen=True, slots=True)
class View:
    """What a page is read from: all of it as of `position` in the live log."""

    access: Access
    authors: frozenset[int]
    position: LogPosition
    lists: Lists | None


@dataclass(frozen=True, slots=True)
class Found:
    edges: Sequence[TimelineEdge]
    people: Mapping[int, User]
    last_examined: int | None
    more: bool


class TimelineService:
    """`timelines` are readers', `pulled` authors'. `lags` tells whether the tweet processor is so late that lists miss
    what the ring no longer holds."""

    def __init__(
        self,
        timelines: TimelineStore,
        pulled: TimelineStore,
        graph: GraphStore,
        tweets: TweetStore,
        log: LiveLog,
        ring: Ring,
        jobs: Jobs,
        lags: Callable[[], bool],
    ) -> None:
        self._timelines = timelines
        self._pulled = pulled
        self._graph = graph
        self._tweets = tweets
        self._log = log
        self._ring = ring
        self._jobs = jobs
        self._lags = lags

    async def page(
        self, viewer_id: int, *, first: int | None, after: str | None, last: int | None, before: str | None
    ) -> TimelinePage:
        """A page of the viewer's home timeline, newest first. Raises BadUserInput for arguments that clash."""
        window = _window(first, after, last, before)
        view = await self._open(viewer_id)

        async def read_store(part: Window) -> Sequence[int]:
            return await self._tweets.ids_by_authors(list(view.authors), part)

        found = await self._fill(skeleton(view.lists, window, read_store), view, window.limit)
        return TimelinePage(
            edges=found.edges[::-1] if window.ascending else found.edges,
            page_info=_page_info(found, window),
            live_cursor=live_cursor(view.position),
            people=found.people,
            access=view.access,
        )

    async def _open(self, viewer_id: int) -> View:
        """List, follows and the log's position are read in one breath. What comes into the list after that position is
        told from its place in the log and left to the stream; and if the log says that the viewer's follows, blocks or
        mutes changed since, all is read again: so a follow that the page does not know of comes after it on the
        stream."""
        for _ in range(OPENINGS):
            epoch, number = self._ring.epoch, self._ring.number
            timeline, followees, boundaries, position = await asyncio.gather(
                self._timelines.read(viewer_id),
                self._graph.followees(viewer_id),
                self._graph.boundaries(viewer_id),
                self._log.position(),
            )
            await self._ring.reached(position)
            if self._ring.holds(epoch, number) and not self._ring.viewer_changed(viewer_id, number):
                break
        else:
            # The list may be behind the follows, which the stores never are.
            timeline = None
            followees, boundaries = await asyncio.gather(
                self._graph.followees(viewer_id), self._graph.boundaries(viewer_id)
            )
        return await self._view(viewer_id, timeline, followees, boundaries, position)

    async def _view(
        self,
        viewer_id: int,
        timeline: Timeline | None,
        followees: Followees,
        boundaries: Boundaries,
        position: LogPosition,
    ) -> View:
        if timeline is None or timeline.state is not State.READY:
            await self._have_built(viewer_id, timeline)
        authors = followees.ids | {viewer_id}
        lists = await self._lists(timeline, followees, authors, position)
        metrics.paged("store" if lists is None else "precomputed" if lists.top is None else "rested")
        return View(Access(viewer_id, boundaries, followees.ids), authors, position, lists)

    async def _lists(
        self, timeline: Timeline | None, followees: Followees, authors: Iterable[int], position: LogPosition
    ) -> Lists | None:
        """None: the stores serve the page. Up to its top a resting timeline is as a ready one: imports write into the
        past."""
        if timeline is None or timeline.state is State.BUILDING or self._lags():
            return None
        indexes = await self._indexes(followees.pulled)
        if indexes is None:
            return None
        return Lists.merged(
            timeline.ids,
            timeline.floor,
            [(index.ids, index.floor) for index in indexes],
            self._ring.posted_by(authors, position.number),
            top=timeline.top if timeline.state is State.RESTING else None,
        )

    async def _indexes(self, author_ids: frozenset[int]) -> Sequence[Timeline] | None:
        """The authors' pull indexes; None where one is missing, which is then asked for."""
        if not author_ids:
            return ()
        found = await self._pulled.read_many(list(author_ids))
        missing = [
            author_id for author_id in author_ids if author_id not in found or found[author_id].state is not State.READY
        ]
        for author_id in missing:
            if not _is_being_built(found.get(author_id)):
                await self._jobs.enqueue("timeline", "index", f"index:{author_id}", author_id)
        return None if missing else list(found.values())

    async def _have_built(self, viewer_id: int, timeline: Timeline | None) -> None:
        if not _is_being_built(timeline):
            await self._jobs.enqueue("timeline", "build", f"build:{viewer_id}", viewer_id)

    async def _fill(self, bones: Skeleton, view: View, limit: int) -> Found:
        """Fetches on until the page is full or there is no more. One entry above the page tells of a next page."""
        edges: list[TimelineEdge] = []
        people: dict[int, User] = {}
        last_examined = None
        for _ in range(ROUNDS):
            entries = await bones.take(limit + 1 - len(edges))
            edges += await self._visible(entries, view, people)
            last_examined = entries[-1][0] if entries else last_examined
            if len(edges) > limit or bones.exhausted:
                break
        return Found(edges[:limit], people, last_examined, more=len(edges) > limit or not bones.exhausted)

    async def _visible(self, entries: Sequence[Entry], view: View, people: dict[int, User]) -> list[TimelineEdge]:
        """Those of the entries that the viewer may see; their people are added."""
        if not entries:
            return []
        found = await self._tweets.tweets([tweet_id for tweet_id, _ in entries])
        tweets = {tweet_id: tweet for tweet_id, tweet in found.items() if self._belongs(tweet, view)}
        authors = {author_id for tweet in tweets.values() for author_id in tweet.author_ids}
        missing = authors - people.keys()
        if missing and not authors <= view.authors:
            people |= await self._graph.users(list(missing))
        return [
            TimelineEdge(encode_cursor(FIELD, tweet_id), tweets[tweet_id], source)
            for tweet_id, source in entries
            if tweet_id in tweets and view.access.sees_tweet(tweets[tweet_id], people)
        ]

    def _belongs(self, tweet: Tweet, view: View) -> bool:
        """What can be said without knowing the people: whether it is of those followed now, not muted, and not for the
        stream alone."""
        return (
            tweet.author_id in view.authors
            and not view.access.keeps_out(tweet)
            and self._ring.shown_at(tweet, view.position.number)
        )


def _is_being_built(timeline: Timeline | None) -> bool:
    if timeline is None or timeline.state is not State.BUILDING:
        return False
    return timeline.built_at > (time.time() - BUILD_SECONDS) * 1000


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
