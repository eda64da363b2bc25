"""Blocking and muting: their lists, twice, and whom one can't."""

import pytest

from tests.api.conftest import OpenProcess
from tests.api.in_process import ask, user_ids
from tests.api.stage import EVERYWHERE, Stage, set_stage
from tests.support.clients import BLOCK, MUTE, UNBLOCK, UNMUTE

LISTS = "{ viewer { blocked { nodes { id } } muted { nodes { id } } followRequests { nodes { id } } } }"
STANDING = "query($id: ID!) { node(id: $id) { ... on User { viewerBlocks viewerMutes } } }"


@pytest.fixture
async def stage(open_process: OpenProcess) -> Stage:
    return await set_stage(await open_process())


async def lists(stage: Stage, viewer: int) -> dict[str, list[str]]:
    found = (await ask(stage.process, viewer, LISTS))["viewer"]
    return {name: [node["id"] for node in page["nodes"]] for name, page in found.items()}


@pytest.mark.parametrize(
    ("do", "undo", "listed", "standing_field"),
    [(BLOCK, UNBLOCK, "blocked", "viewerBlocks"), (MUTE, UNMUTE, "muted", "viewerMutes")],
)
async def test_twice_is_the_same_as_once(stage: Stage, do: str, undo: str, listed: str, standing_field: str) -> None:
    author = user_ids([stage.author])
    nobody: dict[str, list[str]] = {"blocked": [], "muted": [], "followRequests": []}
    for mutation, is_set in ((do, True), (undo, False)):
        before = await stage.events_so_far()
        for _ in range(2):
            await stage.do(stage.reader, mutation, stage.author)
            assert await lists(stage, stage.reader) == nobody | {listed: author if is_set else []}
            [person] = (await ask(stage.process, stage.reader, STANDING, id=author[0])).values()
            assert person == {"viewerBlocks": False, "viewerMutes": False, standing_field: is_set}
        assert await stage.events_so_far() == before + 1
    assert await lists(stage, stage.author) == nobody


async def test_the_newest_block_and_mute_come_first(stage: Stage) -> None:
    for person in (stage.author, stage.other, stage.stranger):
        await stage.do(stage.reader, BLOCK, person)
        await stage.do(stage.reader, MUTE, person)
    people = user_ids([stage.stranger, stage.other, stage.author])
    assert await lists(stage, stage.reader) == {"blocked": people, "muted": people, "followRequests": []}


@pytest.mark.parametrize(
    ("mutation", "verb"), [(BLOCK, "block"), (UNBLOCK, "unblock"), (MUTE, "mute"), (UNMUTE, "unmute")]
)
async def test_neither_oneself_nor_nobody(stage: Stage, mutation: str, verb: str) -> None:
    me, nobody = user_ids([stage.reader, 1])
    before, events = await lists(stage, stage.reader), await stage.events_so_far()
    assert await stage.refusals(stage.reader, mutation, id=me) == [("INVALID", f"You can't {verb} yourself.", "userId")]
    refused = [("NOT_FOUND", "There is no such user.", "userId")]
    assert await stage.refusals(stage.reader, mutation, id=nobody) == refused
    assert await stage.refusals(stage.reader, mutation, id="x") == refused
    assert await lists(stage, stage.reader) == before
    assert await stage.events_so_far() == events
    assert await stage.places(stage.reader) == EVERYWHERE
