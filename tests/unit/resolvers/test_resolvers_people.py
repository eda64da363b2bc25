"""How somebody stands to the viewer, and what only the viewer knows of themselves."""

import pytest

from domain.access import Boundaries
from domain.activity import Activity
from tests.unit.resolvers.fakes import Api
from tests.unit.resolvers.networks import Network
from tests.unit.resolvers.records import make_session, make_user, user_id

STANDING = "viewerFollows viewerHasRequested followsViewer viewerBlocks viewerMutes blocksViewer"


@pytest.mark.parametrize(
    ("viewer", "standing"),
    [(None, [None] * 6), (1, [False, True, True, True, False, False]), (2, [False] * 6), (3, [False] * 5 + [True])],
)
async def test_how_somebody_stands_to_the_viewer(viewer: int | None, standing: list[bool | None]) -> None:
    api = Network(viewer, set(), {(1, 2), (2, 3)}, {(2, 1)}, set()).api()
    api.world.requests = {(1, 2)}
    data = await api.data(f'{{ user(handle: "user2") {{ {STANDING} isProtected isFamous }} }}')
    wanted = dict(zip(STANDING.split(), standing, strict=True)) | {"isProtected": False, "isFamous": False}
    assert data == {"user": wanted}


async def test_muted_and_famous_people_are_told() -> None:
    api = Network(1, set(), set(), set(), set()).api()
    api.world.users[2] = make_user(2, is_famous=True, is_protected=True)
    api.world.boundaries[1] = Boundaries(mutes=frozenset({2}))
    data = await api.data('{ user(handle: "user2") { viewerMutes viewerBlocks isProtected isFamous } }')
    assert data == {"user": {"viewerMutes": True, "viewerBlocks": False, "isProtected": True, "isFamous": True}}


@pytest.mark.parametrize("stored", [Activity.ACTIVE, Activity.PASSIVE, Activity.INACTIVE])
@pytest.mark.parametrize("present", [True, False])
async def test_the_class_of_oneself(stored: Activity, present: bool) -> None:
    api = Api(viewer=make_session(1))
    api.world.users = {number: make_user(number, activity=stored) for number in (1, 2)}
    api.world.present = {1, 2} if present else {2}
    data = await api.data('{ me: user(handle: "user1") { activity } other: user(handle: "user2") { activity } }')
    mine = "LIVE" if present else stored.value
    assert data == {"me": {"activity": mine}, "other": {"activity": None}}
    assert api.world.counts["presence.present"] == 1


async def test_nobody_s_class_is_for_guests() -> None:
    api = Api()
    api.world.users = {1: make_user(1)}
    assert await api.data('{ user(handle: "user1") { activity } }') == {"user": {"activity": None}}
    assert "presence.present" not in api.world.counts


async def test_the_viewer_s_lists() -> None:
    api = Network(1, set(), {(1, 3), (4, 1)}, set(), set()).api()
    for name in ("blocked", "muted", "follow_requests"):
        api.world.lists[name, 1] = [1000 + each for each in (2, 3, 4)]
    page = "edges { cursor node { id } } pageInfo { hasNextPage endCursor }"
    for field in ("blocked", "muted", "followRequests"):
        found = (await api.data(f"{{ viewer {{ {field}(first: 2) {{ {page} }} }} }}"))["viewer"][field]
        assert [edge["node"] for edge in found["edges"]] == [{"id": user_id(4)}, {"id": user_id(3)}]
        assert found["pageInfo"] == {"hasNextPage": True, "endCursor": found["edges"][1]["cursor"]}
        after = found["pageInfo"]["endCursor"]
        rest = (await api.data(f'{{ viewer {{ {field}(first: 2, after: "{after}") {{ {page} }} }} }}'))["viewer"][field]
        assert [edge["node"] for edge in rest["edges"]] == [{"id": user_id(2)}]
        assert rest["pageInfo"]["hasNextPage"] is False
