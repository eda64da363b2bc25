"""Streams of what is posted: by an author, and in a conversation."""

from services.live.tweets import PostedTweets
from tests.unit.services.live_worlds import Listening, LiveWorld, listen, tweets_by
from tests.unit.services.people import person
from tests.unit.services.tweets import reply, retweet, tweet

VIEWER, AUTHOR, OTHER = 1, 2, 3
ROOT = tweet(100, AUTHOR)


async def world_of() -> LiveWorld:
    world = LiveWorld()
    await world.begin()
    world.hub.start()
    return world


async def hear(world: LiveWorld, audience: PostedTweets, key: int, viewer_id: int | None = None) -> Listening:
    return listen(audience.stream(await world.viewers.enter(viewer_id), key))


async def test_all_that_an_author_posts_and_nothing_else() -> None:
    world = await world_of()
    stream, other = await hear(world, world.authors, AUTHOR), await hear(world, world.authors, OTHER)
    theirs = [ROOT, retweet(101, AUTHOR, tweet(90, OTHER)), reply(102, AUTHOR, ROOT)]
    others = [retweet(103, OTHER, ROOT), reply(104, OTHER, ROOT)]
    await world.post(*theirs, *others, *tweets_by(9, 900))
    await world.tell()
    assert (stream.told, other.told) == (theirs, others)
    assert world.stores.asked[0] == ("tweets", [100, 101, 102, 103, 104])


async def test_replies_anywhere_in_a_conversation_and_nothing_else() -> None:
    world = await world_of()
    stream = await hear(world, world.conversations, ROOT.id)
    first = reply(101, OTHER, ROOT)
    second = reply(102, AUTHOR, first)
    elsewhere = reply(201, OTHER, tweet(200, AUTHOR))
    await world.post(ROOT, first, second, elsewhere, retweet(103, OTHER, ROOT), tweet(104, OTHER))
    await world.tell()
    assert stream.told == [first, second]


async def test_what_may_not_be_seen_is_not_told() -> None:
    """By whom a viewer follows, blocks and is blocked by; a mute hides nothing here."""
    world = await world_of()
    world.stores.people[AUTHOR] = person(AUTHOR, is_protected=True)
    world.stores.follows = {(VIEWER, AUTHOR), (4, AUTHOR)}
    world.stores.blocks = {(4, OTHER), (OTHER, 5)}
    world.stores.mutes = {(VIEWER, AUTHOR)}
    viewers = (VIEWER, AUTHOR, 4, 5, None)
    of_author = [await hear(world, world.authors, AUTHOR, viewer) for viewer in viewers]
    of_other = [await hear(world, world.authors, OTHER, viewer) for viewer in viewers]
    own, passed_on, free = ROOT, retweet(101, AUTHOR, tweet(90, OTHER)), tweet(102, OTHER)
    await world.post(own, passed_on, free)
    await world.tell()
    assert [each.told for each in of_author] == [[own, passed_on], [own, passed_on], [own], [], []]
    assert [each.told for each in of_other] == [[free], [free], [], [], [free]]
    assert [each.ends for each in (*of_author, *of_other)] == [[]] * 10


async def test_a_conversation_is_told_without_the_replies_that_may_not_be_seen() -> None:
    world = await world_of()
    world.stores.people[OTHER] = person(OTHER, is_protected=True)
    world.stores.blocks = {(VIEWER, 4)}
    streams = [await hear(world, world.conversations, ROOT.id, viewer) for viewer in (VIEWER, OTHER, None)]
    replies = [reply(100 + author, author, ROOT) for author in (OTHER, 4, 5)]
    await world.post(*replies)
    await world.tell()
    assert [each.told for each in streams] == [replies[2:], replies, replies[1:]]


async def test_one_that_is_closed_is_told_nothing() -> None:
    """Before somebody listens, and afterwards; the others go on."""
    world = await world_of()
    unheard = world.authors.stream(await world.viewers.enter(VIEWER), AUTHOR)
    closed = world.authors.stream(await world.viewers.enter(VIEWER), AUTHOR)
    listening, other = listen(closed), await hear(world, world.authors, AUTHOR, VIEWER)
    unheard.close()
    closed.close()
    closed.close()
    await world.post(ROOT)
    await world.tell()
    assert (listening.told, listening.ends, other.told) == ([], [], [ROOT])
    assert world.presence.here == [VIEWER]
