"""The load of bench/live.py, in a process of its own: `python -m bench.support.load`, an Order in, a Report out.

Holds the sockets, posts the tweets, and reads the server's CPU clock and memory at the edges of each phase:
- rehearsal: some sockets and tweets, so that whatever is loaded once is there before anything is measured;
- posting: the tweets without any socket, for what the mutations alone cost;
- opening: all sockets, tweets until every one of them receives, and some more for compilers to warm up;
- idle: nothing happens but pings and what else the server does by itself;
- delivery: tweet by tweet, each when all have the one before and a moment has passed.
"""

import asyncio
import gc
import json
import resource
import sys
from collections.abc import Awaitable, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter

import httpx
import uvloop
from rich.console import Console

from bench.support.followers import Audience, Author, Follower, percentile
from bench.support.usage import cpu_seconds, resident_bytes
from commands.progress import Display

AT_ONCE = 200
REHEARSING = 50
REHEARSALS = 3
QUIET_SECONDS = 3.0
PATIENCE_SECONDS = 60.0
SETTLING_SECONDS = 5.0
SETTLING_TRIES = 30
WARMING = 20_000
"""Deliveries before those that are measured: by then Node's compiler has seen it all."""

TRAIL_SECONDS = 0.5
"""After the last delivery: what the server still does for it, and messages too many, belong to the phase."""


@dataclass(frozen=True, slots=True)
class Order:
    """A server, and what it is to be loaded with: each of the tokens is a viewer's with a socket."""

    name: str
    url: str
    pids: list[int]
    document: str
    author: str
    viewers: list[str]
    tweets: int
    seconds: float
    """From one tweet to the next, at least."""


@dataclass(frozen=True, slots=True)
class Report:
    """CPU time is the server's, without what it uses while idle; `posting_cpu` is part of `cpu`."""

    deliveries: int
    cpu: float
    posting_cpu: float
    idle_cpu_per_second: float
    last: list[float]
    """Of each tweet: from its mutation being sent until the last socket had it."""
    each_p50: float
    each_p99: float
    bytes_per_socket: float
    bytes_per_socket_later: float
    bytes_per_message: float
    opened_per_second: float


class Meter:
    """The CPU time of the server's processes, beyond what they use while idle."""

    def __init__(self, pids: Sequence[int]) -> None:
        self._pids = pids
        self.idle_rate = 0.0

    async def idle(self, seconds: float) -> None:
        self.idle_rate = 0.0
        self.idle_rate = await self.spent(asyncio.sleep(seconds)) / seconds

    async def spent(self, work: Awaitable[object]) -> float:
        began, before = perf_counter(), cpu_seconds(self._pids)
        await work
        return cpu_seconds(self._pids) - before - self.idle_rate * (perf_counter() - began)


