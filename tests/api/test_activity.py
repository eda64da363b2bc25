"""Classes as the API tells them: of oneself alone, and of authors."""

from contextlib import aclosing

from tests.api.conftest import OpenProcess
from tests.api.in_process import add_people, ask, events, post, user_ids
from tests.support.clients import UPDATES, Json

ACTIVITY = "query($id: ID!) { viewer { user { activity } } node(id: $id) { ... on User { activity } } }"
FAMOUS = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on User { isFamous } } }"


async def test_a_reader_is_live_while_a_subscription_is_open(open_process: OpenProcess) -> None:
    process = await open_process()
    await process.follow_live_log()
    reader, other = await add_people(process, 2, "reader")

    async def told(viewer: int) -> tuple[Json, Json]:
        data = await ask(process, viewer, ACTIVITY, id=user_ids([reader])[0])
        return data["viewer"]["user"]["activity"], data["node"]["activity"]

    assert await told(reader) == ("INACTIVE", "INACTIVE")
    await process.activity.seen([reader])
    assert await told(reader) == ("ACTIVE", "ACTIVE")
    after = (await ask(process, reader, "{ timeline { liveCursor } }"))["timeline"]["liveCursor"]
    await post(process, reader, "for both streams")
    first, second = (events(process, reader, UPDATES, after=after) for _ in range(2))
    async with aclosing(first), aclosing(second):
        assert await anext(first) == await anext(second)
        await process.services.presence.flush()
        assert await told(reader) == ("LIVE", "LIVE")
        assert await told(other) == ("INACTIVE", None)
        await first.aclose()
        await process.services.presence.flush()
        assert await told(reader) == ("LIVE", "LIVE")
    await process.services.presence.flush()
    assert await told(reader) == ("ACTIVE", "ACTIVE")


async def test_who_has_many_followers_is_famous(open_process: OpenProcess) -> None:
    """With hysteresis: from five followers on, down to four."""
    process = await open_process(famous_followers=5)
    author, *readers = await add_people(process, 6, "person")
    graph = process.services.graph

    async def is_famous() -> bool:
        shown = (await ask(process, None, FAMOUS, ids=user_ids([author, *readers])))["nodes"]
        assert shown[1:] == [{"isFamous": False}] * 5
        return bool(shown[0]["isFamous"])

    for reader in readers:
        assert await is_famous() is False
        await graph.follow(reader, author)
    assert await is_famous() is True
    await graph.unfollow(readers[0], author)
    assert await is_famous() is True
    await graph.unfollow(readers[1], author)
    assert await is_famous() is False
