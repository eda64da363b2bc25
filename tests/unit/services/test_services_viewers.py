"""What those who have streams open may see: read once, and then as the log tells, whatever comes first."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.access import OPEN, Access, Boundaries
from domain.errors import Unavailable
from events import Blocked, Body, Followed, Muted, Unblocked, Unfollowed, Unmuted
from services.live.viewers import Ids, Viewer
from tests.unit.services.live_worlds import LiveWorld, Stores, turns
from tests.unit.services.people import Edge

VIEWER = 1
PEOPLE = st.integers(1, 3)
TOLD: dict[str, tuple[Callable[[tuple[Edge]], Body], Callable[[tuple[Edge]], Body]]] = {
    "follows": (Followed, Unfollowed),
    "blocks": (Blocked, Unblocked),
    "mutes": (Muted, Unmuted),
}
Change = tuple[str, bool, Edge]
"""Which edges, whether one is added, and which."""

CHANGES = st.lists(st.tuples(st.sampled_from(sorted(TOLD)), st.booleans(), st.tuples(PEOPLE, PEOPLE)), max_size=25)


def commit(stores: Stores, kind: str, adds: bool, edge: Edge) -> Body | None:
    """What a change does and tells; None where it changes nothing. A block takes follows away, and admits none."""
    edges: set[Edge] = getattr(stores, kind)
    between = {edge, edge[::-1]}
    if edge[0] == edge[1] or (edge in edges) == adds or (adds and kind == "follows" and between & stores.blocks):
        return None
    if adds and kind == "blocks":
        stores.follows -= between
    edges.symmetric_difference_update({edge})
    made, taken = TOLD[kind]
    return made((edge,)) if adds else taken((edge,))


def oracle(stores: Stores) -> tuple[Boundaries, set[int]]:
    walls = Boundaries(
        frozenset(other for one, other in stores.blocks if one == VIEWER),
        frozenset(one for one, other in stores.blocks if other == VIEWER),
        frozenset(other for one, other in stores.mutes if one == VIEWER),
    )
    return walls, {other for one, other in stores.follows if one == VIEWER}


@dataclass
class Course:
    """Changes are committed, and told at some time later, an older one perhaps after a newer one, as by a relay; the
    viewer enters in between, and each of the two reads takes until it is let go."""

    changes: list[Change]
    world: LiveWorld = field(default_factory=LiveWorld)
    untold: list[Body] = field(default_factory=list)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    entering: asyncio.Task[Viewer] | None = None
    choice: int = 0

    async def read(self, method: str) -> None:
        await self.gates[method].wait()

    def steps(self) -> list[Callable[[], None]]:
        """Those that can be taken now."""
        possible: list[Callable[[], None]] = []
        if self.changes:
            possible.append(self.commit)
        if self.untold:
            possible.append(self.tell)
        if self.entering is None:
            possible.append(self.enter)
        return [*possible, *(gate.set for gate in self.gates.values() if self.entering and not gate.is_set())]

    def commit(self) -> None:
        body = commit(self.world.stores, *self.changes.pop(0))
        if body:
            self.untold.append(body)

    def tell(self) -> None:
        self.world.viewers.hear(self.untold.pop(self.choice % len(self.untold)))

    def enter(self) -> None:
        self.entering = asyncio.create_task(self.world.viewers.enter(VIEWER))


@settings(max_examples=500)
@given(CHANGES, st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=60))
async def test_access_ends_as_the_graph_does(changes: list[Change], choices: list[tuple[int, bool]]) -> None:
    course = Course(changes)
    course.gates = {method: asyncio.Event() for method in ("followees", "boundaries")}
    course.world.stores.reading = course.read
    turn = 0
    while steps := course.steps():
        choice, pauses = choices[turn % len(choices)]
        course.choice = turn * choice
        steps[choice % len(steps)]()
        if pauses:
            await turns()
        turn += 1
    assert course.entering
    viewer = await course.entering
    while viewer.checking:
        await turns()
    walls, followees = oracle(course.world.stores)
    assert viewer.access.viewer_id == VIEWER
    assert (viewer.access.boundaries, set(viewer.access.followees)) == (walls, followees)
    assert viewer.walls == walls.blocks | walls.blocked_by | walls.mutes
    assert (viewer.access.boundaries is OPEN) == (not viewer.walls)


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 2), st.integers(0, 9)), max_size=30))
async def test_viewers_are_here_while_they_have_streams(acts: list[tuple[bool, int, int]]) -> None:
    world = LiveWorld()
    entered: dict[int, list[Viewer]] = {1: [], 2: []}
    first = 0
    for enters, viewer_id, which in acts:
        theirs = entered[viewer_id]
        if enters:
            first += not theirs
            theirs.append(await world.viewers.enter(viewer_id))
        elif theirs:
            world.viewers.leave(theirs.pop(which % len(theirs)))
        assert sorted(world.presence.here) == [each for each in entered if entered[each]]
        for each, viewers in entered.items():
            assert world.viewers[each] is (viewers[0] if viewers else None)
            assert len(set(map(id, viewers))) <= 1
    assert len(world.stores.asked) == 2 * first


async def test_guests_are_of_their_own_and_nothing_is_read() -> None:
    world = LiveWorld()
    one, other = await world.viewers.enter(None), await world.viewers.enter(None)
    world.viewers.hear(Blocked(((1, 2),)))
    assert one is not other
    assert (one.access.viewer_id, one.access.boundaries, list(one.access.followees)) == (None, OPEN, [])
    world.viewers.leave(one)
    world.viewers.leave(other)
    assert (world.stores.asked, world.presence.here) == ([], [])


@pytest.mark.parametrize("method", ["followees", "boundaries"])
async def test_a_read_that_fails_fails_all_who_wait_for_it(method: str) -> None:
    world = LiveWorld()
    world.stores.down = {method}
    entered = await asyncio.gather(*(world.viewers.enter(VIEWER) for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in entered] == [Unavailable] * 3
    assert (world.presence.here, world.viewers[VIEWER], len(world.stores.asked)) == ([], None, 2)
    world.stores.down = set()
    world.stores.follows = {(VIEWER, 2)}
    viewer = await world.viewers.enter(VIEWER)
    assert (list(viewer.access.followees), world.presence.here) == ([2], [VIEWER])


@dataclass
class Gated:
    """A world whose reads wait."""

    world: LiveWorld = field(default_factory=LiveWorld)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        async def wait(_: str) -> None:
            await self.gate.wait()

        self.world.stores.reading = wait

    async def entering(self) -> asyncio.Task[Viewer]:
        task = asyncio.create_task(self.world.viewers.enter(VIEWER))
        await turns()
        return task


async def cancel(task: asyncio.Task[Viewer]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_who_gives_up_entering_leaves_the_others_be() -> None:
    gated = Gated()
    first, second = await gated.entering(), await gated.entering()
    await cancel(first)
    assert gated.world.presence.here == [VIEWER]
    gated.gate.set()
    viewer = await second
    assert (gated.world.viewers[VIEWER], viewer.streams) == (viewer, 1)
    gated.world.viewers.leave(viewer)
    assert gated.world.presence.here == []


async def test_who_comes_after_all_have_given_up_reads_anew() -> None:
    """And the read that is still under way changes nothing any more."""
    gated = Gated()
    await cancel(await gated.entering())
    assert (gated.world.presence.here, gated.world.viewers[VIEWER]) == ([], None)
    again = await gated.entering()
    gated.world.stores.follows = {(VIEWER, 2)}
    gated.gate.set()
    viewer = await again
    assert list(viewer.access.followees) == [2]
    assert (gated.world.viewers[VIEWER], gated.world.presence.here) == (viewer, [VIEWER])
    assert len(gated.world.stores.asked) == 4


async def test_a_read_that_fails_for_nobody_lets_later_ones_be() -> None:
    gated = Gated()
    await cancel(await gated.entering())

    async def succeed(_: str) -> None:
        """The reads from now on."""

    gated.world.stores.reading = succeed
    viewer = await gated.world.viewers.enter(VIEWER)
    gated.world.stores.down = {"followees"}
    gated.gate.set()
    await turns()
    assert (gated.world.viewers[VIEWER], gated.world.presence.here) == (viewer, [VIEWER])


@given(st.sets(st.integers(0, 2**63 - 1)), st.integers(0, 2**63 - 1))
def test_ids_are_a_set(ids: set[int], other: int) -> None:
    packed = Ids(ids)
    assert (list(packed), len(packed)) == (sorted(ids), len(ids))
    assert all(each in packed for each in ids)
    assert (other in packed) == (other in ids)
    assert Access(1, OPEN, packed).followees == packed
