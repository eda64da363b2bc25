"""Sessions of open sockets, by a clock and timers that the tests set."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest

from domain.accounts import Session
from domain.errors import Unavailable
from events import Followed, SessionsRevoked
from services.live.hub import Found
from services.live.sessions import WatchedSessions
from services.ring import RingEntry
from tests.unit.services.live_worlds import turns, until

NOW = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MINE = Session(900, 1, b"mine", None, NOW, NOW + DAY)
OTHER = Session(901, 1, b"other", None, NOW, NOW + DAY)
THEIRS = Session(902, 2, b"theirs", None, NOW, NOW + DAY)


class Clock(datetime):
    at = NOW

    @classmethod
    def now(cls, _zone: object = None) -> datetime:  # type: ignore[override]
        return cls.at


@dataclass
class Timer:
    due: datetime
    call: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class World:
    """Sessions that there are, by their hashes; `ended` are those whose sockets were told so. Reading is behind a gate
    that is open at first."""

    sessions: dict[bytes, Session] = field(default_factory=lambda: {each.token_hash: each for each in (MINE, OTHER)})
    ended: list[Session] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    is_down: bool = False
    asked: int = 0
    used: list[set[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate.set()
        self.watched = WatchedSessions(self.current, self.use)

    async def current(self, session: Session) -> Session | None:
        self.asked += 1
        found = self.sessions.get(session.token_hash)
        await self.gate.wait()
        if self.is_down:
            raise Unavailable("accounts")
        return found if found and found.expires_at > Clock.at else None

    async def use(self, session_ids: Collection[int]) -> None:
        if self.is_down:
            self.asked += 1
            raise Unavailable("accounts")
        self.used.append(set(session_ids))

    def watch(self, session: Session) -> Callable[[], None]:
        return self.watched.watch(session, lambda: self.ended.append(session))

    def revoke(self, *account_ids: int) -> None:
        self.watched.tell(RingEntry(1, 0, SessionsRevoked(account_ids)), Found())

    def call_later(self, seconds: float, call: Callable[..., None], *arguments: object) -> Timer:
        assert seconds >= 0
        timer = Timer(Clock.at + timedelta(seconds=seconds), lambda: call(*arguments))
        self.timers.append(timer)
        return timer

    @property
    def due(self) -> list[datetime]:
        """When the timers that are set go off."""
        return sorted(timer.due for timer in self.timers if not timer.cancelled)

    async def pass_time(self, to: datetime) -> None:
        Clock.at = to
        due = [timer for timer in self.timers if timer.due <= to and not timer.cancelled]
        for timer in due:
            timer.cancelled = True
            timer.call()
        await turns()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    Clock.at = NOW
    loop = asyncio.get_running_loop()
    with patch("services.live.sessions.datetime", Clock), patch.object(loop, "call_later", made.call_later):
        yield made


async def test_a_session_that_was_revoked_ends_its_sockets(world: World) -> None:
    for session in (MINE, MINE, OTHER):
        world.watch(session)
    del world.sessions[b"mine"]
    world.revoke(2, 1)
    await turns()
    assert (world.ended, world.due) == ([MINE, MINE], [NOW + DAY])
    world.revoke(1)
    await turns()
    assert (world.ended, world.asked) == ([MINE, MINE], 4)


async def test_sessions_of_others_and_other_news_are_not_looked_at(world: World) -> None:
    world.watch(MINE)
    world.revoke(2)
    world.watched.tell(RingEntry(1, 0, Followed(((1, 2),))), Found())
    world.watched.tell(RingEntry(1, 0, None), Found())
    await turns()
    assert (world.asked, world.ended) == (0, [])


async def test_one_that_expires_ends_its_sockets_then(world: World) -> None:
    world.watch(MINE)
    await world.pass_time(NOW + DAY - timedelta(milliseconds=1))
    assert (world.asked, world.ended) == (0, [])
    await world.pass_time(NOW + DAY)
    assert (world.ended, world.due) == ([MINE], [])


async def test_one_that_has_expired_by_now_ends_at_once(world: World) -> None:
    Clock.at = NOW + 2 * DAY
    world.watch(MINE)
    assert world.ended == []
    await world.pass_time(Clock.at)
    assert world.ended == [MINE]


async def test_one_that_was_used_meanwhile_lasts_longer(world: World) -> None:
    world.watch(MINE)
    world.sessions[b"mine"] = replace(MINE, expires_at=NOW + 3 * DAY)
    await world.pass_time(NOW + DAY)
    assert (world.ended, world.due) == ([], [NOW + 3 * DAY])
    await world.pass_time(NOW + 3 * DAY)
    assert world.ended == [MINE]


async def test_a_revocation_elsewhere_leaves_one_timer(world: World) -> None:
    world.watch(MINE)
    world.sessions[b"mine"] = replace(MINE, expires_at=NOW + 2 * DAY)
    for _ in range(3):
        world.revoke(1)
    await turns()
    assert (world.ended, world.due) == ([], [NOW + 2 * DAY])


async def test_a_socket_that_has_closed_is_told_nothing(world: World) -> None:
    stop = world.watch(MINE)
    stop()
    stop()
    world.sessions.clear()
    world.revoke(1)
    await world.pass_time(NOW + 2 * DAY)
    assert (world.ended, world.asked, world.due) == ([], 0, [])


@pytest.mark.parametrize("is_over", [True, False])
async def test_a_socket_that_closes_while_its_session_is_looked_at_is_told_nothing(world: World, is_over: bool) -> None:
    """And no timer is left, which would keep it for as long as the session lasts."""
    stop = world.watch(MINE)
    if is_over:
        del world.sessions[b"mine"]
    world.gate.clear()
    world.revoke(1)
    await turns()
    stop()
    world.gate.set()
    await turns()
    assert (world.asked, world.ended, world.due) == (1, [], [])


async def test_looked_at_twice_at_once_it_ends_once(world: World) -> None:
    world.watch(MINE)
    del world.sessions[b"mine"]
    world.gate.clear()
    world.revoke(1)
    world.revoke(1)
    await world.pass_time(NOW + DAY)
    world.gate.set()
    await turns()
    assert (world.asked, world.ended, world.due) == (3, [MINE], [])


async def test_while_a_store_is_down_it_is_asked_again(world: World) -> None:
    world.watch(MINE)
    del world.sessions[b"mine"]
    world.is_down = True
    with patch("services.live.sessions.RETRY_SECONDS", 0):
        world.revoke(1)
        await until(lambda: world.asked >= 3)
        assert world.ended == []
        world.is_down = False
        await until(lambda: world.ended)
    assert world.ended == [MINE]


async def test_a_socket_that_closes_while_a_store_is_down_is_let_go(world: World) -> None:
    stop = world.watch(MINE)
    world.is_down = True
    with patch("services.live.sessions.RETRY_SECONDS", 0):
        world.revoke(1)
        await until(lambda: world.asked >= 2)
        stop()
        await turns()
    asked = world.asked
    await turns()
    assert (world.asked, world.ended, world.due) == (asked, [], [])


@pytest.mark.parametrize("is_same_log", [True, False])
async def test_where_entries_were_lost_all_are_looked_at(world: World, is_same_log: bool) -> None:
    world.sessions[b"theirs"] = THEIRS
    for session in (MINE, OTHER, THEIRS):
        world.watch(session)
    del world.sessions[b"other"]
    world.watched.lose(is_same_log=is_same_log)
    await turns()
    assert (world.asked, world.ended) == (3, [OTHER])


async def test_open_sockets_are_use_of_their_sessions(world: World) -> None:
    """Twice a day, of each session once, however many sockets it has open."""
    long = [replace(session, expires_at=NOW + 9 * DAY) for session in (MINE, MINE, OTHER, THEIRS)]
    stop = [world.watch(session) for session in long]
    running = asyncio.create_task(world.watched.run())
    await turns()
    await world.pass_time(NOW + DAY / 2 - timedelta(milliseconds=1))
    assert world.used == []
    await world.pass_time(NOW + DAY / 2)
    assert world.used == [{900, 901, 902}]
    stop[0]()
    stop[2]()
    await world.pass_time(NOW + DAY)
    assert world.used == [{900, 901, 902}, {900, 902}]
    running.cancel()


async def test_use_that_could_not_be_written_is_written_later(world: World) -> None:
    world.watch(MINE)
    world.is_down = True
    with patch("services.live.sessions.USE_SECONDS", 0), patch("services.live.sessions.RETRY_SECONDS", 0):
        running = asyncio.create_task(world.watched.run())
        await until(lambda: world.asked >= 3)
        assert world.used == []
        world.is_down = False
        await until(lambda: world.used)
        running.cancel()
    assert world.used[0] == {900}
