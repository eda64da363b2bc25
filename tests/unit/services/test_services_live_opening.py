"""Opening streams: whom they are for, when there is nothing to tell, and what is left behind where it fails."""

from collections.abc import Awaitable, Callable
from types import SimpleNamespace

import pytest

from domain.access import OPEN
from domain.errors import BadUserInput, Unavailable
from services.live import LiveService
from services.live.streams import LiveStream
from stores.live import LogPosition
from tests.unit.services.live_services import Presence, live_service
from tests.unit.services.live_worlds import Stores, listen
from tests.unit.services.logs import BORN_MS, EPOCH, ring_of
from tests.unit.services.people import person
from tests.unit.services.tweets import reply, tweet

VIEWER, AUTHOR = 1, 2
ROOT = tweet(100, AUTHOR)
REPLY = reply(101, 3, ROOT)

Ask = Callable[[LiveService, int | None], Awaitable[LiveStream]]
ASKS: dict[str, Ask] = {
    "userTweets": lambda live, viewer: live.user_tweets(viewer, "U2"),
    "conversationUpdates": lambda live, viewer: live.conversation_updates(viewer, REPLY.id),
    "tweetUpdates": lambda live, viewer: live.tweet_updates(viewer, ROOT.id),
    "searchUpdates": lambda live, viewer: live.search_updates(viewer, "word"),
}
READS = {"userTweets": {"ids_by_handle"}, "conversationUpdates": {"tweets", "users"}, "tweetUpdates": {"tweets"}}


async def opening() -> tuple[LiveService, Stores, Presence]:
    stores, presence = Stores(rows={each.id: each for each in (ROOT, REPLY)}), Presence()
    live = live_service(stores, stores, SimpleNamespace(position=_position), await ring_of([]), presence)
    live.hub.start()
    return live, stores, presence


async def _position() -> LogPosition:
    """Where the ring and the hub are."""
    return LogPosition(EPOCH, BORN_MS, 0)


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
async def test_a_viewer_is_here_until_their_last_stream_is_closed(ask: Ask) -> None:
    live, stores, presence = await opening()
    unheard, heard = await ask(live, VIEWER), await ask(live, VIEWER)
    told = listen(heard)
    assert (presence.here, heard.access.viewer_id) == ([VIEWER], VIEWER)
    unheard.close()
    assert presence.here == [VIEWER]
    heard.close()
    assert (presence.here, told.told, told.ends) == ([], [], [])
    assert [method for method, _ in stores.asked].count("followees") == 1


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
async def test_a_guest_may_listen_too(ask: Ask) -> None:
    live, _, presence = await opening()
    stream = await ask(live, None)
    told = listen(stream)
    assert (stream.access.viewer_id, stream.access.boundaries, presence.here, told.ends) == (None, OPEN, [], [])


NOTHING: dict[str, Ask] = {
    "nobody of that handle": lambda live, viewer: live.user_tweets(viewer, "nobody"),
    "no id of a tweet": lambda live, viewer: live.conversation_updates(viewer, None),
    "no conversation": lambda live, viewer: live.conversation_updates(viewer, 999),
    "no such id": lambda live, viewer: live.tweet_updates(viewer, None),
    "no tweet": lambda live, viewer: live.tweet_updates(viewer, 999),
}


@pytest.mark.parametrize("viewer_id", [VIEWER, None])
@pytest.mark.parametrize("ask", NOTHING.values(), ids=NOTHING)
async def test_where_there_is_nothing_to_tell_it_ends_at_once(ask: Ask, viewer_id: int | None) -> None:
    live, _, presence = await opening()
    told = listen(await ask(live, viewer_id))
    assert (told.told, told.ends, presence.here) == ([], [None], [])


@pytest.mark.parametrize("name", ["conversationUpdates", "tweetUpdates"])
async def test_what_a_viewer_can_not_see_ends_at_once(name: str) -> None:
    """By the tweet that is named: of a conversation whose root is hidden, a reply may be seen."""
    live, stores, presence = await opening()
    hidden = 3 if name == "conversationUpdates" else AUTHOR
    stores.people[hidden] = person(hidden, is_protected=True)
    stores.follows, stores.blocks = {(4, hidden)}, {(hidden, 5)}
    ended = {viewer: listen(await ASKS[name](live, viewer)).ends == [None] for viewer in (VIEWER, 4, 5, hidden, None)}
    assert ended == {VIEWER: True, 4: False, 5: True, hidden: False, None: True}
    assert presence.here == [4, hidden]


@pytest.mark.parametrize(("name", "method"), [(name, each) for name, reads in READS.items() for each in sorted(reads)])
async def test_where_a_store_fails_nobody_stays(name: str, method: str) -> None:
    live, stores, presence = await opening()
    stores.down = {method}
    with pytest.raises(Unavailable):
        await ASKS[name](live, VIEWER)
    assert presence.here == []
    stores.down = set()
    listen(await ASKS[name](live, VIEWER))
    assert presence.here == [VIEWER]


@pytest.mark.parametrize("name", ASKS)
async def test_unknown_boundaries_are_no_open_ones(name: str) -> None:
    live, stores, presence = await opening()
    stores.down = {"boundaries"}
    with pytest.raises(Unavailable):
        await ASKS[name](live, VIEWER)
    assert presence.here == []


@pytest.mark.parametrize("query", ["x" * 501, "\x00"])
async def test_a_query_that_search_refuses_is_refused(query: str) -> None:
    live, stores, presence = await opening()
    with pytest.raises(BadUserInput):
        await live.search_updates(VIEWER, query)
    assert (presence.here, stores.asked) == ([], [])
