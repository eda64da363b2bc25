"""Minting under a lease: never an id twice, whatever becomes of lease, clock and store."""

import asyncio
from contextlib import suppress
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Unavailable
from domain.snowflake import MAX_SEQUENCE, milliseconds
from services.snowflakes import RENEW_SECONDS, SAFETY_SECONDS, Snowflakes
from stores.nodes import LEASE_SECONDS, Lease

NOW = 1_700_000_000.0


class FakeLeases:
    """Leases on the test's own clock, with a node number of its own each."""

    def __init__(self) -> None:
        self.nodes = count(9, -1)
        self.issued_until_ms = 0
        self.held: Lease | None = None
        self.down = False
        self.released: tuple[int, int] | None = None

    def _answer(self) -> None:
        if self.down:
            raise Unavailable("nodes")

    async def acquire(self) -> Lease:
        self._answer()
        self.held = Lease(next(self.nodes), "token", self.issued_until_ms)
        return self.held

    async def renew(self, lease: Lease, issued_until_ms: int) -> bool:
        self._answer()
        if lease is self.held:
            self.issued_until_ms = issued_until_ms
        return lease is self.held

    async def release(self, lease: Lease, issued_until_ms: int) -> None:
        self._answer()
        self.released = lease.node, issued_until_ms


class Process:
    """A process with clocks that the test moves."""

    def __init__(self) -> None:
        self.leases = FakeLeases()
        self.clock = NOW
        self.monotonic = 1000.0
        self.snowflakes = Snowflakes(self.leases, lambda: self.clock, lambda: self.monotonic)

    def pass_time(self, seconds: float) -> None:
        self.clock += seconds
        self.monotonic += seconds

    def try_mint(self) -> int | None:
        with suppress(Unavailable):
            return self.snowflakes.mint()
        return None


@pytest.fixture
async def process() -> Process:
    made = Process()
    await made.snowflakes.start()
    return made


def test_nothing_is_minted_before_the_start() -> None:
    assert Process().try_mint() is None


async def test_minting_stops_before_the_lease_lapses(process: Process) -> None:
    process.pass_time(LEASE_SECONDS - SAFETY_SECONDS - 0.001)
    assert milliseconds(process.snowflakes.mint()) == int(process.clock * 1000)
    process.pass_time(0.001)
    assert process.try_mint() is None
    assert RENEW_SECONDS < LEASE_SECONDS - SAFETY_SECONDS


async def test_a_store_that_is_slow_shortens_the_lease_it_grants(process: Process) -> None:
    """A lease counts from the question on, not from the answer."""
    renew = process.leases.renew

    async def slowly(lease: Lease, issued_until_ms: int) -> bool:
        process.pass_time(20)
        return await renew(lease, issued_until_ms)

    process.leases.renew = slowly  # type: ignore[method-assign]
    await process.snowflakes.start()
    process.pass_time(LEASE_SECONDS - SAFETY_SECONDS - 20)
    assert process.try_mint() is None


async def test_ids_go_on_from_what_was_given_out_before(process: Process) -> None:
    process.leases.issued_until_ms = int(NOW * 1000) + 5000
    await process.snowflakes.start()
    assert milliseconds(process.snowflakes.mint()) == int(NOW * 1000) + 5001


async def test_another_lease_never_leads_back(process: Process) -> None:
    """The clock went back, and the new number is lower."""
    before = process.snowflakes.mint()
    process.clock -= 30
    process.leases.issued_until_ms = 0
    await process.snowflakes.start()
    assert process.snowflakes.mint() > before


async def test_nothing_is_minted_under_a_lease_that_is_not_recorded(process: Process) -> None:
    acquire = process.leases.acquire

    async def acquire_and_die() -> Lease:
        lease = await acquire()
        process.leases.down = True
        return lease

    process.leases.acquire = acquire_and_die  # type: ignore[method-assign]
    process.leases.issued_until_ms = 0
    with pytest.raises(Unavailable):
        await process.snowflakes.start()
    assert process.try_mint() is None


async def test_a_clock_that_leapt_ahead_and_was_set_right(process: Process) -> None:
    """Nothing beyond what is recorded was given out, so that minting goes on at once."""
    before = process.snowflakes.mint()
    process.clock += 3600
    assert process.try_mint() is None
    process.clock -= 3600
    after = process.snowflakes.mint()
    assert after == before + 1


async def test_a_rush_ends_at_what_is_recorded(process: Process) -> None:
    """4,096 ids a millisecond and no more, ahead of a clock that stands still, up to the time on record."""
    process.leases.issued_until_ms = int(NOW * 1000) + LEASE_SECONDS * 1000 - 1
    await process.snowflakes.start()
    ids = [process.snowflakes.mint() for _ in range(MAX_SEQUENCE + 1)]
    assert process.try_mint() is None
    assert {milliseconds(each) for each in ids} == {int(NOW * 1000) + LEASE_SECONDS * 1000}


async def test_the_end_gives_back_what_was_really_issued(process: Process) -> None:
    last = process.snowflakes.mint()
    await process.snowflakes.stop()
    assert process.leases.released == (9, milliseconds(last))
    assert process.try_mint() is None


async def test_an_end_without_a_store_is_an_end(process: Process) -> None:
    process.leases.down = True
    await process.snowflakes.stop()
    assert process.try_mint() is None


@pytest.mark.parametrize("lost", [False, True])
async def test_the_keeper_renews_and_takes_another_where_it_lost(
    process: Process, monkeypatch: pytest.MonkeyPatch, *, lost: bool
) -> None:
    rounds = 0

    async def pass_without_waiting(seconds: float) -> None:
        nonlocal rounds
        assert seconds == RENEW_SECONDS
        process.pass_time(seconds)
        process.leases.down = rounds == 0
        rounds += 1
        if rounds == 2 and lost:
            process.leases.held = None
        if rounds == 4:
            raise asyncio.CancelledError

    monkeypatch.setattr("services.snowflakes.asyncio.sleep", pass_without_waiting)
    before = process.snowflakes.mint()
    with pytest.raises(asyncio.CancelledError):
        await process.snowflakes.keep()
    assert process.snowflakes.mint() > before
    assert process.leases.held is not None
    assert process.leases.held.node == (8 if lost else 9)
    assert process.leases.issued_until_ms == int((NOW + 3 * RENEW_SECONDS + LEASE_SECONDS) * 1000)


STEPS = st.one_of(
    st.tuples(st.just("pass"), st.floats(0, 70)),
    st.tuples(st.just("set clock"), st.floats(-300, 300)),
    st.tuples(st.sampled_from(["renew", "lose", "take another", "break store", "mend store"]), st.just(0.0)),
)


async def go(process: Process, step: str, seconds: float) -> None:
    match step:
        case "pass":
            process.pass_time(seconds)
        case "set clock":
            process.clock += seconds
        case "lose":
            process.leases.held = None
        case "break store" | "mend store":
            process.leases.down = step == "break store"
        case "renew" if process.snowflakes._lease and not process.leases.down:
            await process.snowflakes._renew(process.snowflakes._lease)
        case "take another" if not process.leases.down:
            await process.snowflakes.start()


@given(st.lists(STEPS, max_size=60))
async def test_no_id_is_given_out_twice_or_beyond_the_record(steps: list[tuple[str, float]]) -> None:
    process = Process()
    await process.snowflakes.start()
    ids: list[int] = []
    for step, seconds in steps:
        await go(process, step, seconds)
        minted = process.try_mint()
        if minted is not None:
            ids.append(minted)
            assert milliseconds(minted) <= process.leases.issued_until_ms
    assert ids == sorted(set(ids))
