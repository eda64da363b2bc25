"""The queues' jobs, held until a history says which of them runs, and how far."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

from arq.constants import job_key_prefix

from composition import Process
from domain.errors import Unavailable
from events import ActivityChanged, Followed, TweetsPosted, decode
from services.unfinished import Unfinished
from stores.opening import Stores
from stores.queue import QUEUES
from stores.queue.redis.layout import CONSUMER, deserialize, queue_key
from stores.redis import Client
from workers.settings import jobs

PORTS = ("graph", "tweets", "search", "timelines", "pulled", "queue")


class Gate:
    """Lets so many calls of stores pass. Then the stores are down, where it `breaks`; else calls wait until it is
    opened."""

    def __init__(self, passing: int, *, breaks: bool) -> None:
        self._passing = passing
        self._breaks = breaks
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def pass_through(self) -> None:
        self._passing -= 1
        if self._passing >= 0 or self.opened.is_set():
            return
        self.reached.set()
        if self._breaks:
            raise Unavailable("graph")
        await self.opened.wait()


_gate: ContextVar[Gate | None] = ContextVar("gate", default=None)


class Gated:
    """A store whose calls pass the gate of the job that makes them, if that has one."""

    def __init__(self, store: object) -> None:
        self._store = store

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        call: Callable[..., Awaitable[Any]] = getattr(self._store, method)

        async def gated(*args: Any, **kwargs: Any) -> Any:
            if gate := _gate.get():
                await gate.pass_through()
            return await call(*args, **kwargs)

        return gated


def gated(stores: Stores) -> Stores:
    """The stores, for a process whose jobs are held."""
    ports: dict[str, Any] = {port: Gated(getattr(stores, port)) for port in PORTS}
    return replace(stores, **ports)


@dataclass(frozen=True, slots=True)
class HeldJob:
    queue: str
    id: str
    function: str
    args: tuple[Any, ...]

    @property
    def kind(self) -> str:
        """Its queue and function, or the kind of the event that asks for it."""
        return f"{self.queue} {decode(self.args[0]).kind if self.function == CONSUMER else self.function}"

    @property
    def subject(self) -> int | None:
        """The id of the reader or author, or the first of them, whose list it is about."""
        if self.function in {"build", "index"}:
            return int(self.args[0])
        match decode(self.args[0]).body if self.function == CONSUMER else None:
            case ActivityChanged(user_ids):
                return user_ids[0]
            case Followed(edges):
                return edges[0][0]
            case TweetsPosted(tweets):
                return tweets[0][1]
        return None

    @property
    def is_fan_out(self) -> bool:
        return self.kind == "timeline tweets.posted"


@dataclass
class Paused:
    """A job in the midst of its work."""

    job: HeldJob
    gate: Gate
    task: asyncio.Task[None]


@dataclass
class HeldJobs:
    """Does what arq's workers would: a job that was begun before is redelivered, one that did not end is kept."""

    process: Process
    client: Client
    counts: Counter[str] = field(default_factory=Counter)
    paused: Paused | None = None
    _begun: set[str] = field(default_factory=set)

    async def waiting(self) -> list[HeldJob]:
        """In the order in which they were made, the paused one too: another worker may take it over."""
        return [
            await self._job(queue, job_id.decode())
            for queue in QUEUES
            for job_id in await self.client.zrange(queue_key(queue), 0, -1)
        ]

    async def run(self, job: HeldJob, *, acknowledged: bool = True) -> None:
        """Runs a job to its end. One that is not acknowledged stays in its queue, as after a crash."""
        await self._make_room(job)
        await self._start(job, None)
        if acknowledged:
            await self._acknowledge(job)

    async def break_off(self, job: HeldJob, calls: int) -> None:
        """Runs a job whose stores are down after so many calls."""
        await self._make_room(job)
        gate = Gate(calls, breaks=True)
        try:
            await self._start(job, gate)
        except Unavailable:
            assert gate.reached.is_set()
        else:
            await self._acknowledge(job)

    async def pause(self, job: HeldJob, calls: int) -> None:
        """Runs a job that stops after so many calls until it is released; there is one such at a time."""
        await self.release()
        gate = Gate(calls, breaks=False)
        task = asyncio.create_task(self._start(job, gate))
        reached = asyncio.create_task(gate.reached.wait())
        await asyncio.wait({task, reached}, return_when=asyncio.FIRST_COMPLETED)
        reached.cancel()
        self.paused = Paused(job, gate, task)
        if task.done():
            await self.release()

    async def release(self) -> None:
        """Lets the paused job, if there is one, go on to its end."""
        if self.paused is None:
            return
        paused, self.paused = self.paused, None
        paused.gate.opened.set()
        await paused.task
        await self._acknowledge(paused.job)

    async def run_others(self) -> None:
        """Until there are no more but the paused one, those included that jobs make."""
        while others := [job for job in await self.waiting() if not self.paused or job.id != self.paused.job.id]:
            for job in others:
                await self.run(job)

    async def forget(self) -> None:
        """Ends the paused job for good, for another history to begin."""
        if self.paused:
            self.paused.task.cancel()
            await asyncio.wait([self.paused.task])
        self.paused = None
        self._begun.clear()

    async def _job(self, queue: str, job_id: str) -> HeldJob:
        packed = await self.client.get(job_key_prefix + job_id)
        fields = deserialize(packed)
        return HeldJob(queue, job_id, fields["f"], tuple(fields["a"]))

    async def _start(self, job: HeldJob, gate: Gate | None) -> None:
        redelivered = job.id in self._begun
        self._begun.add(job.id)
        self.counts[job.kind + " again" * redelivered] += 1
        work = jobs(self.process, job.queue)[job.function]

        async def within() -> None:
            _gate.set(gate)
            await work(*job.args, redelivered=redelivered)

        try:
            await asyncio.create_task(within())
        except Unfinished:
            await self._start(job, gate)

    async def _make_room(self, job: HeldJob) -> None:
        """Fan-outs of one author wait for each other."""
        if self.paused and self.paused.job.is_fan_out and job.is_fan_out:
            await self.release()

    async def _acknowledge(self, job: HeldJob) -> None:
        await self.client.zrem(queue_key(job.queue), job.id)
        await self.client.delete(job_key_prefix + job.id)
        self._begun.discard(job.id)
