"""Streams of one tweet's counts."""

import asyncio
from dataclasses import replace
from unittest.mock import patch

import pytest

from domain.errors import Unavailable
from domain.tweets import Tweet
from events import Blocked, TweetsDeleted, TweetsPosted
from services.live.streams import LiveStream
from services.live.tweets import LOST
from tests.unit.services.live_worlds import Listening, LiveWorld, listen, until
from tests.unit.services.people import person
from tests.unit.services.tweets import retweet, tweet

VIEWER, AUTHOR, OTHER = 1, 2, 3
TWEET = tweet(100, AUTHOR)
GUEST = None


async def world_of(*tweets: Tweet) -> LiveWorld:
    world = LiveWorld()
    await world.begin()
    world.hub.start()
    world.stores.rows = {each.id: each for each in tweets}
    return world


async def watch(world: LiveWorld, tweet: Tweet = TWEET, viewer_id: int | None = GUEST) -> Listening:
    return listen(await stream_of(world, tweet, viewer_id))


async def stream_of(world: LiveWorld, tweet: Tweet = TWEET, viewer_id: int | None = GUEST) -> LiveStream:
    return world.counts.stream(await world.viewers.enter(viewer_id), tweet)


def liked(tweet: Tweet, times: int = 1) -> Tweet:
    return replace(tweet, like_count=tweet.like_count + times)


CHANGES = [
    replace(TWEET, like_count=3),
    replace(TWEET, retweet_count=3),
    replace(TWEET, reply_count=3),
    replace(TWEET, quote_count=3),
]


@pytest.mark.parametrize("changed", CHANGES, ids=["likes", "retweets", "replies", "quotes"])
async def test_counts_that_have_changed_are_told_once_a_look(changed: Tweet) -> None:
    world = await world_of(TWEET)
    listening = await watch(world)
    await world.counts.look()
    assert listening.told == []
    world.stores.rows[TWEET.id] = changed
    await world.counts.look()
    await world.counts.look()
    assert (listening.told, listening.ends) == ([changed], [])
    world.stores.rows[TWEET.id] = TWEET
    await world.counts.look()
    assert listening.told == [changed, TWEET]


async def test_what_is_watched_is_read_together_once() -> None:
    world = await world_of(TWEET, tweet(101, OTHER))
    for _ in range(3):
        await watch(world)
    await watch(world, world.stores.rows[101])
    await world.counts.look()
    assert world.stores.asked == [("tweets", [100, 101]), ("users", [AUTHOR, OTHER])]


async def test_nothing_is_read_where_nobody_watches() -> None:
    world = await world_of(TWEET)
    (await stream_of(world)).close()
    stream = await stream_of(world)
    listen(stream)
    stream.close()
    await world.counts.look()
    assert world.stores.asked == []


async def test_many_are_read_batch_by_batch() -> None:
    tweets = [tweet(100 + number, AUTHOR) for number in range(5)]
    world = await world_of(*tweets)
    told = [await watch(world, each) for each in tweets]
    world.stores.rows = {each.id: liked(each) for each in tweets}
    with patch("services.live.counts.READ_AT_ONCE", 2):
        await world.counts.look()
    assert [ids for method, ids in world.stores.asked if method == "tweets"] == [[100, 101], [102, 103], [104]]
    assert [each.told for each in told] == [[liked(each)] for each in tweets]


async def test_what_changes_between_the_reading_and_the_beginning_is_told() -> None:
    world = await world_of(liked(TWEET))
    listening = await watch(world)
    await world.counts.look()
    assert listening.told == [liked(TWEET)]


async def test_who_read_an_older_state_than_others_were_told_hears_of_it() -> None:
    """The others hear nothing of it again."""
    world = await world_of(TWEET)
    first = await watch(world)
    late = await stream_of(world)
    world.stores.rows[TWEET.id] = liked(TWEET)
    await world.counts.look()
    second = listen(late)
    await world.counts.look()
    assert (first.told, second.told) == ([liked(TWEET)], [liked(TWEET)])


