"""Many screens with live timelines, whose sockets are cut and whose servers die, while others write: what each makes of
its events, resumes and resets must be what its timeline is."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from tests.embedded.owners import kill
from tests.faults.deployment import Deployment
from tests.faults.live_client import LiveClient
from tests.faults.waiting import PAUSE_SECONDS, eventually
from tests.faults.writes import is_unavailable
from tests.support.clients import DELETE_TWEET, FOLLOW, UNFOLLOW, Account, GraphQLFailed, sign_up
from tests.support.servers import STOP_SECONDS

AUTHORS = 8
WRITERS = 4
CUT_SECONDS = 0.05
SIGNED_UP_AT_ONCE = 8

Strike = Callable[[Deployment], Awaitable[None]]


@dataclass(frozen=True)
class Size:
    """`screens` are spread over `readers`. `strikes` come one after the other among the writes."""

    readers: int
    screens: int
    writes: int
    strikes: Sequence[Strike]


@dataclass
class Outcome:
    """`seconds`: how long screens could differ from timelines after the last write. `differ`: handles of those that do
    in the end; `repeats`: ids that came twice."""

    answered: Counter[str] = field(default_factory=Counter)
    cuts: int = 0
    events: int = 0
    connections: int = 0
    resets: Counter[str] = field(default_factory=Counter)
    repeats: list[str] = field(default_factory=list)
    differ: list[str] = field(default_factory=list)
    seconds: float = 0.0


async def server_killed(deployment: Deployment) -> None:
    kill(*deployment.server_processes())
    deployment.server.process.wait(STOP_SECONDS)
    await asyncio.to_thread(deployment.server.start)


async def server_restarted(deployment: Deployment) -> None:
    """As a deployment of a new version does."""
    await asyncio.to_thread(deployment.server.stop)
    await asyncio.to_thread(deployment.server.start)


async def redis_restarted(deployment: Deployment) -> None:
    deployment.redis.kill()
    await asyncio.to_thread(deployment.redis.start)


async def redis_wiped(deployment: Deployment) -> None:
    async with deployment.redis_client() as client:
        await client.flushall()


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
            await self._compare()
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
                self._outcome.cuts += await client.cut(politely=self._chance.random() < 0.3)

        async with asyncio.TaskGroup() as tasks:
            cutting = tasks.create_task(cut())
            yield
            cutting.cancel()

    async def _write(self, readers: Sequence[Account]) -> None:
        """The strikes come at equal distances among the writes."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(WRITERS):
                authors = self._authors[number::WRITERS]
                writer = _Writer(authors, readers[number::WRITERS], self._authors, self._outcome, number)
                tasks.create_task(writer.run(self._size.writes // WRITERS))
            for number, strike in enumerate(self._size.strikes, 1):
                await self._answered(self._size.writes * number // (len(self._size.strikes) + 1))
                await strike(self._deployment)

    async def _answered(self, count: int) -> None:
        while self._outcome.answered.total() < count:
            await asyncio.sleep(PAUSE_SECONDS)

    async def _compare(self) -> None:
        async def check() -> None:
            timelines = {each.account.id: await _timeline(each.account) for each in self._clients[: self._size.readers]}
            self._outcome.differ = [
                each.account.handle for each in self._clients if set(each.shown) != timelines[each.account.id]
            ]
            assert self._outcome.differ == []

        self._outcome.seconds = await eventually(check)

    def _count(self) -> None:
        for client in self._clients:
            self._outcome.events += client.events
            self._outcome.connections += client.connections
            self._outcome.resets.update(client.resets)
            self._outcome.repeats += client.repeats


@dataclass
class _Writer:
    """Writes for some authors and readers, one thing after the other. Whether what was not answered was done is for the
    timelines to say."""

    authors: Sequence[Account]
    readers: Sequence[Account]
    followed: Sequence[Account]
    outcome: Outcome
    seed: int

    async def run(self, writes: int) -> None:
        chance = random.Random(self.seed)
        posted: list[tuple[Account, str]] = []
        for number in range(writes):
            kind = chance.choices(["tweet", "delete", "follow", "unfollow"], [70, 14, 8, 8])[0]
            if kind == "delete" and posted:
                author, tweet_id = posted.pop(chance.randrange(len(posted)))
                await self._send(kind, lambda a=author, t=tweet_id: a.mutate(DELETE_TWEET, id=t))  # type: ignore[misc]
            elif kind in ("follow", "unfollow"):
                reader, other = chance.choice(self.readers), chance.choice(self.followed)
                query = FOLLOW if kind == "follow" else UNFOLLOW
                await self._send(kind, lambda r=reader, q=query, o=other: r.mutate(q, id=o.id))  # type: ignore[misc]
            else:
                author = chance.choice(self.authors)
                text = f"number {number} of {self.seed}"
                tweet_id = await self._send("tweet", lambda a=author, t=text: a.tweet(t))  # type: ignore[misc]
                posted.append((author, tweet_id))

    async def _send(self, kind: str, write: Callable[[], Awaitable[str]]) -> str:
        """Again, until it is answered."""
        while True:
            try:
                answer = await write()
            except (httpx.TransportError, ValueError, AssertionError):
                await asyncio.sleep(PAUSE_SECONDS)
            except GraphQLFailed as failure:
                if not is_unavailable(failure):
                    raise
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                self.outcome.answered[kind] += 1
                return answer


async def _timeline(account: Account) -> set[str]:
    return {edge["node"]["id"] for edge in await account.whole_timeline()}
