"""Jobs as arq gets them: what is tried again, for how long, what pauses their worker, and what ends among the dead
letters."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from arq import Retry
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Unavailable
from domain.snowflake import compose
from events import Event, UsersChanged, encode
from services.unfinished import Unfinished
from stores.queue import Jobs
from workers.jobs import LONGEST_DELAY_SECONDS, MAX_TRIES, REDELIVERED_MS, ArqJob, Job, careful, consuming, delay
from workers.pause import Pause

PATIENCE_SECONDS = 10
SECONDS = 25.0
OF_ITS_OWN = "ValueError('of its own')"


class Failing:
    """A queue, its redis, its worker's pause and a job that fails as it is told to, try by try."""

    def __init__(self, *outcomes: type[Exception] | None) -> None:
        self.outcomes = list(outcomes)
        self.redelivered: list[bool] = []
        self.failures: Counter[str] = Counter()
        self.buried: list[tuple[str, str, tuple[object, ...], str]] = []
        self.queue_is_down = False
        self.held: list[tuple[str, int]] = []
        self.renewed = asyncio.Event()
        self.number = 7
        self.told: list[tuple[str, int]] = []
        self.tries = 0
        self.run = self.careful(self.work)

    def careful(self, work: Job, seconds: float = SECONDS) -> ArqJob:
        return careful(cast("Jobs", self), "search", "consume", work, seconds=seconds, pause=cast("Pause", self))

    async def work(self, *args: object, redelivered: bool) -> None:
        assert args == (b"packed", 7)
        self.redelivered.append(redelivered)
        match self.outcomes.pop(0):
            case None:
                return
            case kind if kind is Unavailable:
                raise Unavailable("search")
            case kind:
                raise kind("of its own")

    async def count_failure(self, job_id: str) -> int:
        if self.queue_is_down:
            raise Unavailable("queue")
        self.failures[job_id] += 1
        return self.failures[job_id]

    async def bury(self, queue: str, function: str, args: Sequence[object], error: str) -> None:
        self.buried.append((queue, function, tuple(args), error))

    def failed(self, number: int, unavailable: Unavailable) -> None:
        self.told.append((f"{unavailable.store} is down", number))

    def succeeded(self, number: int) -> None:
        self.told.append(("succeeded", number))

    async def pexpire(self, key: str, milliseconds: int) -> None:
        self.held.append((key, milliseconds))
        self.renewed.set()

    async def try_once(self, job: ArqJob | None = None) -> float | None:
        """The seconds until the next try; None at the end."""
        self.tries += 1
        ctx: dict[str, Any] = {"job_try": self.tries, "job_id": "the job", "redis": self}
        try:
            await (job or self.run)(ctx, b"packed", 7)
        except Retry as retry:
            return (retry.defer_score or 0) / 1000
        return None


async def test_a_store_that_is_down_costs_no_try() -> None:
    """Whatever it takes, before failures and between them."""
    waits, failures = [Unavailable] * 50, [ValueError] * (MAX_TRIES - 1)
    job = Failing(*waits, *failures, *waits, ValueError)
    for at in range(50 + len(failures) + 50):
        wait = await job.try_once()
        assert wait is not None
        assert 0.1 <= wait <= LONGEST_DELAY_SECONDS, at
    assert (job.failures["the job"], job.buried) == (MAX_TRIES - 1, [])
    assert await job.try_once() is None
    assert job.buried == [("search", "consume", (b"packed", 7), OF_ITS_OWN)]
    assert job.redelivered == [False] + [True] * (len(job.redelivered) - 1)


async def test_the_worker_s_pause_is_told_of_outages_and_successes_alone() -> None:
    job = Failing(Unavailable, ValueError, Unfinished, None)
    for _ in range(4):
        await job.try_once()
    assert job.told == [("search is down", 7), ("succeeded", 7), ("succeeded", 7)]


async def test_a_try_tells_the_pause_before_which_it_began() -> None:
    job = Failing()

    async def work(*_: object, redelivered: bool) -> None:
        job.number += 1
        raise Unavailable("search")

    assert await job.try_once(job.careful(work)) is not None
    assert job.told == [("search is down", 7)]


