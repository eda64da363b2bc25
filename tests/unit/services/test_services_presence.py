"""Who is here: what is written when, by a clock that the tests set."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest

from domain.errors import Unavailable
from services.activity import ActivityService
from services.presence import BEAT_SECONDS, FLUSH_SECONDS, PRESENT_SECONDS, SEEN_SECONDS, PresenceService
from stores.cache import Cache
from stores.presence import Presence


@contextmanager
def here(service: PresenceService, account_id: int) -> Iterator[None]:
    """The account has a subscription open during the block."""
    service.came(account_id)
    try:
        yield
    finally:
        service.left(account_id)


@dataclass
class Stores:
    """Presence, cache and activity, of several processes. `down`: methods that raise Unavailable. `done`: what was
    written."""

    now: float = 1000.0
    down: set[str] = field(default_factory=set)
    done: list[tuple[object, ...]] = field(default_factory=list)
    first: dict[str, float] = field(default_factory=dict)
    processes: dict[str, int] = field(default_factory=dict)
    failures: int = 0
    asked: list[list[str]] = field(default_factory=list)
    """Whose turn was asked for, each time."""

    def service(self) -> PresenceService:
        return PresenceService(cast("Presence", self), cast("Cache", self), cast("ActivityService", self))

    def taken(self) -> list[tuple[object, ...]]:
        """What was written since the last time."""
        done, self.done = self.done, []
        return done

    def _number(self, process: str) -> int:
        return self.processes.setdefault(process, len(self.processes) + 1)

    def _check(self, method: str) -> None:
        if method in self.down:
            self.failures += 1
            raise Unavailable("cache")

    async def beat(self, process: str, account_ids: Sequence[int], seconds: int) -> None:
        self._check("beat")
        self.done.append(("beat", self._number(process), sorted(account_ids), seconds))

    async def leave(self, process: str, account_ids: Sequence[int]) -> None:
        self._check("leave")
        self.done.append(("leave", self._number(process), sorted(account_ids)))

    async def first_among(self, names: Sequence[str], seconds: int) -> Sequence[str]:
        self._check("first_among")
        self.asked.append(sorted(names))
        first = [name for name in names if self.now - self.first.get(name, -seconds) >= seconds]
        self.first |= dict.fromkeys(first, self.now)
        return first

    async def seen(self, user_ids: Sequence[int]) -> None:
        self._check("seen")
        assert user_ids
        self.done.append(("seen", sorted(user_ids)))


@pytest.fixture
def stores(monkeypatch: pytest.MonkeyPatch) -> Stores:
    made = Stores()
    monkeypatch.setattr("services.presence.time", SimpleNamespace(monotonic=lambda: made.now))
    return made


async def test_marks_are_written_together_and_once_a_minute(stores: Stores) -> None:
    service = stores.service()
    for account_id in (1, 2, 1):
        service.saw(account_id)
    assert stores.taken() == []
    await service.flush()
    assert stores.taken() == [("seen", [1, 2])]
    stores.now += SEEN_SECONDS / 2
    await service.flush()
    stores.now += SEEN_SECONDS / 2 - 1
    service.saw(1)
    service.saw(3)
    await service.flush()
    assert stores.taken() == [("seen", [3])]
    stores.now += 1
    service.saw(1)
    service.saw(3)
    await service.flush()
    assert stores.taken() == [("seen", [1])]
    await service.flush()
    assert stores.taken() == []
    assert stores.asked == [["seen:1", "seen:2"], ["seen:3"], ["seen:1"]]


async def test_of_several_processes_one_writes_a_mark(stores: Stores) -> None:
    one, other = stores.service(), stores.service()
    for service in (one, other):
        service.saw(1)
    other.saw(2)
    await one.flush()
    await other.flush()
    assert stores.taken() == [("seen", [1]), ("seen", [2])]
    other.saw(1)
    await other.flush()
    assert stores.taken() == []


@pytest.mark.parametrize("method", ["first_among", "seen"])
async def test_marks_that_could_not_be_written_are_written_later(stores: Stores, method: str) -> None:
    """Whichever store was down, and although the minute's turn was taken before."""
    service = stores.service()
    service.saw(1)
    stores.down = {method}
    for _ in range(2):
        with pytest.raises(Unavailable):
            await service.flush()
    service.saw(2)
    stores.down = set()
    await service.flush()
    assert sorted(user_id for _, ids in stores.taken() for user_id in cast("list[int]", ids)) == [1, 2]
    await service.flush()
    assert stores.taken() == []


