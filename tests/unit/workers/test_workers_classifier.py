"""The classifier's schedule, on stores in memory: what is due is done by whichever process comes first."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import cast

import pytest

from domain.errors import Unavailable
from services.activity import ActivityService
from stores.cache import Cache
from stores.graph import GraphStore
from workers.classifier import RETRY_SECONDS, Classifier

CLASSIFY_SECONDS = 60.0
REFRESH_HOURS = 6.0


@dataclass
class World:
    """A clock that goes on when the classifiers sleep, and what they do by it. `down`: methods that raise
    Unavailable."""

    now: float = 0.0
    down: set[str] = field(default_factory=set)
    done: list[tuple[float, str]] = field(default_factory=list)
    turns: dict[str, float] = field(default_factory=dict)
    pauses: list[float] = field(default_factory=list)
    processes: int = 0
    sleeping: list[float] = field(default_factory=list)

    def classifier(self) -> Classifier:
        self.processes += 1
        stores = cast("ActivityService", self), cast("GraphStore", self), cast("Cache", self)
        return Classifier(*stores, CLASSIFY_SECONDS, REFRESH_HOURS)

    async def first_in(self, name: str, seconds: int) -> bool:
        assert isinstance(seconds, int)
        self._check("first_in")
        if self.now < self.turns.get(name, 0.0):
            return False
        self.turns[name] = self.now + seconds
        return True

    async def settle_fame(self) -> None:
        self._do("settle_fame")

    async def classify(self) -> int:
        self._do("classify")
        return 0

    async def refresh(self) -> int:
        self._do("refresh")
        return 0

    def times(self, method: str) -> list[float]:
        return [at for at, done in self.done if done == method]

    def _do(self, method: str) -> None:
        self._check(method)
        self.done.append((self.now, method))

    def _check(self, method: str) -> None:
        if method in self.down:
            raise Unavailable("graph")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """In which time passes when all processes sleep, and ends after a day."""
    made = World()
    turn: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def sleep(seconds: float) -> None:
        until = made.now + seconds
        made.pauses.append(seconds)
        made.sleeping.append(until)
        while made.now < until:
            await turn(0)
            if len(made.sleeping) == made.processes:
                made.now = min(made.sleeping)
        made.sleeping.remove(until)
        if made.now > 86_400:
            made.processes -= 1
            raise EndOfTime

    monkeypatch.setattr("workers.classifier.asyncio.sleep", sleep)
    return made


class EndOfTime(Exception):
    pass


async def run(*classifiers: Classifier) -> None:
    for ended in await asyncio.gather(*(each.run() for each in classifiers), return_exceptions=True):
        assert isinstance(ended, EndOfTime)


async def test_people_are_classed_each_minute_and_refreshed_each_six_hours(world: World) -> None:
    await run(world.classifier())
    assert world.times("settle_fame") == [0.0]
    assert world.times("classify") == [60.0 * at for at in range(1441)]
    assert world.times("refresh") == [6 * 3600.0 * at for at in range(5)]


async def test_of_two_processes_one_does_what_is_due(world: World) -> None:
    """But each settles fame, by the threshold of its own settings."""
    await run(world.classifier(), world.classifier())
    assert world.times("settle_fame") == [0.0, 0.0]
    assert world.times("refresh") == [6 * 3600.0 * at for at in range(5)]
    assert world.times("classify") == [60.0 * at for at in range(1441)]


@pytest.mark.parametrize("method", ["settle_fame", "first_in", "classify", "refresh"])
async def test_a_store_that_is_down_is_tried_again_soon(world: World, method: str) -> None:
    world.down = {method}
    world.now = 86_400 - 3 * RETRY_SECONDS
    await run(world.classifier())
    assert world.pauses == [RETRY_SECONDS] * 4
    assert not world.times(method)


async def test_a_threshold_is_settled_when_the_graph_is_back(world: World) -> None:
    world.down = {"settle_fame"}
    settle_fame = world.settle_fame

    async def come_back() -> None:
        if world.now >= 12:
            world.down = set()
        await settle_fame()

    world.settle_fame = come_back  # type: ignore[method-assign]
    await run(world.classifier())
    assert world.times("settle_fame") == [15.0]
    assert world.times("classify")[:2] == [15.0, 75.0]
