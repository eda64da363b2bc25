"""Readers of the event log in Cassandra, against a plain oracle: what comes late, by up to an hour, is given."""

from bisect import insort
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import Event, UsersChanged
from stores.cassandra import Database, Query
from stores.events import LoggedEvent
from stores.events.cassandra import CassandraEvents, logged
from stores.events.cassandra.places import Place
from stores.events.cassandra.reading import READ
from stores.events.cassandra.tallies import COUNT, MINUTES

SECOND, MINUTE, HOUR = 1_000_000, 60_000_000, 3_600_000_000
START = 28_000_000 * MINUTE


class Keyspace:
    """The log's tables, and a clock that is set."""

    def __init__(self) -> None:
        self.at = START
        self.rows: dict[tuple[int, int], list[tuple[int, int, bytes]]] = defaultdict(list)
        self.counted = 0

    @property
    def stamps(self) -> "Keyspace":
        return self

    def now(self) -> int:
        return self.at

    def settled(self) -> int:
        return self.at

    def write(self, event_id: int, stamp: int) -> None:
        minute, shard, *row = logged(Event(event_id, UsersChanged((1,))), stamp)[0].arguments
        insort(self.rows[minute, shard], tuple(row))

    async def ask(self, _store: str, queries: Sequence[Query]) -> list[list[Any]]:
        return [self._answer(*query) for query in queries]

    def _answer(self, cql: str, arguments: tuple[Any, ...]) -> list[Any]:
        if cql == COUNT:
            self.counted += 1
            return [(len(self.rows[arguments]),)]
        if cql == MINUTES:
            day, shards, first, last, limit = arguments
            its = [(minute, shard) for minute, shard in sorted(self.rows) if minute // 1440 == day]
            return [
                each for only in shards for each in [(m, s) for m, s in its if s == only and first <= m <= last][:limit]
            ]
        assert cql == READ
        minute, shard, *bounds, limit = arguments
        low, high = tuple(bounds[:2]), tuple(bounds[2:])
        return [row for row in self.rows[minute, shard] if low < row[:2] < high][:limit]


class Reader:
    """One that keeps its place: in whichever process it goes on."""

    def __init__(self) -> None:
        self.position: str | None = None
        self.seen: list[int] = []

    async def read(self, log: CassandraEvents, limit: int, kept: int | None = None) -> Sequence[LoggedEvent]:
        """Keeps only some of what it is given, and its place after that."""
        found = await log.read(self.position, limit)
        assert len(found) <= limit
        for entry in found[:kept]:
            self.seen.append(entry.event_id)
            self.position = entry.position
        return found

    async def read_all(self, log: CassandraEvents) -> None:
        while await self.read(log, 7):
            pass


def opened(keyspace: Keyspace) -> CassandraEvents:
    return CassandraEvents(cast("Database", keyspace))


LATE = st.sampled_from([0, 1, SECOND, 4 * SECOND, 30 * SECOND, MINUTE, 100 * SECOND, 30 * MINUTE, 58 * MINUTE])
STEP = st.one_of(
    st.tuples(st.just("write"), LATE, st.integers(0, 5 * SECOND)),
    st.tuples(
        st.just("wait"), st.sampled_from([1, SECOND, 5 * SECOND, 61 * SECOND, 10 * MINUTE, HOUR, 5 * HOUR]), st.just(0)
    ),
    st.tuples(st.just("read"), st.integers(1, 5), st.integers(0, 5)),
    st.tuples(st.just("restart"), st.just(0), st.just(0)),
)


@given(steps=st.lists(STEP, max_size=40))
async def test_all_that_comes_up_to_an_hour_late_is_given(steps: list[tuple[str, int, int]]) -> None:
    keyspace, readers, written = Keyspace(), [Reader(), Reader()], []
    log = opened(keyspace)
    for number, (kind, one, other) in enumerate(steps):
        if kind == "write":
            keyspace.write(number, keyspace.at - one)
            written.append(number)
            keyspace.at += other
        elif kind == "wait":
            keyspace.at += one
        elif kind == "read":
            await readers[number % 2].read(log, one, other)
        else:
            log = opened(keyspace)
    keyspace.at += HOUR + 2 * MINUTE
    for reader in readers:
        await reader.read_all(log)
        assert set(reader.seen) == set(written)
        assert await reader.read(log, 5) == []


@given(
    steps=st.lists(st.tuples(st.sampled_from([1, SECOND, 20 * SECOND, MINUTE, HOUR]), st.integers(0, 4)), max_size=40),
    limit=st.integers(1, 5),
)
async def test_what_comes_in_time_is_given_once_and_in_order(steps: list[tuple[int, int]], limit: int) -> None:
    keyspace, reader = Keyspace(), Reader()
    log = opened(keyspace)
    written = 0
    for waited, events in steps:
        for _ in range(events):
            keyspace.write(written, keyspace.at)
            written += 1
            keyspace.at += 1
        await reader.read(log, limit)
        keyspace.at += waited
    await reader.read_all(log)
    assert reader.seen == list(range(written))


@pytest.mark.parametrize(("read_at", "given_at"), [(SECOND, 5 * SECOND), (6 * SECOND, 2 * MINUTE), (3 * MINUTE, HOUR)])
async def test_what_came_late_is_given_after_the_next_count(read_at: int, given_at: int) -> None:
    """Both from the end of its minute on."""
    keyspace, reader = Keyspace(), Reader()
    log = opened(keyspace)
    for event_id in range(5):
        keyspace.write(event_id, START + 2 * event_id)
    keyspace.at = START + MINUTE + read_at
    await reader.read_all(log)
    keyspace.write(9, START + 1)
    assert await reader.read(log, 10) == []
    keyspace.at = START + MINUTE + given_at - 1
    assert await reader.read(log, 10) == []
    keyspace.at += 1
    assert [entry.event_id for entry in await reader.read(log, 10)] == [0, 9, 1, 2, 3, 4]
    assert await reader.read(log, 10) == []


async def test_a_quiet_log_is_not_counted_again_and_again() -> None:
    keyspace, reader = Keyspace(), Reader()
    log = opened(keyspace)
    keyspace.write(1, START)
    keyspace.at += 2 * HOUR
    await reader.read_all(log)
    counted = keyspace.counted
    for _ in range(100):
        keyspace.at += MINUTE
        assert await reader.read(log, 5) == []
    assert keyspace.counted == counted == 1


async def test_a_place_stays_short() -> None:
    keyspace, reader = Keyspace(), Reader()
    log = opened(keyspace)
    for event_id in range(300):
        keyspace.write(event_id, keyspace.at)
        keyspace.at += MINUTE
        await reader.read_all(log)
    assert reader.seen == list(range(300))
    assert len(reader.position or "") < 1_000


@given(
    given=st.dictionaries(st.integers(0, 10**9), st.integers(0, 10**6), max_size=5),
    last=st.tuples(st.integers(0, 2**62), st.integers(-1, 2**63 - 1)),
    again=st.none() | st.tuples(st.integers(0, 2**62), st.integers(-1, 2**63 - 1)),
)
def test_a_place_is_what_its_text_says(
    given: dict[int, int], last: tuple[int, int], again: tuple[int, int] | None
) -> None:
    place = Place(last, last[0] // MINUTE, tuple(given.items()), again)
    assert Place.parse(str(place)) == place


async def test_places_of_one_answer_go_on_from_each_other() -> None:
    keyspace = Keyspace()
    log = opened(keyspace)
    for event_id in range(50):
        keyspace.write(event_id, keyspace.at)
        keyspace.at += 7 * SECOND
    found = await log.read(None, 100)
    for before, after in pairwise(found):
        [follower] = await log.read(before.position, 1)
        assert follower.event_id == after.event_id
