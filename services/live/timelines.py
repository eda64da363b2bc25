"""The streams of home timelines: each tweet once, in the order of the log, from any place that it still has."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Collection, Sequence

from domain.access import Access
from domain.graph import User
from domain.live import Happening, TimelineResetReason, TweetAdded, TweetRemoved
from domain.tweets import Tweet
from events import TweetsDeleted, TweetsPosted
from services.live.cursors import cursor_at
from services.live.hub import Finder, Found, Place
from services.live.streams import RESETS, LiveStream
from services.live.viewers import Viewer, Viewers
from services.ring import Ring, RingEntry, viewers_changed

BATCH = 100
KEPT_SECONDS = 2.0
"""How long what was told is kept for others who are told of it late, as after a restart, and get the same bytes. What
they may see is looked at afresh, but not whether a tweet was deleted or its author became protected since."""

NOTICED_SECONDS = 0.01
"""When to look again whether the hub has noticed that another log has begun."""


class HomeTimelines:
    """An audience: by the authors of whom each viewer's timeline is made."""

    def __init__(self, ring: Ring, finder: Finder, viewers: Viewers, place: Place) -> None:
        self._ring = ring
        self._finder = finder
        self._viewers = viewers
        self._place = place
        self._streams: dict[Viewer, tuple[LiveStream, ...]] = {}
        self._authors: dict[Viewer, Collection[int]] = {}
        self._readers: defaultdict[int, set[Viewer]] = defaultdict(set)
        self._catching_up: dict[LiveStream, asyncio.Task[None]] = {}
        self._kept: dict[tuple[str, int], Happening] = {}
        self._kept_since = 0.0

    def stream(self, viewer: Viewer, epoch: str, number: int) -> LiveStream:
        """What happens after a place in the log."""

        def begin(stream: LiveStream) -> None:
            if epoch == self._place.epoch and self._place.number <= number <= self._ring.number:
                self._add(stream)
            else:
                name = f"catch up viewer {viewer.id}"
                self._catching_up[stream] = asyncio.create_task(self._catch_up(stream, epoch), name=name)

        slow = RESETS[TimelineResetReason.SLOW]
        return LiveStream(viewer, begin, self._leave, number=number, too_slow=slow)

    def wants(self, posted: TweetsPosted) -> bool:
        return posted.tweets[0][1] in self._readers

    def tell(self, entry: RingEntry, found: Found) -> None:
        match entry.body:
            case TweetsPosted(((tweet_id, author_id),), _):
                if tweet := found.tweets.get(tweet_id):
                    self._tell_posted(entry, author_id, tweet, found.people)
            case TweetsDeleted(((tweet_id, author_id),)):
                happening = _removed(self._place.epoch, entry, tweet_id)
                for viewer in tuple(self._readers.get(author_id, ())):
                    self._tell_viewer(entry, viewer, happening)
            case changed:
                for viewer_id in set(viewers_changed(changed)):
                    self._rebuild(entry, viewer_id)

    def lose(self, *, is_same_log: bool) -> None:
        reason = TimelineResetReason.SLOW if is_same_log else TimelineResetReason.TOO_OLD
        for streams in list(self._streams.values()):
            for stream in streams:
                stream.end(RESETS[reason])

    def _tell_posted(self, entry: RingEntry, author_id: int, tweet: Tweet, people: dict[int, User]) -> None:
        """Most viewers have no walls, and most people are not protected: then there is nothing to look at."""
        happening: Happening | None = None
        is_open = not any(people[each].is_protected for each in tweet.author_ids if each in people)
        for viewer in tuple(self._readers.get(author_id, ())):
            if (is_open and not viewer.walls) or _is_shown(viewer.access, tweet, people):
                happening = happening or self._added(self._place.epoch, entry, tweet)
                self._tell_viewer(entry, viewer, happening)

    def _tell_viewer(self, entry: RingEntry, viewer: Viewer, happening: Happening) -> None:
        for stream in self._streams.get(viewer, ()):
            if entry.number > stream.number:
                stream.tell(happening)

    def _rebuild(self, entry: RingEntry, viewer_id: int) -> None:
        """Streams that began behind the change, before the hub came to it, go on by what it has changed."""
        viewer = self._viewers[viewer_id]
        for stream in self._streams.get(viewer, ()) if viewer else ():
            if entry.number > stream.number:
                stream.end(RESETS[TimelineResetReason.REBUILT])
        if viewer and viewer in self._authors:
            self._forget(viewer)
            self._read(viewer)

    def mended(self, viewer: Viewer) -> None:
        """Whom the viewer follows is not what it was taken for: what was told since is not what their timeline is."""
        for stream in self._streams.get(viewer, ()):
            stream.end(RESETS[TimelineResetReason.REBUILT])

    def _add(self, stream: LiveStream) -> None:
        """Tells it whatever is told from now on."""
        viewer = stream.viewer
        self._streams[viewer] = (*self._streams.get(viewer, ()), stream)
        if viewer not in self._authors:
            self._read(viewer)

    def _leave(self, stream: LiveStream) -> None:
        viewer = stream.viewer
        task = self._catching_up.pop(stream, None)
        if task and task is not asyncio.current_task():
            task.cancel()
        others = tuple(each for each in self._streams.get(viewer, ()) if each is not stream)
        if others:
            self._streams[viewer] = others
        elif self._streams.pop(viewer, None):
            self._forget(viewer)
        self._viewers.leave(viewer)

    def _read(self, viewer: Viewer) -> None:
        if viewer.id is not None:
            self._authors[viewer] = viewer.access.followees
            for author_id in (viewer.id, *viewer.access.followees):
                self._readers[author_id].add(viewer)

    def _forget(self, viewer: Viewer) -> None:
        authors = self._authors.pop(viewer, None)
        for author_id in () if authors is None or viewer.id is None else (viewer.id, *authors):
            self._readers[author_id].discard(viewer)
            if not self._readers[author_id]:
                del self._readers[author_id]

    async def _catch_up(self, stream: LiveStream, epoch: str) -> None:
        """Tells what the ring has, as fast as it is taken, up to where the hub is."""
        lost = TimelineResetReason.TOO_OLD
        try:
            while self._ring.holds(epoch, stream.number):
                if epoch == self._place.epoch and stream.number >= self._place.number:
                    del self._catching_up[stream]
                    self._add(stream)
                    return
                if epoch != self._place.epoch:
                    await asyncio.sleep(NOTICED_SECONDS)
                elif not await self._tell_missed(stream, epoch):
                    stream.end(RESETS[TimelineResetReason.REBUILT])
                    return
                await asyncio.sleep(0)  # A viewer far behind reads on without ever waiting: others get their turn.
                lost = TimelineResetReason.SLOW if epoch == self._ring.epoch else TimelineResetReason.TOO_OLD
            stream.end(RESETS[lost])
        except Exception as error:  # whatever it is, silence would be a gap
            stream.end(error=error)

    async def _tell_missed(self, stream: LiveStream, epoch: str) -> bool:
        """The next entries up to the hub's place; False where the viewer's timeline was changed as a whole since, and
        nothing told of it is of use."""
        viewer = stream.viewer
        entries = self._ring.after(stream.number, min(BATCH, self._place.number - stream.number))
        found = await self._finder.find(self._posted_for(viewer, entries))
        for entry in entries:
            await stream.room()
            changes = self._ring.viewer_changed(viewer.id or 0, stream.number)
            if changes or viewer.id in set(viewers_changed(entry.body)):  # The ring may have dropped it meanwhile.
                return False
            if happening := self._missed(viewer, epoch, entry, found):
                stream.tell(happening)
            stream.number = entry.number
        return True

    def _posted_for(self, viewer: Viewer, entries: Sequence[RingEntry]) -> list[int]:
        posted = (entry.body.tweets[0] for entry in entries if isinstance(entry.body, TweetsPosted))
        return [tweet_id for tweet_id, author_id in posted if _is_author(viewer, author_id)]

    def _missed(self, viewer: Viewer, epoch: str, entry: RingEntry, found: Found) -> Happening | None:
        """What an entry means to a viewer."""
        match entry.body:
            case TweetsPosted(((tweet_id, _),), _) if tweet := found.tweets.get(tweet_id):
                return self._added(epoch, entry, tweet) if _is_shown(viewer.access, tweet, found.people) else None
            case TweetsDeleted(((tweet_id, author_id),)) if _is_author(viewer, author_id):
                return _removed(epoch, entry, tweet_id)
        return None

    def _added(self, epoch: str, entry: RingEntry, tweet: Tweet) -> Happening:
        now = time.monotonic()
        if now > self._kept_since + KEPT_SECONDS:
            self._kept, self._kept_since = {}, now
        happening = self._kept.get((epoch, entry.number))
        if happening is None:
            happening = Happening(TweetAdded(cursor_at(epoch, entry.number), tweet))
            self._kept[epoch, entry.number] = happening
        return happening


def _removed(epoch: str, entry: RingEntry, tweet_id: int) -> Happening:
    return Happening(TweetRemoved(cursor_at(epoch, entry.number), tweet_id))


def _is_author(viewer: Viewer, author_id: int) -> bool:
    """Whether the viewer's timeline is made of that author's tweets."""
    return author_id == viewer.id or author_id in viewer.access.followees


def _is_shown(access: Access, tweet: Tweet, people: dict[int, User]) -> bool:
    return access.sees_tweet(tweet, people) and not access.keeps_out(tweet)
