"""The tweet processor: which tweets are written where, and by which jobs."""

import pytest

from events import Event, TweetsDeleted
from services.fan_out import BACKDATED_MS
from stores.timelines import State
from tests.unit.services.deliveries import (
    AUTHOR,
    EVENT,
    PAGE,
    SIZE,
    TWEET,
    Deliveries,
    finish,
    packed,
    received,
    tweet_id,
)
from tests.unit.services.timelines import list_of

OLD = tweet_id(2, BACKDATED_MS + 1)


async def test_a_tweet_goes_to_its_author_and_active_followers_by_pages() -> None:
    """A page is a job, in one step with the progress; the last one is written at once, and then all is forgotten."""
    world = Deliveries()
    world.followed_by(AUTHOR, range(1, 13))
    world.followed_by(AUTHOR, range(13, 30), active=False)
    await world.service().posted(EVENT, world.post((TWEET, AUTHOR)), redelivered=False)
    name = f"{EVENT}:{TWEET}"
    assert world.jobs == {
        f"deliver:{name}:4": ("deliver", packed(AUTHOR, 1, 2, 3, 4), packed(TWEET), EVENT),
        f"deliver:{name}:9": ("deliver", packed(5, 6, 7, 8, 9), packed(TWEET), EVENT),
    }
    assert world.taken() == [
        ("saved", {name: 4}),
        ("saved", {name: 9}),
        ("timelines", [10, 11, 12], [TWEET], False),
    ]
    assert world.saved == {}
    await finish(world, world.service())
    assert world.taken() == [
        ("timelines", [AUTHOR, 1, 2, 3, 4], [TWEET], False),
        ("timelines", [5, 6, 7, 8, 9], [TWEET], False),
    ]


async def test_the_first_pages_are_written_without_a_job() -> None:
    """So that who has few followers costs none, and later posts gather behind it."""
    world = Deliveries()
    world.followed_by(AUTHOR, range(1, 18))
    await world.service(own_pages=2).posted(EVENT, world.post((TWEET, AUTHOR)), redelivered=False)
    name = f"{EVENT}:{TWEET}"
    assert world.taken() == [
        ("timelines", [AUTHOR, 1, 2, 3, 4], [TWEET], False),
        ("timelines", [5, 6, 7, 8, 9], [TWEET], False),
        ("saved", {name: 14}),
        ("timelines", [15, 16, 17], [TWEET], False),
    ]
    assert world.jobs == {f"deliver:{name}:14": ("deliver", packed(10, 11, 12, 13, 14), packed(TWEET), EVENT)}
    assert world.saved == {}


