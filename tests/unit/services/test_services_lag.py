"""When lists are left alone: where the tweet processor is behind what the ring holds."""

import asyncio
import logging
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest

from domain.errors import Unavailable
from services.lag import MARGIN_SECONDS, TOLD_SECONDS, Lag
from services.ring import Ring
from stores.queue import QUEUES, Queue, QueueState


@dataclass
class Queues:
    """`ages` of the queues' first jobs, and `lags` of the relays, in seconds."""

    ages: dict[str, float] = field(default_factory=dict)
    lags: dict[str, float] = field(default_factory=dict)
    down: bool = False
    looks: int = 0

    async def states(self) -> dict[str, QueueState]:
        self.looks += 1
        if self.down:
            raise Unavailable("queue")
        return {name: QueueState(1, self.ages.get(name, 0.0), 0) for name in QUEUES}

    async def relay_lags(self) -> dict[str, float]:
        return self.lags


def lag_of(queues: Queues, reach: float | None) -> Lag:
    return Lag(cast("Queue", queues), cast("Ring", SimpleNamespace(reach_seconds=reach)))


async def look(lag: Lag, queues: Queues, looks: int = 1) -> None:
    """Runs it until it has looked so often at least."""
    until = queues.looks + looks
    running = asyncio.create_task(lag.run())
    async with asyncio.timeout(5):
        while queues.looks < until:
            await asyncio.sleep(0)
    for _ in range(5):  # The answer to the last look is taken in as well.
        await asyncio.sleep(0)
    running.cancel()


@pytest.mark.parametrize(
    ("ages", "lags", "reach", "beyond"),
    [
        ({}, {}, None, False),
        ({}, {}, 0.0, False),
        ({"timeline": 1e6}, {}, None, False),
        ({"timeline": 10.0}, {}, 10.0 + MARGIN_SECONDS, False),
        ({"timeline": 10.0}, {}, 9.9 + MARGIN_SECONDS, True),
        ({}, {"timeline": 10.0}, 10.0 + MARGIN_SECONDS, False),
        ({}, {"timeline": 10.0}, 9.9 + MARGIN_SECONDS, True),
        ({"timeline": 10.0}, {"timeline": 20.0}, 16.0, True),
        ({"timeline": 20.0}, {"timeline": 10.0}, 16.0, True),
        ({"timeline": 0.1}, {}, 0.0, True),
        ({"search": 1e6, "graph": 1e6}, {"search": 1e6, "graph": 1e6, "live": 1e6}, 1.0, False),
    ],
)
async def test_lists_are_left_alone_where_the_ring_reaches_less_far_than_the_tweet_processor_is_late(
    ages: dict[str, float], lags: dict[str, float], reach: float | None, *, beyond: bool
) -> None:
    """By the first job that waits or the first event that the relay has not handed on; other queues don't matter, and
    nothing does where the ring has all there ever was, or nothing waits."""
    queues = Queues(ages, lags)
    lag = lag_of(queues, reach)
    await look(lag, queues)
    assert lag.beyond_ring() == beyond


@pytest.mark.parametrize("reach", [None, 0.0, 1e6])
async def test_as_long_as_nobody_has_looked_lists_may_be_late(reach: float | None) -> None:
    """But a server that has all there ever was in its ring needs no lists."""
    lag = lag_of(Queues(), reach)
    assert lag.beyond_ring() == (reach is not None)


async def test_a_queue_that_is_down_leaves_what_was_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.lag.LOOK_SECONDS", 0.0)
    queues = Queues({"timeline": 100.0})
    lag = lag_of(queues, 50.0)
    await look(lag, queues)
    queues.down = True
    await look(lag, queues, 3)
    assert lag.beyond_ring()
    queues.down, queues.ages = False, {}
    await look(lag, queues)
    assert not lag.beyond_ring()


async def test_operators_are_told_when_it_gets_late_and_when_it_is_over(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("services.lag.LOOK_SECONDS", 0.0)
    queues = Queues()
    lag = lag_of(queues, None)
    with caplog.at_level(logging.WARNING, "services.lag"):
        for late in (TOLD_SECONDS, TOLD_SECONDS + 1, 100.0, TOLD_SECONDS, 0.0):
            queues.ages = {"timeline": late}
            await look(lag, queues, 2)
    assert caplog.messages == ["the tweet processor is 31 s late", "the tweet processor is 30 s late"]
