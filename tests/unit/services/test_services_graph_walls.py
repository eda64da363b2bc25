"""Blocking and muting: told once, after it is written."""

from collections.abc import Awaitable, Callable

import pytest

from domain.refusals import Refused, UserError, UserErrorCode
from events import Blocked, Body, Event, Muted, Unblocked, Unmuted
from services.walls import WallService
from tests.unit.services.people import Graph, person

VIEWER, OTHER, NOBODY = 1, 2, 9
EDGE = (VIEWER, OTHER)

Act = Callable[[int, int], Awaitable[None]]


@pytest.fixture
def graph() -> Graph:
    return Graph({VIEWER: person(VIEWER), OTHER: person(OTHER)})


def act(graph: Graph, verb: str) -> Act:
    made: Act = getattr(WallService(graph.store, graph.dispatcher, graph.snowflakes), verb)
    return made


@pytest.mark.parametrize(("verb", "edges", "body"), [("block", "blocks", Blocked), ("mute", "mutes", Muted)])
async def test_a_wall_is_told_once(
    graph: Graph, verb: str, edges: str, body: Callable[[tuple[tuple[int, int], ...]], Body]
) -> None:
    setattr(graph, edges, {(OTHER, VIEWER)})
    for _ in range(2):
        await act(graph, verb)(VIEWER, OTHER)
    event = Event(1001, body((EDGE,)))
    assert getattr(graph, edges) == {EDGE, (OTHER, VIEWER)}
    assert graph.done == [("added", EDGE, 1002, event), ("dispatched", event)]


@pytest.mark.parametrize(("verb", "edges", "body"), [("unblock", "blocks", Unblocked), ("unmute", "mutes", Unmuted)])
async def test_a_wall_that_is_gone_is_told_once(
    graph: Graph, verb: str, edges: str, body: Callable[[tuple[tuple[int, int], ...]], Body]
) -> None:
    setattr(graph, edges, {EDGE, (OTHER, VIEWER)})
    for _ in range(2):
        await act(graph, verb)(VIEWER, OTHER)
    event = Event(1001, body((EDGE,)))
    assert getattr(graph, edges) == {(OTHER, VIEWER)}
    assert graph.done == [("taken", EDGE, event), ("dispatched", event)]


@pytest.mark.parametrize("verb", ["block", "unblock", "mute", "unmute"])
@pytest.mark.parametrize(
    ("user_id", "code", "message"),
    [
        (VIEWER, UserErrorCode.INVALID, "You can't {} yourself."),
        (NOBODY, UserErrorCode.NOT_FOUND, "There is no such user."),
    ],
)
async def test_neither_oneself_nor_nobody(
    graph: Graph, verb: str, user_id: int, code: UserErrorCode, message: str
) -> None:
    with pytest.raises(Refused) as refused:
        await act(graph, verb)(VIEWER, user_id)
    assert refused.value.errors == (UserError(message.format(verb), code, ("userId",)),)
    assert (graph.blocks, graph.mutes, graph.done) == (set(), set(), [])
