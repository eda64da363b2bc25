"""Live timelines: a viewer's stream of what is posted and deleted, without a gap and without a repeat."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import metrics
from domain.access import Access
from domain.errors import BadUserInput
from domain.live import TimelineEvent, TimelineReset, TimelineResetReason, TweetAdded, TweetRemoved
from domain.page import decode_cursor, encode_cursor
from domain.tweets import Tweet
from events import TweetsDeleted, TweetsPosted
from services.ring import Ring, RingEntry, viewers_changed
from stores.graph import GraphStore
from stores.live import LiveLog, LogPosition
from stores.tweets import TweetStore

CURSOR_FIELD = "timelineUpdates"
BATCH = 100


def live_cursor(position: LogPosition, number: int | None = None) -> str:
    """The cursor of a place in the live log; the same for every viewer."""
    return encode_cursor(CURSOR_FIELD, position.epoch, position.number if number is None else number)


class LiveService:
    def __init__(self, graph: GraphStore, tweets: TweetStore, log: LiveLog, ring: Ring) -> None:
        self._graph = graph
        self._tweets = tweets
        self._log = log
        self._ring = ring

    async def timeline_updates(self, viewer_id: int, after: str | None) -> AsyncGenerator[TimelineEvent]:
        """What happens in a viewer's timeline after a cursor (None: from now on), until a TimelineReset, its last
        event. Reads the ring at the pace at which it is read itself: nothing is buffered for a slow viewer."""
        position = await self._log.position()
        await self._ring.reached(position)
        epoch, number = _decode(after) if after is not None else (position.epoch, position.number)
        followees, boundaries = await asyncio.gather(
            self._graph.followees(viewer_id), self._graph.boundaries(viewer_id)
        )
        access = Access(viewer_id, boundaries, followees.ids | {viewer_id})
        with metrics.streaming():
            async with aclosing(self._stream(viewer_id, access, epoch, number)) as events:
                async for event in events:
                    yield event

    async def _stream(self, viewer_id: int, access: Access, epoch: str, number: int) -> AsyncGenerator[TimelineEvent]:
        lost = TimelineResetReason.TOO_OLD
        while self._ring.holds(epoch, number):
            entries = self._ring.after(number, BATCH)
            events, rebuilt = await self._events(viewer_id, access, epoch, entries)
            for event in events:
                yield event
            if rebuilt:
                yield TimelineReset(TimelineResetReason.REBUILT)
                return
            number += len(entries)
            await asyncio.sleep(0)  # A viewer far behind reads on without ever waiting: others get their turn.
            await self._ring.changed(epoch, number)
            lost = TimelineResetReason.SLOW if epoch == self._ring.epoch else TimelineResetReason.TOO_OLD
        yield TimelineReset(lost)

    async def _events(
        self, viewer_id: int, access: Access, epoch: str, entries: Sequence[RingEntry]
    ) -> tuple[list[TimelineEvent], bool]:
        """What the entries mean to a viewer, and whether one of them changed the viewer's follows, blocks or mutes,
        which ends it."""
        tweets = await self._shown(access, entries)
        events: list[TimelineEvent] = []
        for entry in entries:
            cursor = encode_cursor(CURSOR_FIELD, epoch, entry.number)
            match entry.body:
                case TweetsPosted(((tweet_id, _),), _) if tweet_id in tweets:
                    events.append(TweetAdded(cursor, tweets[tweet_id]))
                case TweetsDeleted(((tweet_id, author_id),)) if author_id in access.followees:
                    events.append(TweetRemoved(cursor, tweet_id))
                case changed if viewer_id in viewers_changed(changed):
                    return events, True
        return events, False

    async def _shown(self, access: Access, entries: Sequence[RingEntry]) -> dict[int, Tweet]:
        """The posted tweets that the viewer gets, by id. Whom the viewer follows, blocks and mutes is as the log has
        told so far; the rest is read now."""
        posted = [
            entry.body.tweets[0][0]
            for entry in entries
            if isinstance(entry.body, TweetsPosted) and entry.body.tweets[0][1] in access.followees
        ]
        if not posted:
            return {}
        tweets = await self._tweets.tweets(posted)
        others = {author_id for tweet in tweets.values() for author_id in tweet.author_ids} - set(access.followees)
        people = await self._graph.users(list(others)) if others else {}
        return {
            tweet_id: tweet
            for tweet_id, tweet in tweets.items()
            if access.sees_tweet(tweet, people) and not access.keeps_out(tweet)
        }


def _decode(cursor: str) -> tuple[str, int]:
    try:
        parts = decode_cursor(CURSOR_FIELD, "after", cursor)
    except BadUserInput as error:
        raise BadUserInput("after: not a cursor of this stream; give a liveCursor, or an event's cursor.") from error
    if len(parts) == 2 and parts[1].isascii() and parts[1].isdigit():
        return parts[0], int(parts[1])
    return "", 0
