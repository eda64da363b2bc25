"""Many screens with live timelines, whose sockets are cut and whose servers die, while others write: what each makes of
its events, resumes and resets must be what its timeline is."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from tests.faults.chaos_writes import Writer
from tests.faults.deployment import Deployment
from tests.faults.live_client import Cut, LiveClient
from tests.faults.strikes import Strike
from tests.faults.waiting import CONSISTENT_SECONDS, PAUSE_SECONDS, eventually
from tests.support.clients import Account, sign_up

AUTHORS = 8
WRITERS = 4
CUT_SECONDS = 0.05
CUTS = {Cut.DROPPED: 5, Cut.CLOSED: 3, Cut.HALF_OPEN: 2}
SIGNED_UP_AT_ONCE = 8


@dataclass(frozen=True)
class Size:
    """`screens` are spread over `readers`. `strikes` come one after the other among the writes."""

    readers: int
    screens: int
    writes: int
    strikes: Sequence[Strike]


@dataclass
class Outcome:
    """`seconds`: how long screens could differ from timelines after the last write; infinite where some do in the end,
    which `differ` tells of. `refreshes`: timelines that were fetched, at first and after resets. `repeats`: ids that
    came twice, or too late."""

    answered: Counter[str] = field(default_factory=Counter)
    cuts: Counter[str] = field(default_factory=Counter)
    events: int = 0
    connections: int = 0
    resumes: int = 0
    refreshes: int = 0
    resets: Counter[str] = field(default_factory=Counter)
    repeats: list[str] = field(default_factory=list)
    differ: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Chaos:
    def __init__(self, deployment: Deployment, http: httpx.AsyncClient, size: Size, seed: int = 1) -> None:
        self._deployment = deployment
        self._http = http
        self._size = size
        self._chance = random.Random(seed)
        self._outcome = Outcome()
        self._authors: list[Account] = []
        self._clients: list[LiveClient] = []

    async def run(self) -> Outcome:
        self._authors = await self._sign_up(AUTHORS)
        readers = await self._sign_up(self._size.readers)
        for reader in readers:
            for author in self._chance.sample(self._authors, AUTHORS // 2):
                await reader.follow(author)
        self._clients = [LiveClient(readers[number % len(readers)]) for number in range(self._size.screens)]
        for client in self._clients:
            await client.refresh()
        async with asyncio.TaskGroup() as tasks:
            following = [tasks.create_task(client.follow()) for client in self._clients]
            async with self._cutting():
                await self._write(readers)
            await self._settle()
            for each in following:
                each.cancel()
        self._count()
        return self._outcome

    async def _sign_up(self, count: int) -> list[Account]:
        limit = asyncio.Semaphore(SIGNED_UP_AT_ONCE)

        async def one() -> Account:
            async with limit:
                return await sign_up(self._http, self._deployment.server.url)

        return await asyncio.gather(*(one() for _ in range(count)))

    @asynccontextmanager
    async def _cutting(self) -> AsyncIterator[None]:
        """Sockets of screens chosen at random are ended during the block."""

        async def cut() -> None:
            while True:
                await asyncio.sleep(CUT_SECONDS)
                client = self._chance.choice(self._clients)
                how = self._chance.choices(list(CUTS), list(CUTS.values()))[0]
                self._outcome.cuts[how] += await client.cut(how)

        async with asyncio.TaskGroup() as tasks:
            cutting = tasks.create_task(cut())
            yield
            cutting.cancel()

    async def _write(self, readers: Sequence[Account]) -> None:
        """The strikes come at equal distances among the writes."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(WRITERS):
                of_its_own = self._authors[number::WRITERS], readers[number::WRITERS]
                writer = Writer(*of_its_own, self._authors, self._outcome.answered, number)
                tasks.create_task(writer.run(self._size.writes // WRITERS))
            for number, strike in enumerate(self._size.strikes, 1):
                await self._answered(self._size.writes * number // (len(self._size.strikes) + 1))
                await strike(self._deployment)

    async def _answered(self, count: int) -> None:
        while self._outcome.answered.total() < count:
            await asyncio.sleep(PAUSE_SECONDS)

    async def _settle(self) -> None:
        """Until all are connected and show what their timelines are."""
        try:
            self._outcome.seconds = await eventually(self._compare, CONSISTENT_SECONDS)
        except AssertionError:
            self._outcome.seconds = float("inf")

    async def _compare(self) -> None:
        timelines = {each.account.id: await _timeline(each.account) for each in self._clients[: self._size.readers]}
        self._outcome.differ = [
            f"{each.account.handle}, connected: {each.is_connected}, lacks {sorted(timeline - shown)}, "
            f"has {sorted(shown - timeline)}"
            for each in self._clients
            if (shown := set(each.shown)) != (timeline := timelines[each.account.id]) or not each.is_connected
        ]
        assert self._outcome.differ == []

    def _count(self) -> None:
        for client in self._clients:
            self._outcome.events += client.events
            self._outcome.connections += client.connections
            self._outcome.resumes += client.resumes
            self._outcome.refreshes += client.refreshes
            self._outcome.resets.update(client.resets)
            self._outcome.repeats += client.repeats


async def _timeline(account: Account) -> set[str]:
    return {edge["node"]["id"] for edge in await account.whole_timeline()}
