"""The hub: what it tells while stores fail, audiences fail, and streams come and go."""

import asyncio
import logging
from contextlib import suppress
from unittest.mock import patch

import pytest

from domain.errors import Unavailable
from domain.live import TweetAdded
from events import Blocked, Followed, TweetsDeleted, TweetsPosted, Unblocked, Unfollowed
from services.live.hub import Found
from services.live.streams import LiveStream
from services.live.tweets import LOST
from services.ring import RingEntry
from tests.unit.services.live_worlds import Listening, LiveWorld, listen, tweets_by, until
from tests.unit.services.people import person
from tests.unit.services.tweets import reply, tweet

VIEWER, AUTHOR = 1, 2


class Poisoned:
    """An audience that fails at one entry. `lost` has whether entries of the same log were lost, each time."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.heard: list[int] = []
        self.lost: list[bool] = []

    def wants(self, posted: TweetsPosted) -> bool:
        return False

    def tell(self, entry: RingEntry, found: Found) -> None:
        self.heard.append(entry.number)
        if entry.number == self.at:
            raise ValueError("poison")

    def lose(self, *, is_same_log: bool) -> None:
        self.lost.append(is_same_log)


async def world_of(*others: Poisoned, capacity: int = 100) -> LiveWorld:
    world = LiveWorld(*others, capacity=capacity)
    await world.begin()
    world.hub.start()
    world.stores.follows = {(VIEWER, AUTHOR)}
    return world


async def author_stream(world: LiveWorld, viewer_id: int | None = None) -> Listening:
    return listen(world.authors.stream(await world.viewers.enter(viewer_id), AUTHOR))


async def test_it_begins_behind_what_the_ring_has() -> None:
    world = LiveWorld()
    await world.begin(before=7)
    await world.post(*tweets_by(AUTHOR, 100))
    world.hub.start()
    stream = await author_stream(world)
    [new] = tweets_by(AUTHOR, 101)
    await world.post(new)
    await world.tell()
    assert (world.place.number, stream.told) == (9, [new])


@pytest.mark.parametrize("method", ["tweets", "users"])
async def test_while_a_store_fails_nothing_is_lost_and_nothing_told_twice(method: str) -> None:
    world = await world_of()
    streams = [await author_stream(world), await author_stream(world, VIEWER)]
    home = listen(await world.home(VIEWER))
    tweets = tweets_by(AUTHOR, *range(100, 105))
    await world.post(*tweets[:3])
    world.stores.down = {method}
    for _ in range(2):
        with pytest.raises(Unavailable):
            await world.hub.tell_more()
        assert (world.place.number, home.told, [each.told for each in streams]) == (0, [], [[], []])
    await world.post(*tweets[3:])
    world.stores.down = set()
    await world.tell()
    assert [each.told for each in streams] == [tweets, tweets]
    assert [event.tweet for event in home.told] == tweets


async def test_what_needs_no_store_is_told_while_stores_are_down() -> None:
    world = await world_of()
    home = listen(await world.home(VIEWER))
    world.stores.down = {"tweets", "users"}
    await world.happens(TweetsPosted(((900, 9),)), TweetsDeleted(((100, AUTHOR),)))
    await world.tell()
    assert [event.removed_id for event in home.told] == [100]


async def test_it_runs_on_while_a_store_fails() -> None:
    world = await world_of()
    stream = await author_stream(world)
    world.stores.down = {"tweets"}
    tweets = tweets_by(AUTHOR, 100, 101)
    with patch("services.live.hub.RETRY_SECONDS", 0):
        running = asyncio.create_task(world.hub.run())
        await world.post(tweets[0])
        await until(lambda: len(world.stores.asked) >= 2)
        assert stream.told == []
        world.stores.down = set()
        await world.post(tweets[1])
        await until(lambda: len(stream.told) == 2)
        running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert stream.told == tweets


async def test_a_poisoned_audience_loses_its_own_streams_alone(caplog: pytest.LogCaptureFixture) -> None:
    poisoned, other = Poisoned(2), Poisoned(0)
    world = await world_of(poisoned, other)
    stream = await author_stream(world)
    tweets = tweets_by(AUTHOR, 100, 101, 102)
    await world.post(*tweets)
    with caplog.at_level(logging.ERROR, "services.live.hub"):
        await world.tell()
    assert (poisoned.heard, poisoned.lost) == ([1, 2, 3], [True])
    assert (other.heard, other.lost) == ([1, 2, 3], [])
    assert stream.told == tweets
    assert caplog.messages == ["live: entry 2 could not be told by Poisoned"]


async def test_what_a_viewer_may_see_is_as_of_each_place_in_the_log() -> None:
    world = await world_of()
    world.stores.people[AUTHOR] = person(AUTHOR, is_protected=True)
    edge = ((VIEWER, AUTHOR),)
    stream, guest = await author_stream(world, VIEWER), await author_stream(world)
    first, second, third, fourth, fifth = tweets_by(AUTHOR, *range(100, 105))
    await world.post(first)
    await world.happens(Unfollowed(edge))
    await world.post(second)
    await world.happens(Followed(edge))
    await world.post(third)
    await world.happens(Blocked(((AUTHOR, VIEWER),)))
    await world.post(fourth)
    await world.happens(Unblocked(((AUTHOR, VIEWER),)))
    await world.post(fifth)
    await world.tell()
    assert (stream.told, stream.ends) == ([first, third], [])
    assert (guest.told, guest.ends) == ([], [])


async def test_who_comes_while_tweets_are_read_is_told_of_them_too() -> None:
    """Each of the batch, though none was wanted when it began to read."""
    world = await world_of()
    first, second = tweets_by(AUTHOR, 100, 101)
    [other] = tweets_by(3, 300)
    answer = reply(400, 3, first)
    listen(world.authors.stream(await world.viewers.enter(None), 3))
    came: list[Listening] = []

    async def come(method: str) -> None:
        if method == "tweets" and not came:
            came.append(await author_stream(world))
            came.append(listen(world.conversations.stream(await world.viewers.enter(None), first.id)))
            came.append(listen(await world.home(VIEWER, 0)))

    world.stores.reading = come
    await world.post(other, first, second, answer)
    await world.tell()
    assert [each.told for each in came[:2]] == [[first, second], [answer]]
    assert [event.tweet for event in came[2].told] == [first, second]
    read = [each for method, ids in world.stores.asked if method == "tweets" for each in ids]
    assert sorted(read) == [100, 101, 300, 400]


async def test_who_leaves_while_tweets_are_read_is_told_nothing() -> None:
    world = await world_of()
    stream: LiveStream = world.authors.stream(await world.viewers.enter(VIEWER), AUTHOR)
    listening = listen(stream)

    async def leave(_: str) -> None:
        stream.close()

    world.stores.reading = leave
    await world.post(*tweets_by(AUTHOR, 100))
    await world.tell()
    assert (listening.told, listening.ends, world.presence.here) == ([], [], [])


async def test_tweets_that_nobody_wants_are_not_read() -> None:
    world = await world_of()
    await author_stream(world)
    await world.post(*tweets_by(3, *range(300, 310)))
    await world.tell()
    assert (world.stores.asked, world.place.number) == ([], 10)


async def test_a_tweet_that_is_deleted_by_now_is_not_told() -> None:
    world = await world_of()
    streams = [await author_stream(world), listen(await world.home(VIEWER))]
    await world.post(*tweets_by(AUTHOR, 100))
    world.stores.rows.clear()
    await world.tell()
    assert [each.told for each in streams] == [[], []]


@pytest.mark.parametrize("epoch", ["epoch", "another"])
async def test_lost_entries_end_what_can_say_so_by_no_event(epoch: str) -> None:
    world = await world_of()
    streams = [
        await author_stream(world, VIEWER),
        await author_stream(world),
        listen(world.conversations.stream(await world.viewers.enter(VIEWER), 100)),
        listen(world.counts.stream(await world.viewers.enter(VIEWER), tweet(100, AUTHOR))),
    ]
    await world.begin(epoch=epoch, before=5)
    await world.tell()
    assert [(each.told, each.ends) for each in streams] == [([], [LOST])] * 4
    assert (world.place.epoch, world.place.number, world.presence.here) == (epoch, 5, [])
    again = await author_stream(world)
    [new] = tweets_by(AUTHOR, 101)
    await world.post(new)
    await world.tell()
    assert again.told == [new]


async def test_entries_that_left_the_ring_before_they_were_told_are_lost() -> None:
    world = await world_of(capacity=3)
    stream, home = await author_stream(world), listen(await world.home(VIEWER))
    await world.post(*tweets_by(AUTHOR, *range(100, 104)))
    await world.tell()
    assert (stream.told, stream.ends) == ([], [LOST])
    assert ([type(event).__name__ for event in home.told], home.ends) == (["TimelineReset"], [None])


async def test_a_log_that_begins_anew_while_tweets_are_read_loses_nothing_silently() -> None:
    world = await world_of()
    stream, home = await author_stream(world), listen(await world.home(VIEWER))

    async def begin_anew(method: str) -> None:
        if method == "tweets" and world.ring.epoch != "another":
            await world.begin(epoch="another")

    world.stores.reading = begin_anew
    [new] = tweets_by(AUTHOR, 100)
    await world.post(new)
    await world.tell()
    assert (stream.told, stream.ends) == ([new], [LOST])
    assert [type(event).__name__ for event in home.told] == ["TweetAdded", "TimelineReset"]


async def test_streams_of_one_happening_share_it() -> None:
    """So that its bytes are made once."""
    world = await world_of()
    home = [listen(await world.home(VIEWER)) for _ in range(2)]
    await world.post(*tweets_by(AUTHOR, 100))
    await world.tell()
    [first], [second] = (each.told for each in home)
    assert isinstance(first, TweetAdded)
    assert first is second
