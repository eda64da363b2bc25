"""The tweet processor: a tweet into the precomputed timelines of its author's active followers, when it is posted; or
into its author's pull index, where it is pulled."""

import asyncio
import struct
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import count, groupby
from operator import itemgetter

import metrics
from domain.page import Window
from domain.snowflake import milliseconds
from events import Event, TweetsDeleted, TweetsPosted
from faults import crash_point
from services.dispatch import Dispatcher
from services.group_commit import GroupCommit
from services.snowflakes import Snowflakes
from services.timeline_builder import TimelineBuilder
from services.unfinished import Unfinished
from stores.graph import GraphStore
from stores.queue import Jobs
from stores.timelines import TimelineStore
from stores.tweets import TweetStore

EVENTS_TOGETHER = 32
"""Tweets of one author that share a fan-out, where they are posted faster than they are delivered."""

PARENT_SECONDS = 10.0
"""After so long a job that hands on pages of followers goes on in a new try, so that none runs into its limit."""

BACKDATED_MS = 60_000
"""Ids older than their event by more than this are imports, which write tweets into the past."""

PUSHES_AT_ONCE = 2
"""Script calls under way at once, of all fan-outs of a process: enough to keep the server busy, few enough that what
readers ask it for comes in between."""

RETWEETS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Post:
    """What one event tells of one author in a row: tweets to be delivered, in their order. `oldest_id`, of all that are
    told of, also those deleted since, names it within its event."""

    event_id: int
    oldest_id: int
    tweet_ids: Sequence[int]
    redelivered: bool

    @property
    def backdated(self) -> bool:
        return milliseconds(self.oldest_id) < milliseconds(self.event_id) - BACKDATED_MS

    @property
    def name(self) -> str:
        return f"{self.event_id}:{self.oldest_id}"


@dataclass(frozen=True, slots=True)
class Page:
    """Readers to write to. `number` counts from a try's first page, 0; `end`: what the next page follows."""

    readers: Sequence[int]
    end: int
    number: int
    is_last: bool