async def test_who_comes_while_it_is_read_is_not_told_of_an_older_state() -> None:
    world = await world_of(TWEET)
    await watch(world)
    came: list[Listening] = []

    async def come(method: str) -> None:
        if method == "tweets":
            world.stores.rows[TWEET.id] = liked(TWEET)
            came.append(await watch(world, liked(TWEET)))

    world.stores.reading = come
    await world.counts.look()
    world.stores.reading = None
    await world.counts.look()
    assert came[0].told == []


async def test_who_leaves_while_it_is_read_is_told_nothing() -> None:
    world = await world_of(TWEET)
    stream = await stream_of(world, viewer_id=VIEWER)
    listening = listen(stream)

    async def leave(_: str) -> None:
        stream.close()

    world.stores.rows[TWEET.id] = liked(TWEET)
    world.stores.reading = leave
    await world.counts.look()
    await world.counts.look()
    assert (listening.told, listening.ends, world.presence.here) == ([], [], [])
    assert world.stores.asked.count(("tweets", [100])) == 1


async def test_a_deletion_ends_it_at_once() -> None:
    world = await world_of(TWEET, tweet(101, AUTHOR))
    listening, other = await watch(world, viewer_id=VIEWER), await watch(world, world.stores.rows[101])
    await world.happens(TweetsPosted(((100, AUTHOR),)), TweetsDeleted(((100, AUTHOR),)))
    await world.tell()
    assert (listening.told, listening.ends) == ([], [None])
    assert (other.told, other.ends) == ([], [])
    assert world.stores.asked == [("followees", [VIEWER]), ("boundaries", [VIEWER])]
    assert world.presence.here == []


async def test_a_retweet_ends_with_its_original() -> None:
    world = await world_of()
    listening = await watch(world, retweet(200, OTHER, TWEET))
    await world.counts.look()
    assert (listening.told, listening.ends) == ([], [None])


async def test_what_is_hidden_by_now_ends() -> None:
    """Whether by a protection or by a block, and for those alone whom it is hidden from."""
    world = await world_of(TWEET)
    world.stores.follows.add((OTHER, AUTHOR))
    told = [await watch(world, viewer_id=viewer) for viewer in (VIEWER, OTHER, AUTHOR, GUEST)]
    world.stores.people[AUTHOR] = person(AUTHOR, is_protected=True)
    world.stores.rows[TWEET.id] = liked(TWEET)
    await world.counts.look()
    assert [(each.told, each.ends) for each in told] == [
        ([], [None]),
        ([liked(TWEET)], []),
        ([liked(TWEET)], []),
        ([], [None]),
    ]
    await world.happens(Blocked(((AUTHOR, OTHER),)))
    await world.tell()
    await world.counts.look()
    assert [each.ends for each in told] == [[None], [None], [], [None]]
    assert world.presence.here == [AUTHOR]


async def test_a_store_that_fails_loses_nothing() -> None:
    world = await world_of(liked(TWEET))
    listening = await watch(world)
    for method in ("tweets", "users"):
        world.stores.down = {method}
        with pytest.raises(Unavailable):
            await world.counts.look()
        assert (listening.told, listening.ends) == ([], [])
    world.stores.down = set()
    await world.counts.look()
    assert listening.told == [liked(TWEET)]


async def test_it_looks_on_while_a_store_fails() -> None:
    world = await world_of(liked(TWEET))
    listening = await watch(world)
    world.stores.down = {"tweets"}
    with patch("services.live.counts.LOOK_SECONDS", 0):
        looking = asyncio.create_task(world.counts.run())
        await until(lambda: len(world.stores.asked) >= 2)
        assert listening.told == []
        world.stores.down = set()
        await until(lambda: listening.told)
        looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    assert listening.told == [liked(TWEET)]


async def test_lost_entries_end_all() -> None:
    """A deletion, or a block, may have been of them."""
    world = await world_of(TWEET)
    told = [await watch(world), await watch(world, viewer_id=VIEWER)]
    await world.begin(before=7)
    await world.tell()
    assert [(each.told, each.ends) for each in told] == [([], [LOST])] * 2
    assert world.presence.here == []
