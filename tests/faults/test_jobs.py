"""What stands between arq and a consumer: no failure ends a job unseen, and no outage costs a try."""

from collections.abc import Sequence
from typing import Any, cast

import pytest
from arq import Retry

from domain.errors import Unavailable
from stores.queue import Queue
from workers.jobs import MAX_TRIES, careful

OUTAGE = Unavailable("tweets")


class Graves:
    """A queue's dead letters; `down` is how many burials fail first."""

    def __init__(self, down: int = 0) -> None:
        self.letters: list[tuple[str, str, Sequence[object], str]] = []
        self._down = down

    async def bury(self, queue: str, function: str, args: Sequence[object], error: str) -> None:
        if self._down:
            self._down -= 1
            raise Unavailable("queue")
        self.letters.append((queue, function, args, error))


async def tries(graves: Graves, outcomes: Sequence[Exception | None]) -> int:
    """Tries a job until it ends; how often that was."""
    left = list(outcomes)

    async def work(packed: bytes, *, redelivered: bool) -> None:
        if outcome := left.pop(0):
            raise outcome

    job = careful(cast("Queue", graves), "search", "consume", work)
    for job_try in range(1, len(outcomes) + 1):
        context: dict[str, Any] = {"job_try": job_try, "job_id": "search:1", "redis": None}
        try:
            await job(context, b"event")
        except Retry:
            continue
        return job_try
    raise AssertionError("it never ended")


async def test_a_job_that_always_fails_is_buried() -> None:
    graves = Graves()
    assert await tries(graves, [ValueError("bad")] * MAX_TRIES) == MAX_TRIES
    assert graves.letters == [("search", "consume", (b"event",), "ValueError('bad')")]


async def test_outages_cost_no_try() -> None:
    graves = Graves()
    outcomes = [OUTAGE] * (2 * MAX_TRIES) + [ValueError("bad")] * (MAX_TRIES - 1)
    assert await tries(graves, [*outcomes, None]) == len(outcomes) + 1
    assert graves.letters == []


async def test_a_job_is_tried_until_it_can_be_buried() -> None:
    graves = Graves(down=2)
    assert await tries(graves, [ValueError("bad")] * (MAX_TRIES + 2)) == MAX_TRIES + 2
    assert len(graves.letters) == 1


@pytest.mark.parametrize("redelivered", [False, True])
async def test_a_second_try_is_a_redelivery(*, redelivered: bool) -> None:
    seen: list[bool] = []

    async def work(packed: bytes, *, redelivered: bool) -> None:
        seen.append(redelivered)

    job = careful(cast("Queue", Graves()), "timeline", "consume", work)
    await job({"job_try": 2 if redelivered else 1, "job_id": "timeline:1", "redis": None}, b"event")
    assert seen == [redelivered]
