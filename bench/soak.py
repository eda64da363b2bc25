"""Sockets that come and go for a long time: `python -m bench.soak [MINUTES] [--sockets 2000]`, by default 15 minutes.

So many viewers connect, subscribe to their timelines and vanish at random, over and over: half of them by close frames,
half by dropping the connection, and one in ten before there is a subscription. Their author posts a tweet a second,
and each must have what is posted while it is there without a gap or a repeat. Every 15 s the server process, whose
worker and embedded stores are processes of their own, is asked for its asyncio tasks, open files and resident memory:
they are flat where the line through the last two thirds rises by at most GROWTH of its mean. At the end all leave, and
what they leave behind is told.
"""

import argparse
import asyncio
import random
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import httpx
import uvloop

from bench.support import crowd
from bench.support.followers import Audience, Author
from bench.support.load import may_open
from bench.support.serving import Network, Served, calm, network, starling
from bench.support.usage import cpu_seconds, open_files, resident_bytes

LIFE_SECONDS = 30.0
"""How long sockets stay, on average."""

HASTY = 0.1
"""The share that vanishes within HASTY_SECONDS, whatever it has reached by then."""

HASTY_SECONDS = 0.05
PATIENCE_SECONDS = 20.0
ARRIVING_SECONDS = 20.0
LEAVING_SECONDS = 10.0
SAMPLE_SECONDS = 15.0
GROWTH = 0.05
LEFT = 50
"""Tasks and files more than before that say nothing: pools grow."""

COLUMNS = "{:>8} {:>8} {:>8} {:>8} {:>8} {:>9} {:>9} {:>9} {:>6}"
CHANCE = random.Random(1)


@dataclass(frozen=True, slots=True)
class Sample:
    seconds: float
    sockets: int
    streams: int
    tasks: int
    files: int
    megabytes: float
    lives: int
    messages: int
    cpu: float

    def row(self, before: "Sample | None") -> str:
        busy = (self.cpu - before.cpu) / (self.seconds - before.seconds) if before else 0.0
        minutes = f"{self.seconds // 60:.0f}:{self.seconds % 60:02.0f}"
        counts = (self.sockets, self.streams, self.tasks, self.files)
        shown = [f"{count:,}" for count in counts]
        return COLUMNS.format(
            minutes, *shown, f"{self.megabytes:,.1f}", f"{self.lives:,}", f"{self.messages:,}", f"{busy:.0%}"
        )


class Visitors:
    """Each has one socket at a time."""

    def __init__(self, audience: Audience, tokens: Sequence[str]) -> None:
        self._audience = audience
        self._tokens = tokens
        self._are_leaving = asyncio.Event()
        self.here = 0
        self.lives = 0

    async def run(self) -> None:
        """Returns when all have left."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(len(self._tokens)):
                tasks.create_task(self._come_and_go(number))

    def leave(self) -> None:
        self._are_leaving.set()

    async def _come_and_go(self, number: int) -> None:
        await self._stay(number / len(self._tokens) * ARRIVING_SECONDS)
        while not self._are_leaving.is_set():
            try:
                async with asyncio.timeout(LIFE_SECONDS * 100):
                    await self._live(number)
            except OSError as error:
                self._audience.complain(f"can't connect: {error}")
                await self._stay(1)

    async def _live(self, number: int) -> None:
        follower = await self._audience.join(self._tokens[number], number)
        self.here += 1
        self.lives += 1
        if CHANCE.random() < HASTY:
            await asyncio.sleep(CHANCE.random() * HASTY_SECONDS)
        else:
            await asyncio.wait([follower.subscribed], timeout=PATIENCE_SECONDS)
            await self._stay(CHANCE.expovariate(1 / LIFE_SECONDS))
        self.here -= 1
        follower.leave()
        if CHANCE.random() < 0.5:
            follower.close()
            await asyncio.wait([follower.gone], timeout=PATIENCE_SECONDS)
            if not follower.gone.done():
                self._audience.complain(f"a close frame did not end it within {PATIENCE_SECONDS:.0f} s")
        follower.drop()

    async def _stay(self, seconds: float) -> None:
        """Until it is time for all to leave, at most."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._are_leaving.wait(), seconds)