async def test_what_comes_while_marks_are_written_waits_for_the_next_time(stores: Stores) -> None:
    service = stores.service()
    first_among = stores.first_among

    async def slow(names: Sequence[str], seconds: int) -> Sequence[str]:
        service.saw(2)
        return await first_among(names, seconds)

    stores.first_among = slow  # type: ignore[method-assign]
    service.saw(1)
    await service.flush()
    assert stores.taken() == [("seen", [1])]
    await service.flush()
    assert stores.taken() == [("seen", [2])]


async def test_heartbeats_are_told_at_once_and_then_every_thirty_seconds(stores: Stores) -> None:
    """Of whoever has a subscription open, however many; farewells when the last one is closed."""
    service = stores.service()
    with here(service, 1):
        await service.flush()
        assert stores.taken() == [("beat", 1, [1], PRESENT_SECONDS), ("seen", [1])]
        with here(service, 1), here(service, 2):
            await service.flush()
            assert stores.taken() == [("beat", 1, [2], PRESENT_SECONDS)]
            stores.now += BEAT_SECONDS - 1
            await service.flush()
            assert stores.taken() == []
            stores.now += 1
            await service.flush()
            assert stores.taken() == [("beat", 1, [1, 2], PRESENT_SECONDS), ("seen", [2])]
        await service.flush()
        assert stores.taken() == [("leave", 1, [2])]
    await service.flush()
    assert stores.taken() == [("leave", 1, [1])]
    stores.now += BEAT_SECONDS
    await service.flush()
    assert stores.taken() == []


async def test_who_is_here_for_long_is_seen_each_minute(stores: Stores) -> None:
    service = stores.service()
    written = []
    with here(service, 1):
        for _ in range(10):
            await service.flush()
            written += [stores.now - 1000 for what, *_ in stores.taken() if what == "seen"]
            stores.now += BEAT_SECONDS
    assert written == [0, 60, 120, 180, 240]


async def test_a_heartbeat_counts_until_after_the_next_two_at_most() -> None:
    """A process that was killed is missed within 90 seconds, one that lives never: not even if one beat fails."""
    assert 2 * (BEAT_SECONDS + FLUSH_SECONDS) < PRESENT_SECONDS <= 90


@pytest.mark.parametrize("method", ["beat", "leave"])
async def test_heartbeats_and_farewells_that_failed_are_told_again(stores: Stores, method: str) -> None:
    service = stores.service()
    if method == "leave":
        with here(service, 1):
            await service.flush()
        stores.taken()
        told: list[tuple[object, ...]] = [("leave", 1, [1])]
    else:
        told = [("beat", 1, [1], PRESENT_SECONDS), ("seen", [1])]
    stores.down = {method}
    with ExitStack() as stack:
        if method == "beat":
            stack.enter_context(here(service, 1))
        with pytest.raises(Unavailable):
            await service.flush()
        assert stores.taken() == []
        stores.down = set()
        await service.flush()
        assert stores.taken() == told


async def test_at_the_end_farewell_is_said_to_all_who_were_told_of(stores: Stores) -> None:
    service = stores.service()
    await service.stop()
    assert stores.taken() == []
    with here(service, 1), here(service, 2):
        await service.flush()
        with here(service, 3):
            stores.taken()
            await service.stop()
            assert stores.taken() == [("leave", 1, [1, 2])]


async def test_it_goes_on_when_a_store_was_down(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.presence.FLUSH_SECONDS", 0.001)
    service = stores.service()
    service.saw(1)
    stores.down = {"first_among"}
    running = asyncio.create_task(service.run())
    async with asyncio.timeout(5):
        while not stores.failures:
            await asyncio.sleep(0.001)
        stores.down = set()
        while not stores.done:
            await asyncio.sleep(0.001)
    running.cancel()
    assert stores.done == [("seen", [1])]
