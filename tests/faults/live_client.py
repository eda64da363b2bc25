"""A client as users have them: a timeline on the screen, kept up to date by the stream, begun anew after a reset."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum

import httpx
from websockets.exceptions import WebSocketException

from services.live.cursors import place_of
from tests.faults.waiting import PAUSE_SECONDS
from tests.faults.world import World
from tests.faults.writes import is_unavailable
from tests.support.clients import Account, GraphQLFailed, Json, Subscription

PAGE = 50


class Cut(StrEnum):
    """How a connection ends. Of one that is half open the server hears nothing, not even that it has ended."""

    CLOSED = "closed"
    DROPPED = "dropped"
    HALF_OPEN = "half open"


class LiveClient:
    """`shown` has texts by ids; `repeats` ids that came by the stream though they were told or shown since the last
    reset, or out of the log's order; `resets` their reasons. `events`, `resumes` (connections that went on behind an
    event or an earlier connection) and `refreshes`: how many there were."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.events = 0
        self.connections = 0
        self.resumes = 0
        self.refreshes = 0
        self.shown: dict[str, str] = {}
        self.repeats: list[str] = []
        self.resets: list[str] = []
        self._cursor = ""
        self._stream: Subscription | None = None
        self._is_fresh = True
        self._told: set[tuple[str, str]] = set()
        self._half_open: list[socket.socket] = []

    @property
    def is_connected(self) -> bool:
        return self._stream is not None

    async def refresh(self) -> None:
        """Reads the whole timeline; the stream is to go on from its first page."""
        page = await self.account.timeline(first=PAGE)
        cursor, edges = page["liveCursor"], page["edges"]
        while page["pageInfo"]["hasNextPage"]:
            page = await self.account.timeline(first=PAGE, after=page["pageInfo"]["endCursor"])
            edges += page["edges"]
        self._cursor = cursor
        self.shown = {edge["node"]["id"]: edge["node"]["text"] for edge in edges}
        self._told = {("TimelineTweetAdded", tweet_id) for tweet_id in self.shown}
        self._is_fresh = True
        self.refreshes += 1

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Listens during the block; connects again, from the last cursor, whenever it is cut off."""
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(self.follow())
            yield
            listening.cancel()

    async def follow(self) -> None:
        """Listens on and on, as `following` does."""
        try:
            while True:
                await self._listen_once()
        finally:
            for lost in self._half_open:
                lost.close()

    async def _listen_once(self) -> None:
        """Until it is cut off or reset; after a failure waits a little."""
        try:
            await self._listen()
        except (OSError, WebSocketException, httpx.TransportError):
            await asyncio.sleep(PAUSE_SECONDS)
        except GraphQLFailed as failure:
            if not is_unavailable(failure):
                raise
            await asyncio.sleep(PAUSE_SECONDS)
        finally:
            self._stream = None

    async def cut(self, how: Cut) -> bool:
        """Ends the connection there is; False where there is none."""
        stream, self._stream = self._stream, None
        if stream is None or stream.connection.transport.is_closing():
            return False
        transport = stream.connection.transport
        if how is Cut.CLOSED:
            await stream.connection.close()
            return True
        if how is Cut.HALF_OPEN:  # What has the socket as well keeps the system from telling the server.
            self._half_open.append(transport.get_extra_info("socket").dup())
        transport.abort()
        return True

    async def _listen(self) -> None:
        """A stream may be silent for as long as it likes: connecting again would hide what it should have told."""
        async with self.account.updates(after=self._cursor) as stream:
            self._stream = stream
            self.connections += 1
            self.resumes += not self._is_fresh
            self._is_fresh = False
            while event := await stream.next(patience=None):
                self.events += 1
                await self._apply(event)

    async def _apply(self, event: Json) -> None:
        kind = event["__typename"]
        if kind == "TimelineReset":
            self.resets.append(event["reason"])
            await self.refresh()
            return
        tweet_id = event["tweetId"] if kind == "TimelineTweetRemoved" else event["tweet"]["id"]
        if (kind, tweet_id) in self._told or not _is_behind(self._cursor, event["cursor"]):
            self.repeats.append(tweet_id)
        self._told.add((kind, tweet_id))
        self._cursor = event["cursor"]
        if kind == "TimelineTweetRemoved":
            self.shown.pop(tweet_id, None)
        else:
            self.shown[tweet_id] = event["tweet"]["text"]


def _is_behind(earlier: str, later: str) -> bool:
    """In the same log."""
    (epoch, number), (later_epoch, later_number) = place_of(earlier), place_of(later)
    return later_epoch == epoch and later_number > number


async def check_shown(client: LiveClient, world: World, reader: str) -> None:
    """What page and stream made of the reader's timeline is what it is."""
    assert sorted(client.shown) == sorted(world.model.timeline(reader))
