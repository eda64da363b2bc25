"""Subscriptions that ask for the same, against an oracle: whatever happens in whatever order, each gets what it was
told of, in order and once, up to where it was cut or closed, and everything is executed once."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.errors import Forbidden, Unavailable
from domain.live import Happening
from tests.unit.transport.deliveries import OUTBOX, ROOM, Asked, Oracle
from tests.unit.transport.listening import Reader, broadcast, happening, idle
from tests.unit.transport.streams import SLOW
from tests.unit.transport.worlds import world
from transport import subscriptions

RESET = 0
REFUSED = {"message": "No.", "extensions": {"code": "FORBIDDEN"}}
PEOPLE = st.sampled_from([None, 1, 2, 3])
ASKED = st.builds(Asked, PEOPLE, st.booleans(), st.sampled_from([None, RESET]))
WHO = st.integers(0, 3)
"""One of the subscriptions, of which there may be fewer: counted round."""

OF_ONE = ("stop_up", "take", "complete", "end_with_event", "fail", "close")
STEPS = st.one_of(
    st.tuples(st.just("tell"), st.tuples(st.sampled_from([1, 1, 1, OUTBOX + 1]), st.frozensets(WHO, min_size=1))),
    st.tuples(st.just("tell_late"), st.tuples(st.integers(1, 5), WHO)),
    st.tuples(st.just("open"), st.integers(0, 5)),
    st.tuples(st.sampled_from(OF_ONE), WHO),
    st.tuples(st.just("refuse_fill"), st.booleans()),
    st.tuples(st.just("idle"), st.none()),
)


class Run:
    """The subscriptions and the oracle, step by step. Each event has a number and a gate, which is shut at first."""

    def __init__(self, asked: list[Asked], apart: set[int | None]) -> None:
        self.oracle = Oracle(asked, apart)
        self._events: dict[int, Happening] = {RESET: happening(RESET)}
        self._told: set[tuple[int, int]] = set()
        shared = broadcast()
        self.readers = [
            Reader(
                shared,
                each.viewer_id,
                coalesces=each.coalesces,
                too_slow=SLOW if each.too_slow is None else self._events[each.too_slow],
            )
            for each in asked
        ]

    async def step(self, what: str, how: object) -> None:
        if what == "idle":
            await self.idle()
        else:
            getattr(self, what)(how % len(self.readers) if what in OF_ONE and isinstance(how, int) else how)

    def tell(self, how: tuple[int, frozenset[int]]) -> None:
        """One event, or one more than may wait."""
        count, who = how
        for _ in range(count):
            number = self._next()
            for each in sorted({each % len(self.readers) for each in who}):
                self._tell(number, each)

    def tell_late(self, how: tuple[int, int]) -> None:
        """Of what others were told before, as those are who catch up."""
        back, who = how[0], how[1] % len(self.readers)
        number = len(self._events) - back
        if number > 0 and (number, who) not in self._told:
            self._tell(number, who)

    def _tell(self, number: int, who: int) -> None:
        if self.oracle.subscriptions[who].listens:
            self._told.add((number, who))
            self.readers[who].source.tell(self._events[number])
            self.oracle.tell(number, self.oracle.subscriptions[who])

    def open(self, which: int) -> None:
        if shut := self._shut():
            world.gates[shut[which % len(shut)]].set()

    def stop_up(self, who: int) -> None:
        self.readers[who].wire.is_writable = self.oracle.subscriptions[who].is_writable = False

    def take(self, who: int) -> None:
        self.oracle.subscriptions[who].is_writable = True
        self.oracle.subscriptions[who].send()
        self.readers[who].wire.take()

    def complete(self, who: int) -> None:
        self._end(who, None, None)

    def end_with_event(self, who: int) -> None:
        if self.oracle.subscriptions[who].listens:
            self._end(who, self._next(), None)

    def fail(self, who: int) -> None:
        self._end(who, None, Forbidden("No."))

    def _end(self, who: int, last: int | None, error: Exception | None) -> None:
        if self.oracle.subscriptions[who].listens:
            self.readers[who].source.end(None if last is None else self._events[last], error)
            self.oracle.end(self.oracle.subscriptions[who], last, REFUSED if error else None)

    def close(self, who: int) -> None:
        self.readers[who].subscription.close()
        self.oracle.subscriptions[who].is_closed = True
        self.oracle.subscriptions[who].pending.clear()

    def refuse_fill(self, how: object) -> None:
        world.refuse_fill = Unavailable("graph") if how else None

    async def idle(self) -> None:
        await idle()
        self.oracle.idle(set(self._shut()), is_fill_refused=world.refuse_fill is not None)

    async def come_to_an_end(self) -> None:
        for gate in world.gates.values():
            gate.set()
        await self.idle()
        for who in range(len(self.readers)):
            self.take(who)
        await self.idle()

    def check(self) -> None:
        for reader, expected in zip(self.readers, self.oracle.subscriptions, strict=True):
            assert reader.wire.log == expected.log
            assert reader.source.is_closed != expected.listens
        assert len(world.shared) == len(self.oracle.executed)
        assert sorted(map(str, world.own)) == sorted(map(str, self.oracle.own))
        assert sorted(map(str, world.fills)) == sorted(map(str, self.oracle.fills))

    def _next(self) -> int:
        number = len(self._events)
        self._events[number] = happening(number)
        world.gates[number] = asyncio.Event()
        return number

    def _shut(self) -> list[int]:
        return [number for number, gate in world.gates.items() if not gate.is_set()]


@contextmanager
def small() -> Iterator[None]:
    """Little may wait, so that few steps are enough."""
    with patch.object(subscriptions, "OUTBOX", OUTBOX), patch.object(subscriptions, "ROOM", ROOM):
        yield


ONE, OTHERS = frozenset({0}), frozenset({0, 1, 2})
PLAIN = Asked(1, coalesces=False, too_slow=None)


@settings(max_examples=200)
@example([PLAIN], set(), [("tell", (1, ONE)), ("idle", None), ("stop_up", 0), ("open", 0), ("idle", None)])
@example([PLAIN] * 2, set(), [("tell", (1, ONE)), ("idle", None), ("tell_late", (1, 1)), ("idle", None), ("open", 0)])
@example([PLAIN] * 3, set(), [("stop_up", 1), ("tell", (OUTBOX, OTHERS)), ("idle", None), ("tell", (1, OTHERS))])
@given(
    st.lists(ASKED, min_size=1, max_size=4),
    st.sets(PEOPLE, max_size=2),
    st.lists(STEPS, max_size=20),
)
def test_each_is_sent_what_it_was_told_of(
    asked: list[Asked], apart: set[int | None], steps: list[tuple[str, object]]
) -> None:
    """The examples are what chance may miss: a socket that fills up before the bytes are there, who is told while
    others wait, and one event too many."""

    async def run() -> None:
        world.reset()
        world.apart = apart
        tried = Run(asked, apart)
        for what, how in steps:
            await tried.step(what, how)
            if what == "idle":
                tried.check()
        await tried.come_to_an_end()
        tried.check()

    with small():
        asyncio.run(run())