class Soak:
    def __init__(self, server: Served, made: Network, http: httpx.AsyncClient) -> None:
        self._server = server
        self._http = http
        self._audience = Audience(server.url, "A")
        self._author = Author(http, server.url, made.author)
        self._visitors = Visitors(self._audience, made.viewers)
        self._began = time.monotonic()
        self.samples: list[Sample] = []

    async def run(self, minutes: float) -> list[str]:
        """What there is to complain of."""
        print(COLUMNS.format("minutes", "sockets", "streams", "tasks", "files", "MB", "lives", "messages", "CPU"))
        before = await self._sample()
        visitors = asyncio.create_task(self._visitors.run())
        author = asyncio.create_task(self._write())
        while time.monotonic() - self._began < minutes * 60:
            await asyncio.wait([author], timeout=SAMPLE_SECONDS)
            if author.done():
                return [f"the author posts no more: {author.exception()!r}"]
            self.samples.append(await self._sample())
        author.cancel()
        self._visitors.leave()
        await visitors
        await asyncio.sleep(LEAVING_SECONDS)
        after = await self._sample()
        complaints = [f"{count:,} times: {complaint}" for complaint, count in self._audience.complaints.most_common(10)]
        return [*complaints, *growths(self.samples), *left_behind(before, after)]

    async def _write(self) -> None:
        """A tweet a second, unless the server takes longer."""
        while True:
            sent = await self._author.post()
            await asyncio.sleep(max(0.0, 1 - (time.perf_counter() - sent)))

    async def _sample(self) -> Sample:
        exposed = (await self._http.get(f"{self._server.url}/metrics")).text
        figures = dict(line.rsplit(" ", 1) for line in exposed.splitlines() if not line.startswith("#"))
        sample = Sample(
            seconds=time.monotonic() - self._began,
            sockets=self._visitors.here,
            streams=int(float(figures["starling_live_streams"])),
            tasks=int(float(figures["starling_tasks"])),
            files=open_files(self._server.pids),
            megabytes=resident_bytes(self._server.pids) / 1e6,
            lives=self._visitors.lives,
            messages=self._audience.messages,
            cpu=cpu_seconds(self._server.pids),
        )
        print(sample.row(self.samples[-1] if self.samples else None), flush=True)
        return sample


def growths(samples: Sequence[Sample]) -> list[str]:
    """Says of each figure whether it is flat, and returns those that are not."""
    last = samples[len(samples) // 3 :]
    rising = []
    for name in ("tasks", "files", "megabytes"):
        values = [float(getattr(sample, name)) for sample in last]
        slope = statistics.linear_regression([sample.seconds for sample in last], values).slope
        growth = slope * (last[-1].seconds - last[0].seconds) / statistics.fmean(values)
        is_flat = growth <= GROWTH
        said = f"{name}: {growth:+.1%} over the last {(last[-1].seconds - last[0].seconds) / 60:.1f} minutes"
        print(f"{said}: {'flat' if is_flat else 'RISING'}")
        if not is_flat:
            rising.append(said)
    return rising


def left_behind(before: Sample, after: Sample) -> list[str]:
    """Says what was there at the end more than at the beginning, and returns what is too much."""
    tasks, files, streams = after.tasks - before.tasks, after.files - before.files, after.streams
    said = f"left behind by {after.lives:,} sockets: {tasks} tasks, {files} files, {streams} streams"
    print(said)
    return [said] if max(tasks, files) > LEFT or streams else []


async def soak(server: Served, made: Network, minutes: float) -> list[str]:
    async with httpx.AsyncClient(timeout=60) as http:
        return await Soak(server, made, http).run(minutes)


def main() -> None:
    parser = argparse.ArgumentParser(description="Sockets that come and go for a long time.")
    parser.add_argument("minutes", type=float, nargs="?", default=15)
    parser.add_argument("--sockets", type=int, default=2_000)
    asked = parser.parse_args()
    may_open(asked.sockets)
    with crowd.servers() as settings:
        made = asyncio.run(network(settings, asked.sockets))
        with crowd.workers(settings, 1), starling(settings) as server:
            asyncio.run(calm(settings))
            complaints = uvloop.run(soak(server, made, asked.minutes))
    if complaints:
        sys.exit("\n".join(complaints))


if __name__ == "__main__":
    main()
