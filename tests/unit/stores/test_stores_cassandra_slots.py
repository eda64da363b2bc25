"""The bound on requests that are on their way."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from stores.cassandra.slots import Slots

SIZE = 5


class Callers:
    """Who has slots, and who waits, in their order."""

    def __init__(self) -> None:
        self.slots = Slots(SIZE)
        self.waiting: list[tuple[int, asyncio.Task[None]]] = []
        self.held: list[int] = []

    def step(self, kind: str, number: int) -> None:
        if kind == "take":
            self.waiting.append((number, asyncio.create_task(self.slots.take(number))))
        elif kind == "give" and self.held:
            self.slots.give(self.held.pop(number % len(self.held)))
        elif kind == "cancel" and self.waiting:
            self.waiting.pop(number % len(self.waiting))[1].cancel()

    async def settle(self) -> None:
        for _ in range(3):
            await asyncio.sleep(0)
        while self.waiting and self.waiting[0][1].done():
            self.held.append(self.waiting.pop(0)[0])


@given(st.lists(st.tuples(st.sampled_from(["take", "give", "cancel"]), st.integers(1, SIZE)), max_size=40))
async def test_no_more_are_taken_than_there_are_and_all_get_theirs_in_turn(steps: list[tuple[str, int]]) -> None:
    callers = Callers()
    for kind, number in steps:
        callers.step(kind, number)
        await callers.settle()
        assert not any(task.done() for _, task in callers.waiting)
        assert sum(callers.held) <= SIZE
        assert not callers.waiting or sum(callers.held) + callers.waiting[0][0] > SIZE
    while callers.held or callers.waiting:
        callers.step("give", 0)
        await callers.settle()
    await asyncio.wait_for(callers.slots.take(SIZE), 1)


async def test_who_is_cancelled_as_their_turn_comes_gives_it_back() -> None:
    slots = Slots(1)
    await slots.take(1)
    waiting = asyncio.create_task(slots.take(1))
    await asyncio.sleep(0)
    slots.give(1)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    await asyncio.wait_for(slots.take(1), 1)
