"""Ending sessions: what is told of it, and in which order it is done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, cast

import pytest

from domain.accounts import Session
from domain.errors import Unavailable
from domain.refusals import Refused
from events import Event, SessionsRevoked
from services.accounts import AccountLimits, AccountService

NOW = datetime.now(UTC)


def session(number: int, account_id: int = 1, expires_in: timedelta = timedelta(days=1)) -> Session:
    return Session(number, account_id, b"%d" % number, None, NOW, NOW + expires_in)


@dataclass
class World:
    """Accounts, cache and dispatcher. `done` is what was written, in order; methods in `down` are unavailable."""

    rows: list[Session]
    cached: dict[bytes, Session] = field(default_factory=dict)
    revoked: set[bytes] = field(default_factory=set)
    down: set[str] = field(default_factory=set)
    done: list[tuple[object, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        ids = count(1001)
        self.mint: Callable[[], int] = lambda: next(ids)
        me: Any = self
        limits = AccountLimits(10, 10, 10, 30)
        self.service = AccountService(me, me, me, me, cast("Any", Cache(self)), me, me, me, limits)

    def check(self, method: str) -> None:
        if method in self.down:
            raise Unavailable("accounts")

    async def sessions_of(self, account_id: int) -> Sequence[Session]:
        self.check("sessions_of")
        return [each for each in self.rows if each.account_id == account_id]

    async def session(self, token_hash: bytes) -> Session | None:
        self.check("session")
        return next((each for each in self.rows if each.token_hash == token_hash), None)

    async def revoke_session(self, account_id: int, session_id: int, event: Event) -> bytes | None:
        self.check("revoke_session")
        found = [each for each in self.rows if (each.account_id, each.id) == (account_id, session_id)]
        return self._end(found, event)[0] if found else None

    async def revoke_sessions(self, account_id: int, event: Event) -> Sequence[bytes]:
        self.check("revoke_sessions")
        found = [each for each in self.rows if each.account_id == account_id]
        return self._end(found, event) if found else []

    async def dispatch(self, event: Event) -> None:
        self.done.append(("dispatched", event))

    def _end(self, ended: Sequence[Session], event: Event) -> list[bytes]:
        self.rows = [each for each in self.rows if each not in ended]
        self.done.append(("ended", *(each.id for each in ended), event))
        return [each.token_hash for each in ended]


class Cache:
    def __init__(self, world: World) -> None:
        self._world = world

    async def session(self, token_hash: bytes) -> Session | None:
        self._world.check("cached session")
        return self._world.cached.get(token_hash)

    async def fill_session(self, session: Session) -> None:
        self._world.check("fill_session")
        if session.token_hash not in self._world.revoked:
            self._world.cached.setdefault(session.token_hash, session)

    async def revoke_sessions(self, token_hashes: Sequence[bytes]) -> None:
        self._world.check("cache.revoke_sessions")
        self._world.revoked.update(token_hashes)
        for each in token_hashes:
            self._world.cached.pop(each, None)


def world_of(*sessions: Session) -> World:
    return World(list(sessions), {each.token_hash: each for each in sessions})


def told(world: World, *session_ids: int, event_id: int = 1001) -> bool:
    """Whether just these were ended, and an event, the same one, was written and dispatched afterwards."""
    event = Event(event_id, SessionsRevoked((1,)))
    return world.done == [("ended", *session_ids, event), ("dispatched", event)]


async def test_logging_out_tells_that_a_session_was_ended() -> None:
    mine, other, theirs = session(11), session(12), session(21, 2)
    world = world_of(mine, other, theirs)
    await world.service.log_out(mine, everywhere=False)
    assert told(world, 11)
    assert (world.rows, set(world.cached), world.revoked) == ([other, theirs], {b"12", b"21"}, {b"11"})


async def test_logging_out_everywhere_tells_it_once() -> None:
    mine, other, theirs = session(11), session(12), session(21, 2)
    world = world_of(mine, other, theirs)
    await world.service.log_out(mine, everywhere=True)
    assert told(world, 11, 12)
    assert (world.rows, set(world.cached), world.revoked) == ([theirs], {b"21"}, {b"11", b"12"})


async def test_revoking_another_session_tells_it() -> None:
    mine, other = session(11), session(12)
    world = world_of(mine, other)
    await world.service.revoke_session(mine, 12)
    assert told(world, 12)
    assert (world.rows, world.revoked) == ([mine], {b"12"})


@pytest.mark.parametrize("everywhere", [False, True])
async def test_where_nothing_was_ended_nothing_is_told(everywhere: bool) -> None:
    theirs = session(21, 2)
    world = world_of(theirs)
    await world.service.log_out(session(11), everywhere=everywhere)
    assert (world.done, world.rows, set(world.cached)) == ([], [theirs], {b"21"})


@pytest.mark.parametrize("session_id", [21, 99])
async def test_sessions_of_others_can_not_be_revoked(session_id: int) -> None:
    mine, theirs = session(11), session(21, 2)
    world = world_of(mine, theirs)
    with pytest.raises(Refused):
        await world.service.revoke_session(mine, session_id)
    assert (world.done, world.rows, world.revoked) == ([], [mine, theirs], set())


async def test_one_that_was_ended_meanwhile_is_not_told_twice() -> None:
    """By another request, which tells it."""
    mine, other = session(11), session(12)
    world = world_of(mine, other)

    async def revoke_session(*_: object) -> None:
        """Nothing is left to be ended."""

    world.revoke_session = revoke_session  # type: ignore[assignment]
    await world.service.revoke_session(mine, 12)
    await world.service.log_out(mine, everywhere=False)
    assert world.done == []


@pytest.mark.parametrize("method", ["cache.revoke_sessions", "revoke_session"])
async def test_what_fails_halfway_is_not_told_and_can_be_asked_for_again(method: str) -> None:
    mine = session(11)
    world = world_of(mine)
    world.down = {method}
    with pytest.raises(Unavailable):
        await world.service.log_out(mine, everywhere=False)
    assert (world.done, world.rows) == ([], [mine])
    world.down = set()
    await world.service.log_out(mine, everywhere=False)
    assert told(world, 11, event_id=1001 if method == "cache.revoke_sessions" else 1002)
    assert (world.rows, world.cached) == ([], {})


async def test_the_current_state_of_a_session() -> None:
    """As it is in the cache, else in the store."""
    mine = session(11)
    longer = session(11, expires_in=timedelta(days=9))
    world = World([longer])
    assert await world.service.current(mine) == longer
    assert world.cached == {b"11": longer}
    world.rows = []
    assert await world.service.current(mine) == longer
    await world.service.log_out(mine, everywhere=False)
    assert await world.service.current(mine) is None


async def test_an_expired_session_is_over() -> None:
    expired = session(11, expires_in=-timedelta(seconds=1))
    assert await world_of(expired).service.current(expired) is None
    assert await World([expired]).service.current(expired) is None


async def test_what_is_cached_does_not_end_a_session_that_was_used_since() -> None:
    """A copy is kept for minutes, with the end that the session had when it was made."""
    expired, longer = session(11, expires_in=-timedelta(seconds=1)), session(11)
    world = World([longer], {b"11": expired})
    assert await world.service.current(expired) == longer
    world.rows = []
    assert await world.service.current(expired) is None


async def test_without_the_cache_the_store_knows() -> None:
    mine = session(11)
    world = World([mine], down={"cached session"})
    assert await world.service.current(mine) == mine
    world.down = {"fill_session"}
    assert await world.service.current(mine) == mine
    world.down = {"session"}
    with pytest.raises(Unavailable):
        await world.service.current(mine)


async def test_used_sessions_last_longer() -> None:
    """Of many, a page at a time."""
    touched: list[tuple[Sequence[int], timedelta]] = []
    world = World([])

    async def touch_sessions(session_ids: Sequence[int], seen_at: datetime, expires_at: datetime) -> None:
        assert NOW <= seen_at <= datetime.now(UTC)
        touched.append((session_ids, expires_at - seen_at))

    world.touch_sessions = touch_sessions  # type: ignore[attr-defined]
    await world.service.used(set())
    assert touched == []
    await world.service.used(range(2_001))
    lasting = timedelta(days=30)
    assert touched == [([*range(1_000)], lasting), ([*range(1_000, 2_000)], lasting), ([2_000], lasting)]
