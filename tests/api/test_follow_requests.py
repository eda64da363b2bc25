"""Following protected people: asking, withdrawing, accepting and rejecting."""

import pytest

from tests.api.conftest import OpenProcess
from tests.api.in_process import add_people, ask, post, tweet_ids, user_ids
from tests.api.stage import ELSEWHERE, EVERYWHERE, NOWHERE, Stage, set_stage
from tests.support.clients import ACCEPT, BLOCK, FOLLOW, REJECT, UNFOLLOW, Json

STANDING = """query($id: ID!) { node(id: $id) { ... on User {
  followersCount viewerFollows viewerHasRequested followers { nodes { id } } } } }"""
REQUESTS = """query($first: Int, $after: String) { viewer { followRequests(first: $first, after: $after) {
  edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } } }"""
NO_REQUEST = [("NOT_FOUND", "There is no such follow request.", "userId")]


@pytest.fixture
async def stage(open_process: OpenProcess) -> Stage:
    """With a protected author."""
    made = await set_stage(await open_process())
    await made.protect(made.author)
    return made


async def standing(stage: Stage, viewer: int) -> Json:
    """Of the author; the followers as the author sees them."""
    author = user_ids([stage.author])[0]
    seen = (await ask(stage.process, viewer, STANDING, id=author))["node"]
    followers = (await ask(stage.process, stage.author, STANDING, id=author))["node"]["followers"]
    return seen | {"followers": [node["id"] for node in followers["nodes"]]}


async def requests(stage: Stage) -> list[str]:
    """Of the author."""
    page = (await ask(stage.process, stage.author, REQUESTS))["viewer"]["followRequests"]
    return [edge["node"]["id"] for edge in page["edges"]]


async def test_a_follow_of_protected_people_is_a_request(stage: Stage) -> None:
    before, events = await standing(stage, stage.stranger), await stage.events_so_far()
    [reader, stranger] = user_ids([stage.reader, stage.stranger])
    assert before == {
        "followersCount": 1,
        "viewerFollows": False,
        "viewerHasRequested": False,
        "followers": [reader],
    }
    for _ in range(2):
        await stage.do(stage.stranger, FOLLOW, stage.author)
        assert await standing(stage, stage.stranger) == before | {"viewerHasRequested": True}
        assert await requests(stage) == [stranger]
    assert await stage.events_so_far() == events
    assert await stage.places(stage.stranger) == NOWHERE
    assert (await standing(stage, stage.reader))["viewerHasRequested"] is False


@pytest.mark.parametrize("woken", [False, True])
async def test_who_is_accepted_follows(stage: Stage, woken: bool) -> None:
    """The tweets from before are in the timeline at once, whichever way it came about."""
    if woken:
        await stage.process.activity.wake(stage.stranger)
    await stage.do(stage.stranger, FOLLOW, stage.author)
    await stage.do(stage.author, ACCEPT, stage.stranger)
    assert await requests(stage) == []
    assert await standing(stage, stage.stranger) == {
        "followersCount": 2,
        "viewerFollows": True,
        "viewerHasRequested": False,
        "followers": user_ids([stage.stranger, stage.reader]),
    }
    assert await stage.places(stage.stranger) == EVERYWHERE
    late = await post(stage.process, stage.author, "late")
    assert (await stage.timeline(stage.stranger))[0] == tweet_ids([late])[0]
    events = await stage.events_so_far()
    await stage.do(stage.stranger, FOLLOW, stage.author)
    assert await stage.events_so_far() == events
    assert await requests(stage) == []


async def test_who_is_rejected_may_ask_again(stage: Stage) -> None:
    before, events = await standing(stage, stage.stranger), await stage.events_so_far()
    for _ in range(2):
        await stage.do(stage.stranger, FOLLOW, stage.author)
        await stage.do(stage.author, REJECT, stage.stranger)
        assert await standing(stage, stage.stranger) == before
        assert await requests(stage) == []
    assert await stage.places(stage.stranger) == NOWHERE
    assert await stage.events_so_far() == events


async def test_a_request_is_withdrawn(stage: Stage) -> None:
    before, events = await standing(stage, stage.stranger), await stage.events_so_far()
    await stage.do(stage.stranger, FOLLOW, stage.author)
    for _ in range(2):
        await stage.do(stage.stranger, UNFOLLOW, stage.author)
        assert await standing(stage, stage.stranger) == before
        assert await requests(stage) == []
    [stranger] = user_ids([stage.stranger])
    assert await stage.refusals(stage.author, ACCEPT, id=stranger) == NO_REQUEST
    assert await standing(stage, stage.stranger) == before
    assert await stage.events_so_far() == events


@pytest.mark.parametrize("mutation", [ACCEPT, REJECT])
async def test_nobody_is_accepted_or_rejected_who_did_not_ask(stage: Stage, mutation: str) -> None:
    """Neither a stranger, nor a follower, nor oneself, nor nobody; nor is it for others to say."""
    await stage.do(stage.stranger, FOLLOW, stage.author)
    before, events = await standing(stage, stage.stranger), await stage.events_so_far()
    asked = [(stage.author, person) for person in (stage.other, stage.reader, stage.author, 1)]
    for viewer, person in [*asked, (stage.reader, stage.stranger), (stage.stranger, stage.author)]:
        assert await stage.refusals(viewer, mutation, id=user_ids([person])[0]) == NO_REQUEST
    no_user = [("NOT_FOUND", "There is no such user.", "userId")]
    assert await stage.refusals(stage.author, mutation, id="x") == no_user
    assert await standing(stage, stage.stranger) == before
    assert await requests(stage) == user_ids([stage.stranger])
    assert await stage.events_so_far() == events


@pytest.mark.parametrize("blocker", ["author", "stranger"])
async def test_a_block_ends_requests_and_refuses_new_ones(stage: Stage, blocker: str) -> None:
    await stage.do(stage.stranger, FOLLOW, stage.author)
    one, other = (stage.author, stage.stranger) if blocker == "author" else (stage.stranger, stage.author)
    await stage.do(one, BLOCK, other)
    assert await requests(stage) == []
    events = await stage.events_so_far()
    message = "You can't follow somebody who blocks you." if blocker == "author" else "Unblock them first."
    [author] = user_ids([stage.author])
    assert await stage.refusals(stage.stranger, FOLLOW, id=author) == [("FORBIDDEN", message, "userId")]
    assert await requests(stage) == []
    assert (await standing(stage, stage.stranger))["viewerHasRequested"] is False
    assert await stage.events_so_far() == events


async def test_requests_stay_when_the_account_is_protected_no_more(stage: Stage) -> None:
    await stage.do(stage.stranger, FOLLOW, stage.author)
    await stage.protect(stage.author, protected=False)
    assert await requests(stage) == user_ids([stage.stranger])
    assert await stage.places(stage.stranger) == ELSEWHERE
    await stage.do(stage.author, ACCEPT, stage.stranger)
    assert await stage.places(stage.stranger) == EVERYWHERE


async def test_the_newest_request_comes_first(stage: Stage) -> None:
    people = await add_people(stage.process, 5, "asker")
    for person in people:
        await stage.do(person, FOLLOW, stage.author)
    seen: list[str] = []
    after, more = None, True
    while more:
        answer = await ask(stage.process, stage.author, REQUESTS, first=2, after=after)
        page = answer["viewer"]["followRequests"]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen == user_ids(people[::-1])