async def test_unfinished_work_goes_on_at_once_and_costs_no_try() -> None:
    job = Failing(*[Unfinished] * (2 * MAX_TRIES), None)
    assert [await job.try_once() for _ in range(2 * MAX_TRIES)] == [0] * (2 * MAX_TRIES)
    assert await job.try_once() is None
    assert (job.failures, job.buried) == (Counter(), [])
    assert job.redelivered == [False] + [True] * (2 * MAX_TRIES)


@pytest.mark.parametrize("failures", range(MAX_TRIES))
async def test_what_is_done_in_the_end_lies_nowhere(failures: int) -> None:
    job = Failing(*[ValueError] * failures, None)
    assert [await job.try_once() is None for _ in range(failures + 1)] == [False] * failures + [True]
    assert job.buried == []


async def test_failures_in_other_processes_count() -> None:
    job = Failing(ValueError)
    job.failures["the job"] = MAX_TRIES - 1
    assert await job.try_once() is None
    assert job.buried == [("search", "consume", (b"packed", 7), OF_ITS_OWN)]


async def test_a_job_that_can_t_be_buried_is_kept() -> None:
    job = Failing(*[ValueError] * (MAX_TRIES + 2))
    job.failures["the job"] = MAX_TRIES
    job.queue_is_down = True
    assert None not in [await job.try_once() for _ in range(MAX_TRIES + 1)]
    job.queue_is_down = False
    assert await job.try_once() is None
    assert len(job.buried) == 1


async def test_a_job_that_takes_too_long_is_cut_off_and_has_failed() -> None:
    ended = 0

    async def hang(*_: object, redelivered: bool) -> None:
        nonlocal ended
        try:
            await asyncio.Event().wait()
        finally:
            ended += 1

    failing = Failing()
    job = failing.careful(hang, 0.001)
    assert [await failing.try_once(job) is None for _ in range(MAX_TRIES)] == [False] * (MAX_TRIES - 1) + [True]
    assert ended == MAX_TRIES
    assert failing.buried == [("search", "consume", (b"packed", 7), "TimeoutError()")]


async def test_a_worker_that_stops_takes_its_job_along() -> None:
    """arq gives a cancelled job to the next worker."""
    begun = asyncio.Event()

    async def hang(*_: object, redelivered: bool) -> None:
        begun.set()
        await asyncio.Event().wait()

    failing = Failing()
    running = asyncio.create_task(failing.try_once(failing.careful(hang)))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (failing.failures, failing.buried) == (Counter(), [])


async def test_a_job_is_held_for_as_long_as_its_worker_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.jobs.HELD_SECONDS", 0.03)
    failing = Failing()

    async def work(*_: object, redelivered: bool) -> None:
        for _renewal in range(3):
            failing.renewed.clear()
            await asyncio.wait_for(failing.renewed.wait(), PATIENCE_SECONDS)

    assert await failing.try_once(failing.careful(work)) is None
    assert failing.held == [("arq:in-progress:the job", 30)] * 3


@given(st.integers(1, 10**9))
def test_delays_double_up_to_a_bound(job_try: int) -> None:
    longest = min(0.1 * 2 ** min(job_try, 20), LONGEST_DELAY_SECONDS)
    assert longest / 2 <= delay(job_try) <= longest


@pytest.mark.parametrize(
    ("age_ms", "redelivered", "expected"),
    [(0, False, False), (0, True, True), (REDELIVERED_MS - 5000, False, False), (REDELIVERED_MS + 1, False, True)],
)
async def test_an_old_event_may_have_been_delivered_before(age_ms: int, redelivered: bool, expected: bool) -> None:
    event = Event(compose(int(time.time() * 1000) - age_ms, 1, 0), UsersChanged((1,)))
    consumed: list[tuple[Event, bool]] = []

    async def consume(event: Event, *, redelivered: bool) -> None:
        consumed.append((event, redelivered))

    await consuming(SimpleNamespace(consume=consume))(encode(event), redelivered=redelivered)
    assert consumed == [(event, expected)]
