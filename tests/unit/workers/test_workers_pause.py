"""Pauses of a worker: they double while a store stays down, end with the first success, and are told of once."""

import asyncio

import pytest

from domain.errors import Unavailable
from workers.pause import FIRST_SECONDS, LONGEST_SECONDS, Pause

OUTAGE = Unavailable("search")
DOWN = "search: takes no jobs for now: The search store does not answer now; try again."
UP = "search: takes jobs again"


class Worker:
    """Takes jobs or not; its pauses last until they are told to end."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._takes_jobs = True
        self.pauses: list[float] = []
        self._timers: list[asyncio.TimerHandle] = []
        loop = asyncio.get_running_loop()
        call_at = loop.call_at

        def call_later(seconds: float, elapse: object) -> asyncio.TimerHandle:
            assert callable(elapse)
            self.pauses.append(seconds)
            self._timers.append(call_at(loop.time() + 10_000, elapse))
            return self._timers[-1]

        monkeypatch.setattr(loop, "call_later", call_later)
        self.pause = Pause("search", stop=self._stop, go_on=self._go_on)

    def _stop(self) -> None:
        assert self._takes_jobs
        self._takes_jobs = False

    def _go_on(self) -> None:
        assert not self._takes_jobs
        self._takes_jobs = True

    def takes_jobs(self) -> bool:
        return self._takes_jobs

    def elapse(self) -> None:
        timer = self._timers[-1]
        assert not timer.cancelled()
        timer._run()
        timer.cancel()


@pytest.fixture
async def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    return Worker(monkeypatch)


def fail(worker: Worker) -> None:
    worker.pause.failed(worker.pause.number, OUTAGE)


async def test_pauses_double_up_to_a_bound(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    expected = FIRST_SECONDS
    for _ in range(12):
        fail(worker)
        assert not worker.takes_jobs()
        assert expected / 2 <= worker.pauses[-1] <= expected
        worker.elapse()
        assert worker.takes_jobs()
        expected = min(expected * 2, LONGEST_SECONDS)
    assert len(worker.pauses) == 12
    assert caplog.messages == [DOWN]


async def test_a_success_ends_a_pause_and_the_doubling(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(4):
        fail(worker)
        worker.elapse()
    fail(worker)
    worker.pause.succeeded(worker.pause.number)
    assert worker.takes_jobs()
    worker.pause.succeeded(worker.pause.number)
    fail(worker)
    assert worker.pauses[-1] <= FIRST_SECONDS
    worker.elapse()
    worker.pause.succeeded(worker.pause.number)
    assert worker.takes_jobs()
    assert caplog.messages == [DOWN, UP, DOWN, UP]


async def test_what_began_before_a_pause_tells_nothing_new(worker: Worker) -> None:
    before = worker.pause.number
    worker.pause.failed(before, OUTAGE)
    worker.pause.failed(before, OUTAGE)
    worker.pause.succeeded(before)
    assert not worker.takes_jobs()
    worker.elapse()
    worker.pause.failed(before, OUTAGE)
    assert worker.takes_jobs()
    assert len(worker.pauses) == 1


async def test_failures_of_jobs_taken_just_before_a_pause_do_not_lengthen_it(worker: Worker) -> None:
    """They may begin when it has begun."""
    fail(worker)
    fail(worker)
    assert len(worker.pauses) == 1
    worker.elapse()
    fail(worker)
    assert len(worker.pauses) == 2


async def test_success_is_no_news_where_all_is_well(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    worker.pause.succeeded(worker.pause.number)
    assert (worker.takes_jobs(), worker.pauses, caplog.messages) == (True, [], [])
