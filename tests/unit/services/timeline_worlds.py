"""Random states of a viewer's timeline and all that belongs to it."""

from dataclasses import replace

from hypothesis import strategies as st

from domain.access import OPEN, Boundaries
from domain.tweets import Tweet
from stores.timelines import State, Timeline
from tests.unit.services.timelines import FAMOUS, VIEWER, World, list_of, made

AUTHORS = st.integers(1, 4)
PEOPLE = st.integers(1, 5)
"""The authors, and one whom they retweet."""

FOLLOWEES = st.sets(st.integers(2, 4))
SOME_PEOPLE = st.frozensets(st.integers(2, 5), max_size=2)
BOUNDARIES = st.just(OPEN) | st.builds(Boundaries, SOME_PEOPLE, SOME_PEOPLE, SOME_PEOPLE)
STATES = st.sampled_from([State.READY] * 3 + [State.RESTING] * 2 + [State.BUILDING])


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Tweets of any date, pulled ones and retweets among them, and lists in any state, or none. Those that are logged
    may be on their way into the lists still."""
    tweets, logged = made(draw(st.lists(AUTHORS, max_size=30)), draw(st.integers(0, 30)), draw(st.integers(0, 3)))
    tweets = [draw(varied(tweet, tweets[:place])) for place, tweet in enumerate(tweets)]
    some = st.sets(st.sampled_from([each.id for each in tweets])) if tweets else st.just(set[int]())
    world = World(tweets, logged, draw(FOLLOWEES), draw(some))
    world.famous = {each.author_id for each in tweets if each.pulled} | draw(st.sets(AUTHORS, max_size=1))
    world.protected = draw(st.frozensets(PEOPLE))
    world.boundaries = draw(BOUNDARIES)
    world.lags = draw(st.integers(0, 7)) == 7
    on_its_way = draw(some) & {each.id for each in tweets[logged]}
    for author in sorted(world.famous):
        if draw(st.integers(0, 9)):
            pulled = {each.id for each in tweets if each.pulled and each.author_id == author}
            world.indexes[author] = draw(lists(world, pulled, pulled, on_its_way))
    if draw(st.integers(0, 5)):
        authors = world.followees | {VIEWER}
        pushed = {each.id for each in tweets if each.author_id in authors and not (each.pulled and each.author_id > 1)}
        world.timeline = draw(lists(world, pushed, {each.id for each in tweets}, on_its_way))
    return world


@st.composite
def settled_worlds(draw: st.DrawFn) -> World:
    """Everything is ready, and nothing on its way."""
    tweets, logged = made([1, 2, 3, FAMOUS] * 2, draw(st.integers(0, 8)), 0)
    tweets = [replace(each, pulled=each.author_id == FAMOUS) for each in tweets]
    world = World(tweets, logged, draw(FOLLOWEES), famous={FAMOUS})
    world.timeline = list_of(State.READY, world.committed({VIEWER, *world.followees} - {FAMOUS}))
    world.indexes = {FAMOUS: list_of(State.READY, world.committed({FAMOUS}))}
    return world


@st.composite
def varied(draw: st.DrawFn, tweet: Tweet, older: list[Tweet]) -> Tweet:
    """A retweet, perhaps, or pulled, or dated back."""
    match draw(st.sampled_from(["", "", "retweet", "pulled", "dated"])):
        case "retweet":
            return replace(tweet, retweet_of_id=1, retweet_of_author_id=draw(PEOPLE))
        case "pulled":
            return replace(tweet, pulled=True)
        case "dated" if older:
            return replace(tweet, id=draw(st.sampled_from(older)).id & ~4095 | tweet.id & 4095)
    return tweet


@st.composite
def lists(draw: st.DrawFn, world: World, whole: set[int], all_ids: set[int], on_its_way: set[int]) -> Timeline:
    """A list that is complete of `whole` where it says so, but for what is on its way. It may have more, also what is
    deleted, of people who are followed no more, below the floor or above the top, and repeats."""
    state = draw(STATES)
    bounds = st.sampled_from([0, 1, *sorted(all_ids), *sorted(each + 1 for each in all_ids)])
    floor, top = draw(bounds), draw(bounds)
    arrived = [each.id for each in world.tweets if each.id in world.numbers and each.id not in on_its_way]
    more = draw(st.sets(st.sampled_from(arrived))) & all_ids if arrived else set()
    due = {each for each in whole if each >= floor and (state is not State.RESTING or each <= top)}
    entries = sorted((due | more) & set(arrived))
    again = draw(st.lists(st.sampled_from(entries), max_size=3)) if entries else []
    return list_of(state, draw(st.permutations(entries + again)), floor, top)