class FanOut:
    """`timelines` are readers', `pulled` authors'. `page_size`: readers per job and script call. `own_pages`: how many
    a fan-out writes itself before it makes jobs of the others."""

    def __init__(
        self,
        graph: GraphStore,
        tweets: TweetStore,
        timelines: TimelineStore,
        pulled: TimelineStore,
        jobs: Jobs,
        builder: TimelineBuilder,
        dispatcher: Dispatcher,
        snowflakes: Snowflakes,
        timeline_size: int,
        page_size: int,
        own_pages: int,
    ) -> None:
        self._graph = graph
        self._tweets = tweets
        self._timelines = timelines
        self._pulled = pulled
        self._jobs = jobs
        self._builder = builder
        self._dispatcher = dispatcher
        self._snowflakes = snowflakes
        self._size = timeline_size
        self._page_size = page_size
        self._own_pages = own_pages
        self._pushing = asyncio.Semaphore(PUSHES_AT_ONCE)
        self._posts: GroupCommit[int, Post] = GroupCommit(self._deliver, EVENTS_TOGETHER)

    async def posted(self, event_id: int, posted: TweetsPosted, *, redelivered: bool) -> None:
        """Writes tweets to where they are read from, in their order: lists keep what arrived last. Those deleted
        meanwhile are left out."""
        alive = await self._tweets.tweets([tweet_id for tweet_id, _ in posted.tweets])
        pulled = alive.keys() & posted.pulled
        pushed = alive.keys() - pulled
        for author_id, group in groupby(posted.tweets, key=itemgetter(1)):
            ids = [tweet_id for tweet_id, _ in group]
            oldest = min(ids)
            await self._pull(author_id, Post(event_id, oldest, [each for each in ids if each in pulled], redelivered))
            await self._push(author_id, Post(event_id, oldest, [each for each in ids if each in pushed], redelivered))

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

    async def deliver(self, readers: bytes, tweets: bytes, event_id: int, *, redelivered: bool) -> None:
        """Writes tweets to a page of readers: a job of its own, made by `posted`. Ids are packed, 8 bytes each."""
        crash_point("fan_out.delivering")
        await self._write(_unpack(readers), _unpack(tweets), event_id, redelivered=redelivered)
        crash_point("fan_out.delivered")

    async def _pull(self, author_id: int, post: Post) -> None:
        if not post.tweet_ids:
            return
        if not await self._pulled.push([author_id], post.tweet_ids, redelivered=post.redelivered):
            await self._builder.index(author_id)
        crash_point("fan_out.indexed")
        metrics.visible("merged", milliseconds(post.event_id))
        await self._timelines.push([author_id], post.tweet_ids, redelivered=post.redelivered)

    async def _push(self, author_id: int, post: Post) -> None:
        if not post.tweet_ids:
            return
        if post.redelivered or post.backdated:
            await self._deliver(author_id, [post])
        else:
            await self._posts.do(author_id, post)

    async def _deliver(self, author_id: int, posts: Sequence[Post]) -> None:
        """Pages through the followers. The first pages it writes itself, while later posts of the author gather behind
        it, to share the next pass; those beyond are for as many workers as there are."""
        names = [post.name for post in posts]
        event_id, redelivered = posts[0].event_id, any(post.redelivered for post in posts)
        saved = await self._jobs.progress(names) if redelivered else {}
        tweet_ids = [tweet_id for post in posts for tweet_id in post.tweet_ids]
        start = min(saved.get(name, 0) for name in names)
        until = time.monotonic() + PARENT_SECONDS
        handed_on = bool(saved)
        async with aclosing(self._pages(author_id, start, backdated=posts[0].backdated)) as pages:
            async for page in pages:
                if page.is_last or page.number < self._own_pages:
                    await self._write(page.readers, tweet_ids, event_id, redelivered=redelivered)
                    crash_point("fan_out.written")
                    continue
                await self._hand_on(page, names, tweet_ids, event_id)
                handed_on = True
                if time.monotonic() > until:
                    raise Unfinished
        if handed_on:
            await self._jobs.forget_progress(names)

    async def _hand_on(self, page: Page, names: Sequence[str], tweet_ids: Sequence[int], event_id: int) -> None:
        """Makes a page a job of its own, in one step with the progress, where a later try goes on."""
        job_id = f"deliver:{names[0]}:{page.end}"
        args = _pack(page.readers), _pack(tweet_ids), event_id
        await self._jobs.enqueue("timeline", "deliver", job_id, *args, progress=dict.fromkeys(names, page.end))
        crash_point("fan_out.page")

    async def _pages(self, author_id: int, start: int, *, backdated: bool) -> AsyncGenerator[Page]:
        """Readers to write to, from a page's end (0: the beginning, with the author). Each page is read while the one
        before is written."""
        end, limit = start, self._page_size if start else self._page_size - 1
        reading = asyncio.create_task(self._read_page(author_id, end, limit, backdated=backdated))
        try:
            for number in count():
                readers, end = await reading
                is_last, limit = len(readers) < limit, self._page_size
                if not is_last:
                    reading = asyncio.create_task(self._read_page(author_id, end, limit, backdated=backdated))
                first = [author_id] if number == 0 and not start else []
                yield Page([*first, *readers], end, number, is_last)
                if is_last:
                    return
        finally:
            reading.cancel()

    async def _read_page(self, author_id: int, end: int, limit: int, *, backdated: bool) -> tuple[Sequence[int], int]:
        """Readers after a page's end, and the end of theirs. What is written into the past goes to all followers: a
        resting timeline is not completed from the store there."""
        if backdated:
            links = (await self._graph.followers([author_id], Window(limit, low=end, ascending=True)))[author_id]
            return [link.node_id for link in links], links[-1].key if links else end
        readers = await self._graph.feeding(author_id, end, limit)
        return readers, readers[-1] if readers else end

    async def _write(
        self, readers: Sequence[int], tweet_ids: Sequence[int], event_id: int, *, redelivered: bool
    ) -> None:
        async with self._pushing:
            metrics.delivered(await self._timelines.push(readers, tweet_ids, redelivered=redelivered))
        metrics.visible("pushed", milliseconds(event_id))

    async def _merge(self, reader_id: int, followee_ids: Sequence[int]) -> None:
        timeline = await self._timelines.read(reader_id)
        if timeline is None:
            await self._timelines.drop([reader_id])  # of another version
            return
        low = timeline.floor - 1 if timeline.floor else None
        ids = await self._tweets.ids_by_authors(followee_ids, Window(self._size, low=low))
        reach = timeline.floor if len(ids) < self._size else ids[-1]
        await self._timelines.merge(reader_id, ids, reach)


def _pack(ids: Sequence[int]) -> bytes:
    return struct.pack(f">{len(ids)}Q", *ids)


def _unpack(packed: bytes) -> Sequence[int]:
    return struct.unpack(f">{len(packed) // 8}Q", packed)
