"""A client as users have them: a timeline on the screen, kept up to date by the stream, begun anew after a reset."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from websockets.exceptions import WebSocketException

from tests.faults.waiting import PAUSE_SECONDS
from tests.faults.world import World
from tests.faults.writes import is_unavailable
from tests.support.clients import Account, GraphQLFailed, Json, Subscription

PAGE = 50


class LiveClient:
    """`shown` has texts by ids; `repeats` what came by the stream though it was shown; `resets` their reasons. `events`
    and `connections`: how many there were."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.events = 0
        self.connections = 0
        self._cursor = ""
        self._stream: Subscription | None = None
        self.shown: dict[str, str] = {}
        self.repeats: list[str] = []
        self.resets: list[str] = []

    async def refresh(self) -> None:
        """Reads the whole timeline; the stream is to go on from its first page."""
        page = await self.account.timeline(first=PAGE)
        cursor, edges = page["liveCursor"], page["edges"]
        while page["pageInfo"]["hasNextPage"]:
            page = await self.account.timeline(first=PAGE, after=page["pageInfo"]["endCursor"])
            edges += page["edges"]
        self._cursor = cursor
        self.shown = {edge["node"]["id"]: edge["node"]["text"] for edge in edges}

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Listens during the block; connects again, from the last cursor, whenever it is cut off."""
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(self.follow())
            yield
            listening.cancel()

    async def follow(self) -> None:
        """Listens on and on, as `following` does."""
        while True:
            try:
                await self._listen()
            except (OSError, WebSocketException, httpx.TransportError):
                await asyncio.sleep(PAUSE_SECONDS)
            except GraphQLFailed as failure:
                if not is_unavailable(failure):
                    raise
                await asyncio.sleep(PAUSE_SECONDS)

    async def cut(self, *, politely: bool) -> bool:
        """Ends the connection there is, with a close frame or without; False where there is none."""
        stream, self._stream = self._stream, None
        if stream is None:
            return False
        if politely:
            await stream.connection.close()
        else:
            stream.connection.transport.abort()
        return True

    async def _listen(self) -> None:
        async with self.account.updates(after=self._cursor) as stream:
            self._stream = stream
            self.connections += 1
            while event := await stream.next():
                self.events += 1
                await self._apply(event)

    async def _apply(self, event: Json) -> None:
        if event["__typename"] == "TimelineReset":
            self.resets.append(event["reason"])
            await self.refresh()
            return
        self._cursor = event["cursor"]
        if event["__typename"] == "TimelineTweetRemoved":
            self.shown.pop(event["tweetId"], None)
        elif event["tweet"]["id"] in self.shown:
            self.repeats.append(event["tweet"]["id"])
        else:
            self.shown[event["tweet"]["id"]] = event["tweet"]["text"]


async def check_shown(client: LiveClient, world: World, reader: str) -> None:
    """What page and stream made of the reader's timeline is what it is."""
    assert sorted(client.shown) == sorted(world.model.timeline(reader))