@pytest.mark.parametrize("followers", range(3 * PAGE + 2))
@pytest.mark.parametrize("age_ms", [0, BACKDATED_MS + 1])
@pytest.mark.parametrize("own_pages", [0, 1, 3])
async def test_each_reader_gets_it_once_however_many_there_are(followers: int, age_ms: int, own_pages: int) -> None:
    world = Deliveries()
    world.followed_by(AUTHOR, range(1, followers + 1))
    service = world.service(own_pages=own_pages)
    tweet = tweet_id(1, age_ms)
    await service.posted(EVENT, world.post((tweet, AUTHOR)), redelivered=False)
    assert len(world.jobs) == max(0, (followers + 1) // PAGE - own_pages)
    await finish(world, service)
    assert received(world.done) == {reader: [tweet] for reader in [AUTHOR, *range(1, followers + 1)]}
    assert world.saved == {}


async def test_what_is_written_into_the_past_goes_to_all_followers() -> None:
    """By the ids of their follows, since resting timelines aren't completed from the store there."""
    world = Deliveries()
    world.followed_by(AUTHOR, [1, 2])
    world.followed_by(AUTHOR, range(3, 8), active=False)
    await world.service().posted(EVENT, world.post((OLD, AUTHOR), (TWEET, AUTHOR)), redelivered=False)
    name = f"{EVENT}:{OLD}"
    assert world.jobs == {f"deliver:{name}:49996": ("deliver", packed(AUTHOR, 7, 6, 5, 4), packed(OLD, TWEET), EVENT)}
    assert world.taken() == [("saved", {name: 49996}), ("timelines", [3, 2, 1], [OLD, TWEET], False)]


@pytest.mark.parametrize("age_ms", [0, BACKDATED_MS])
@pytest.mark.parametrize("first", [True, False])
async def test_one_from_long_ago_among_others_is_enough(age_ms: int, *, first: bool) -> None:
    """In whichever order an import has them."""
    world = Deliveries()
    world.followed_by(AUTHOR, [1], active=False)
    ids = [OLD, tweet_id(1, age_ms)] if first else [tweet_id(1, age_ms), OLD]
    await world.service().posted(EVENT, world.post(*((each, AUTHOR) for each in ids)), redelivered=False)
    assert world.taken() == [("timelines", [AUTHOR, 1], ids, False)]
    await world.service().posted(EVENT, world.post((ids[1 - ids.index(OLD)], AUTHOR)), redelivered=False)
    assert world.taken() == [("timelines", [AUTHOR], [tweet_id(1, age_ms)], False)]


@pytest.mark.parametrize("redelivered", [False, True])
@pytest.mark.parametrize("index", [True, False])
async def test_a_pulled_tweet_goes_to_its_index_and_its_author_alone(*, redelivered: bool, index: bool) -> None:
    """Where there is no index it is built, which finds the tweet in the store."""
    world = Deliveries()
    world.followed_by(AUTHOR, [1, 2])
    if index:
        world.pulled.of[AUTHOR] = list_of(State.READY, ())
    posted = world.post((TWEET, AUTHOR), (OLD, AUTHOR), pulled=[TWEET, OLD])
    await world.service().posted(EVENT, posted, redelivered=redelivered)
    assert world.taken() == [
        ("pulled", [AUTHOR], [TWEET, OLD], redelivered),
        *([] if index else [("index", AUTHOR)]),
        ("timelines", [AUTHOR], [TWEET, OLD], redelivered),
    ]
    assert world.jobs == {}


async def test_what_was_deleted_meanwhile_is_left_out() -> None:
    world = Deliveries()
    world.followed_by(AUTHOR, [1])
    other = tweet_id(3)
    posted = world.post((TWEET, AUTHOR), (other, AUTHOR), (tweet_id(4), AUTHOR), pulled=[tweet_id(4)])
    del world.posted[TWEET], world.posted[tweet_id(4)]
    await world.service().posted(EVENT, posted, redelivered=False)
    assert world.taken() == [("timelines", [AUTHOR, 1], [other], False)]
    del world.posted[other]
    await world.service().posted(EVENT, posted, redelivered=False)
    assert world.taken() == []


async def test_an_event_of_many_is_written_in_its_order() -> None:
    """Those of an author in a row together: lists keep what arrived last."""
    world = Deliveries()
    for author in (100, 101):
        world.followed_by(author, [1])
    ids = [tweet_id(at) for at in range(4)]
    posted = world.post((ids[0], 100), (ids[1], 100), (ids[2], 101), (ids[3], 100))
    await world.service().posted(EVENT, posted, redelivered=False)
    assert world.taken() == [
        ("timelines", [100, 1], ids[:2], False),
        ("timelines", [101, 1], ids[2:3], False),
        ("timelines", [100, 1], ids[3:], False),
    ]


async def test_a_page_is_written_as_it_was_made() -> None:
    world = Deliveries()
    await world.service().deliver(packed(1, 2**63 - 1), packed(TWEET, OLD), EVENT, redelivered=True)
    assert world.taken() == [("timelines", [1, 2**63 - 1], [TWEET, OLD], True)]


async def test_retweets_of_what_is_deleted_are_deleted_each_by_an_event() -> None:
    world = Deliveries()
    world.post((11, 1), (12, 2))
    world.retweets = {10: [(11, 1), (12, 2), (13, 3)], 20: []}
    await world.service().deleted([(10, AUTHOR), (20, AUTHOR)])
    events = [Event(9001 + at, TweetsDeleted(((11 + at, 1 + at),))) for at in range(3)]
    assert world.taken() == [
        *(("delete", 11, events[0]), ("dispatched", events[0])),
        *(("delete", 12, events[1]), ("dispatched", events[1])),
        ("delete", 13, events[2]),
    ]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(("floor", "merged", "reach"), [(0, 10, 6), (1, 10, 6), (10, 6, 10), (15, 1, 15), (16, 0, 16)])
async def test_a_follow_merges_what_is_above_the_floor(state: State, floor: int, merged: int, reach: int) -> None:
    """As much as a timeline holds, down to where that is complete; into whatever timeline there is."""
    world = Deliveries()
    world.post(*((number, 2 + number % 2) for number in range(1, 16)), (99, 9))
    world.timelines.of[1] = list_of(state, (), floor)
    await world.service().followed([(1, 2), (5, 2), (1, 3)])
    assert SIZE == 10
    assert world.taken() == [("merge", 1, [*range(15, 15 - merged, -1)], reach)]


async def test_a_timeline_of_another_version_is_dropped() -> None:
    """It lacks what is followed now, should its version come back."""
    world = Deliveries()
    world.timelines.of[1] = list_of(State.READY, ())
    service = world.service()

    async def read(_: int) -> None:
        return None

    world.timelines.read = read  # type: ignore[method-assign,assignment]
    await service.followed([(1, 2)])
    assert world.taken() == [("drop", [1])]
