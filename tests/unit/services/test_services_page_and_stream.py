"""A page and the stream that goes on from it, whatever happens while the page is read: together each tweet once."""

import asyncio
from contextlib import aclosing

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.live import TimelineReset, TweetAdded, TweetRemoved
from domain.timelines import TimelinePage
from events import TweetsPosted
from services.live import live_cursor
from services.ring import viewers_changed
from stores.live import LogPosition
from tests.unit.services.happenings import KINDS, RELATIONS, Happenings
from tests.unit.services.live_services import told
from tests.unit.services.logs import BORN_MS, EPOCH, tweet_at
from tests.unit.services.timeline_worlds import settled_worlds, worlds
from tests.unit.services.timelines import VIEWER, World

LAST = 4000
KINDS_AT_ONCE = st.sampled_from([KINDS, RELATIONS])
HAPPENINGS = KINDS_AT_ONCE.flatmap(
    lambda kinds: st.lists(st.tuples(st.sampled_from(kinds), st.integers(1, 4)), min_size=1, max_size=6)
)
PACE = st.lists(st.sampled_from([0, 0, 0, 1, 1, 2, 3]), min_size=1, max_size=20)
PAUSES = st.lists(st.integers(0, 9), min_size=1, max_size=9)
TURNS = st.lists(st.integers(0, 9), min_size=1, max_size=40)


def number(world: World, page: TimelinePage) -> int:
    """The page's place in the log."""
    cursors = [live_cursor(LogPosition(EPOCH, BORN_MS, at)) for at in range(len(world.log) + 1)]
    return cursors.index(page.live_cursor)


async def apply(world: World, page: TimelinePage) -> set[int]:
    """What a viewer has before them who reads the page, and then its stream up to one more tweet. None comes twice."""
    has = {edge.node.id for edge in page.edges}
    assert len(has) == len(page.edges)
    last = tweet_at(BORN_MS, VIEWER, sequence=LAST)
    world.tweets.append(last)
    world.log.append(TweetsPosted(((last.id, VIEWER),)))
    await world.catch_up()
    async with aclosing(told(world.live(), lambda live: live.timeline_updates(VIEWER, page.live_cursor))) as stream:
        async for event in stream:
            match event:
                case TweetAdded(_, tweet) if tweet == last:
                    break
                case TweetAdded(_, tweet):
                    assert tweet.id not in has
                    has.add(tweet.id)
                case TweetRemoved(_, tweet_id):
                    has.discard(tweet_id)
                case TimelineReset():
                    break
    return has


@settings(max_examples=600)
@given(settled_worlds() | worlds(), HAPPENINGS, TURNS, PACE, PAUSES)
async def test_page_and_stream_are_each_tweet_once(
    world: World, happenings: list[tuple[str, int]], turns: list[int], pace: list[int], pauses: list[int]
) -> None:
    """Also where tweets come into lists after the place in the log that was read, and before the ring has them; unless
    the stream tells that all is to be read again."""
    service = await world.service()
    world.pauses = pauses
    page, _ = await asyncio.gather(
        service.page(VIEWER, first=100, after=None, last=None, before=None),
        Happenings(world).go_on(happenings, turns, pace),
    )
    changes = world.log[number(world, page) :]
    visible = {tweet_id for tweet_id, _ in world.visible}
    has = await apply(world, page)
    if not any(VIEWER in viewers_changed(body) for body in changes):
        assert has == visible
