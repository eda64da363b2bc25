"""A fault in the middle of a load, and what is left of the writes afterwards."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import httpx

from domain.activity import Activity
from tests.faults.live_client import LiveClient, check_shown
from tests.faults.load import FAMOUS, READERS, WRITERS, make_world, write_all
from tests.faults.model import number_of
from tests.faults.sleepers import check_marks, sleep_and_return
from tests.faults.waiting import eventually
from tests.faults.world import World
from tests.faults.writes import Tweet
from tests.support.clients import GraphQLFailed
from tests.support.servers import RunningServer


class System(Protocol):
    server: RunningServer

    @property
    def graph_url(self) -> str: ...


Fault = Callable[[World], Awaitable[None]]


@dataclass
class Report:
    """`lost` and `astray` count ids that are missing, and too many, in timelines and search; `doubled` those that are
    there or came on a stream twice. `seconds`: how long that could be so after the last write. `complaints`: what does
    not hold in the end."""

    answered: int = 0
    lost: int = 0
    astray: int = 0
    doubled: int = 0
    seconds: float = 0.0
    resets: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Bookmark:
    """A reader's place in the timeline."""

    reader: str
    cursor: str
    number: int

    async def check(self, world: World) -> None:
        """Reading goes on there."""
        below = [tweet_id for tweet_id in world.model.timeline(self.reader) if number_of(tweet_id) < self.number]
        assert await world.read_on(self.reader, self.cursor) == below, f"{self.reader} reads on"


class Trial:
    """`clients` look at their timelines all the time; `late` ones leave before the fault and come back after it."""

    def __init__(self, system: System, world: World) -> None:
        self._system = system
        self._report = Report()
        self.world = world
        self.clients = self._screens(*FAMOUS)
        self.late = self._screens("cid", READERS[-1])
        self._bookmarks: list[Bookmark] = []

    def _screens(self, *names: str) -> dict[str, LiveClient]:
        return {name: LiveClient(self.world.model.people[name]) for name in names}

    async def run(self, fault: Fault, each: int) -> Report:
        """The fault strikes when half the writes are answered, and there are more of them until it is over."""
        for client in self.clients.values():
            await client.refresh()
        async with AsyncExitStack() as stack:
            for client in self.clients.values():
                await stack.enter_async_context(client.following())
            await self._strike(fault, each)
            for client in self.late.values():
                await stack.enter_async_context(client.following())
            await self._look()
        return self._report

    async def _strike(self, fault: Fault, each: int) -> None:
        over = asyncio.Event()
        before = self.world.answered
        async with asyncio.TaskGroup() as tasks:
            load = tasks.create_task(write_all(self.world, each, over))
            sleepers = tasks.create_task(sleep_and_return(self._system.graph_url, self.world))
            await self._answered(before + each * len(WRITERS) // 2)
            await self._mark()
            await fault(self.world)
            await eventually(self._check_readers)
            over.set()
            await load
            sleepers.cancel()
        self._report.answered = self.world.answered - before

    async def _check_readers(self) -> None:
        """Readers of every class have come."""
        assert set(self.world.readers) == {activity.value for activity in Activity}

    async def _answered(self, count: int) -> None:
        async def check() -> None:
            assert self.world.answered >= count

        await eventually(check)

    async def _mark(self) -> None:
        for reader, client in self.late.items():
            await client.refresh()
            self._bookmarks.append(await self._bookmark(reader))

    async def _bookmark(self, reader: str) -> Bookmark:
        page = await self.world.model.people[reader].timeline(first=3)
        return Bookmark(reader, page["pageInfo"]["endCursor"], number_of(page["edges"][-1]["node"]["id"]))

    async def _look(self) -> None:
        """Consistent first without any further write, then with some."""
        self._report.seconds = await self._hold(self.world.check)
        await self._count()
        await self.world.write(*(Tweet(person, "the last") for person in WRITERS))
        await self._hold(self.world.check)
        await self._hold(partial(self.world.check_lists, (*WRITERS, *READERS)))
        await self._hold(partial(check_marks, self._system.graph_url))
        for bookmark in self._bookmarks:
            await self._hold(partial(bookmark.check, self.world))
        for name, client in (self.clients | self.late).items():
            await self._hold(partial(check_shown, client, self.world, name))
            self._report.doubled += len(client.repeats)
            self._report.resets.update(client.resets)

    async def _hold(self, check: Callable[[], Awaitable[None]]) -> float:
        """How long it took to."""
        try:
            return await eventually(check)
        except (AssertionError, GraphQLFailed) as failure:
            self._report.complaints.append(repr(failure))
            return float("inf")

    async def _count(self) -> None:
        async for place in self.world.places():
            expected, found = set(place.expected), set(place.found)
            self._report.lost += len(expected - found)
            self._report.astray += len(found - expected)
            self._report.doubled += len(place.found) - len(found)


async def endure(system: System, http: httpx.AsyncClient, fault: Fault, each: int) -> tuple[World, Report]:
    """A trial of its own."""
    world = await make_world(http, system.server.url)
    return world, await Trial(system, world).run(fault, each)