class Load:
    def __init__(self, order: Order, http: httpx.AsyncClient, display: Display) -> None:
        self._order = order
        self._display = display
        self._meter = Meter(order.pids)
        self._author = Author(http, order.url, order.author)
        self._audience = Audience(order.url, order.document)
        self._followers: list[Follower] = []

    async def run(self) -> Report:
        await self._rehearse()
        await self._meter.idle(QUIET_SECONDS)
        posting_cpu = await self._meter.spent(self._post_to_nobody())
        before = resident_bytes(self._order.pids)
        opened_per_second = await self._open(self._order.viewers)
        await self._settle()
        await asyncio.sleep(QUIET_SECONDS)
        held = resident_bytes(self._order.pids) - before
        await self._warm_up()
        await self._meter.idle(self._order.tweets * self._order.seconds)
        first = self._author.next_number
        sent: list[float] = []
        cpu = await self._meter.spent(self._deliver(sent))
        later = resident_bytes(self._order.pids) - before
        arrivals = self._arrivals(first)
        waits = [at - began for began, each in zip(sent, arrivals, strict=True) for at in each]
        sockets = len(self._followers)
        return Report(
            deliveries=len(waits),
            cpu=cpu,
            posting_cpu=posting_cpu,
            idle_cpu_per_second=self._meter.idle_rate,
            last=[max(each) - began for began, each in zip(sent, arrivals, strict=True)],
            each_p50=percentile(waits, 0.5),
            each_p99=percentile(waits, 0.99),
            bytes_per_socket=held / sockets,
            bytes_per_socket_later=later / sockets,
            bytes_per_message=self._audience.bytes / self._audience.messages,
            opened_per_second=opened_per_second,
        )

    def _arrivals(self, first: int) -> list[list[float]]:
        """Of each tweet from this one on, when each socket had it. Ends the process unless every socket had every tweet
        once: each has been found to have consecutive ones, and of each there must be one a socket."""
        self._audience.check()
        arrivals = [self._audience.arrivals[number] for number in range(first, self._author.next_number)]
        if any(len(each) != len(self._followers) for each in arrivals):
            raise SystemExit("a tweet came more often than there are sockets")
        return arrivals

    async def _warm_up(self) -> None:
        for _ in range(WARMING // len(self._followers)):
            await self._post_and_wait()
        await asyncio.sleep(QUIET_SECONDS)

    async def _rehearse(self) -> None:
        await self._open(self._order.viewers[:REHEARSING])
        await self._settle()
        for _ in range(REHEARSALS):
            await self._post_and_wait()
        for follower in self._followers:
            follower.leave()
            follower.close()
        await asyncio.wait([follower.gone for follower in self._followers], timeout=PATIENCE_SECONDS)
        self._followers.clear()

    async def _post_to_nobody(self) -> None:
        for _ in range(self._order.tweets):
            await self._author.post()
            await asyncio.sleep(0.05)
        await asyncio.sleep(TRAIL_SECONDS)

    async def _open(self, viewers: Sequence[str]) -> float:
        """A batch when the one before is subscribed, so that no server is overrun; sockets per second."""
        began = perf_counter()
        self._display.begin(f"{self._order.name}: sockets", len(viewers))
        for start in range(0, len(viewers), AT_ONCE):
            numbered = enumerate(viewers[start : start + AT_ONCE], start)
            batch = await asyncio.gather(*(self._audience.join(token, number) for number, token in numbered))
            self._followers += batch
            async with asyncio.timeout(PATIENCE_SECONDS):
                await asyncio.wait([follower.subscribed for follower in batch])
            self._audience.check()
            self._display.advance(len(batch))
        self._display.finish()
        return len(viewers) / (perf_counter() - began)

    async def _settle(self) -> None:
        """Nothing tells that a subscription has begun but its first tweet: posts another one where some have missed it
        and no more receive it."""
        for _ in range(SETTLING_TRIES):
            number = self._author.next_number
            everywhere = self._audience.expect(number, len(self._followers))
            await self._author.post()
            while not everywhere.done() and (arrived := len(self._audience.arrivals[number])) >= 0:
                await asyncio.wait([everywhere], timeout=SETTLING_SECONDS)
                if len(self._audience.arrivals[number]) == arrived:
                    break
            self._audience.check()
            if everywhere.done():
                return
        raise SystemExit(f"after {SETTLING_TRIES} tweets not all sockets have begun to receive")

    async def _post_and_wait(self) -> float:
        """The moment before the tweet was sent; returns when all have it."""
        number = self._author.next_number
        everywhere = self._audience.expect(number, len(self._followers))
        sent = await self._author.post()
        await asyncio.wait([everywhere], timeout=PATIENCE_SECONDS)
        self._audience.check()
        if not everywhere.done():
            arrived = f"{len(self._audience.arrivals[number]):,} of {len(self._followers):,} sockets"
            raise SystemExit(f"after {PATIENCE_SECONDS:.0f} s {arrived} have the tweet")
        return sent

    async def _deliver(self, sent: list[float]) -> None:
        self._display.begin(f"{self._order.name}: tweets", self._order.tweets)
        for _ in range(self._order.tweets):
            sent.append(await self._post_and_wait())
            self._display.advance(1)
            await asyncio.sleep(max(0.0, self._order.seconds - (perf_counter() - sent[-1])))
        await asyncio.sleep(TRAIL_SECONDS)
        self._display.finish()


def may_open(sockets: int) -> None:
    """Lets this process, and those that it starts, have so many sockets. Ends the process where it can't be."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < sockets + 500:
        raise SystemExit(f"{sockets:,} sockets need more open files than this user may have ({most:,})")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def main(order: Order) -> Report:
    display = Display(Console(stderr=True))
    try:
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as http:
            return await Load(order, http, display).run()
    finally:
        display.close()


if __name__ == "__main__":
    asked = Order(**json.load(sys.stdin))
    may_open(len(asked.viewers))
    gc.disable()  # a pause of the load's would be told as the server's
    print(json.dumps(asdict(uvloop.run(main(asked)))))
