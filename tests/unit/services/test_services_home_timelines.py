"""Home timelines of a hub that is behind its ring, and of one that has lost entries."""

from domain.live import TimelineReset, TimelineResetReason, TweetAdded
from domain.tweets import Tweet
from events import Blocked, Followed, Unfollowed
from services.live.cursors import cursor_at
from tests.unit.services.live_worlds import Listening, LiveWorld, listen, turns, tweets_by, until
from tests.unit.services.logs import EPOCH

VIEWER = 1
REBUILT = TimelineReset(TimelineResetReason.REBUILT)
SLOW = TimelineReset(TimelineResetReason.SLOW)
TOO_OLD = TimelineReset(TimelineResetReason.TOO_OLD)


async def world_of(*followees: int, capacity: int = 100) -> LiveWorld:
    """One whose viewer follows these."""
    world = LiveWorld(capacity=capacity)
    await world.begin()
    world.hub.start()
    world.stores.follows = {(VIEWER, followee) for followee in followees}
    return world


def added(number: int, tweet: Tweet) -> TweetAdded:
    return TweetAdded(cursor_at(EPOCH, number), tweet)


async def test_a_stream_behind_a_follow_that_the_hub_has_not_told_yet_has_it() -> None:
    """The viewer is there by another stream, so that nothing is read again."""
    world = await world_of()
    old = listen(await world.home(VIEWER))
    world.stores.follows.add((VIEWER, 2))
    await world.happens(Followed(((VIEWER, 2),)))
    new = listen(await world.home(VIEWER))
    tweets = tweets_by(2, 200, 201)
    await world.post(*tweets)
    await world.tell()
    assert (old.told, old.ends) == ([REBUILT], [None])
    assert (new.told, new.ends) == ([added(2, tweets[0]), added(3, tweets[1])], [])


async def test_a_stream_behind_an_unfollow_that_the_hub_has_not_told_yet_is_without_it() -> None:
    world = await world_of(2, 3)
    old = listen(await world.home(VIEWER))
    await world.happens(Unfollowed(((VIEWER, 2),)))
    new = listen(await world.home(VIEWER))
    [theirs], [kept] = tweets_by(2, 200), tweets_by(3, 300)
    await world.post(theirs, kept)
    await world.tell()
    assert (old.told, old.ends) == ([REBUILT], [None])
    assert (new.told, new.ends) == ([added(3, kept)], [])


async def test_a_stream_behind_a_block_that_the_hub_has_not_told_yet_is_without_it() -> None:
    world = await world_of(2)
    listen(await world.home(VIEWER))
    await world.happens(Blocked(((2, VIEWER),)))
    new = listen(await world.home(VIEWER))
    await world.post(*tweets_by(2, 200))
    await world.tell()
    assert (new.told, new.ends) == ([], [])


async def test_a_stream_from_ahead_of_the_hub_is_told_nothing_of_before() -> None:
    world = await world_of(2)
    before, after = tweets_by(2, 200, 201)
    await world.post(before)
    stream = listen(await world.home(VIEWER))
    await world.post(after)
    await world.tell()
    assert stream.told == [added(2, after)]


async def test_catching_up_ends_at_the_hub_which_tells_the_rest() -> None:
    world = await world_of(2)
    tweets = tweets_by(2, *range(200, 210))
    await world.post(*tweets[:4])
    await world.tell()
    await world.post(*tweets[4:])
    stream = listen(await world.home(VIEWER, 1))
    await until(lambda: len(stream.told) == 3)
    await turns()
    assert stream.told == [added(at + 1, tweets[at]) for at in (1, 2, 3)]
    await world.tell()
    assert stream.told == [added(at, tweet) for at, tweet in enumerate(tweets, 1)][1:]


async def test_the_hub_may_overtake_who_catches_up() -> None:
    """What it tells meanwhile is told by neither twice."""
    world = await world_of(2)
    tweets = tweets_by(2, *range(200, 208))
    await world.post(*tweets[:4])
    await world.tell()
    stream = await world.home(VIEWER, 0)
    slow = Listening()
    slow.roomy.clear()
    stream.listen(slow)
    await turns()
    await world.post(*tweets[4:])
    await world.tell()
    assert slow.told == []
    slow.roomy.set()
    await until(lambda: len(slow.told) == len(tweets))
    await world.post(*tweets_by(2, 208))
    await world.tell()
    await until(lambda: len(slow.told) == len(tweets) + 1)
    await turns()
    assert [event.tweet.id for event in slow.told] == list(range(200, 209))


async def test_of_a_log_that_lost_entries_all_streams_are_told() -> None:
    for epoch, reason in ((EPOCH, SLOW), ("another", TOO_OLD)):
        world = await world_of(2)
        streams = [listen(await world.home(viewer)) for viewer in (VIEWER, VIEWER, 5)]
        await world.begin(epoch=epoch, before=9)
        await world.tell()
        assert [(each.told, each.ends) for each in streams] == [([reason], [None])] * 3
        assert world.presence.here == []
        [tweet] = tweets_by(2, 200)
        again = listen(await world.home(VIEWER))
        await world.post(tweet)
        await world.tell()
        assert again.told == [TweetAdded(cursor_at(epoch, 10), tweet)]


async def test_who_catches_up_while_the_log_begins_anew_is_told_too() -> None:
    world = await world_of(2)
    await world.post(*tweets_by(2, 200, 201))
    await world.tell()
    slow = Listening()
    slow.roomy.clear()
    (await world.home(VIEWER, 0)).listen(slow)
    await turns()
    await world.begin(epoch="another", before=9)
    await world.tell()
    slow.roomy.set()
    await until(lambda: slow.ends)
    assert slow.told[-1] == TOO_OLD
    assert [event.tweet.id for event in slow.told[:-1]] == [200, 201][: len(slow.told) - 1]


async def test_who_comes_from_a_log_that_the_hub_has_not_noticed_waits_for_it() -> None:
    world = await world_of(2)
    await world.begin(epoch="another")
    stream = listen(await world.home(VIEWER))
    await turns()
    [tweet] = tweets_by(2, 200)
    await world.tell()
    await world.post(tweet)
    await world.tell()
    await until(lambda: stream.told)
    assert (stream.told, stream.ends) == ([TweetAdded(cursor_at("another", 1), tweet)], [])


async def test_a_change_that_leaves_the_ring_while_it_is_caught_up_with_is_not_passed_over() -> None:
    """What came behind it in the ring pushes it out while the tweets before it are read."""
    world = await world_of(2, capacity=6)
    first, *more = tweets_by(2, *range(200, 210))
    await world.post(first)
    await world.happens(Followed(((VIEWER, 3),)))
    await world.post(*more[:4])
    await world.tell()
    pushing = [more[4:8]]

    async def push_out(method: str) -> None:
        if method == "tweets" and pushing:
            await world.post(*pushing.pop())

    world.stores.reading = push_out
    stream = listen(await world.home(VIEWER, 0))
    await until(lambda: stream.ends)
    assert stream.told[-1] == REBUILT
    assert stream.told[:-1] in ([], [added(1, first)])


async def test_whatever_fails_ends_who_catches_up() -> None:
    """Silence would be a gap."""
    world = await world_of(2)
    await world.post(*tweets_by(2, 200))
    await world.tell()

    async def fail(method: str) -> None:
        if method == "tweets":
            raise ValueError("unheard of")

    world.stores.reading = fail
    stream = listen(await world.home(VIEWER, 0))
    await until(lambda: stream.ends)
    assert (stream.told, [str(end) for end in stream.ends]) == ([], ["unheard of"])
    assert world.presence.here == []
