"""Pages of the home timeline against an oracle over all tweets there are."""

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.access import Boundaries
from domain.errors import BadUserInput
from domain.page import encode_cursor
from domain.timelines import TimelineEdge, TimelinePage, TimelineSource
from events import Followed, Unfollowed
from services.live import live_cursor
from services.timelines import BUILD_SECONDS, OPENINGS, ROUNDS, TimelineService
from stores.live import LogPosition
from stores.timelines import State, Timeline
from tests.unit.services.logs import BORN_MS, EPOCH
from tests.unit.services.timeline_worlds import worlds
from tests.unit.services.timelines import VIEWER, World, list_of, made

SIZES = st.integers(1, 12)
EMPTY = list_of(State.READY, ())


async def page(service: TimelineService, **arguments: int | str | None) -> TimelinePage:
    none = {"first": None, "after": None, "last": None, "before": None}
    return await service.page(VIEWER, **(none | arguments))  # type: ignore[arg-type]


def shown(edges: list[TimelineEdge]) -> list[tuple[int, TimelineSource]]:
    assert [edge.cursor for edge in edges] == [encode_cursor("timeline", edge.node.id) for edge in edges]
    return [(edge.node.id, edge.source) for edge in edges]


@settings(max_examples=250)
@given(worlds(), SIZES)
async def test_pages_joined_are_all_that_is_to_be_seen(world: World, size: int) -> None:
    """hasNextPage is false at the true end alone, and true where there is more or too much was left out."""
    service = await world.service()
    edges: list[TimelineEdge] = []
    after = None
    for _ in range(100):
        before_page = world.hydrations
        world.enqueued.clear()
        got = await page(service, first=size, after=after)
        assert sorted(world.enqueued) == sorted(world.jobs)
        edges += got.edges
        rest = world.visible[len(edges) :]
        gave_up = world.hydrations - before_page == ROUNDS
        assert len(got.edges) == size or gave_up or not rest
        assert got.page_info.has_previous_page == (after is not None)
        if not got.page_info.has_next_page:
            break
        assert rest or gave_up
        assert got.page_info.end_cursor is not None
        after = got.page_info.end_cursor
    assert shown(edges) == world.visible


@settings(max_examples=250)
@given(worlds(), SIZES)
async def test_pages_from_the_end_joined_are_the_same(world: World, size: int) -> None:
    service = await world.service()
    edges: list[TimelineEdge] = []
    before = None
    for _ in range(100):
        got = await page(service, last=size, before=before)
        edges = [*got.edges, *edges]
        assert got.page_info.has_next_page == (before is not None)
        if not got.page_info.has_previous_page:
            break
        assert got.page_info.start_cursor is not None
        before = got.page_info.start_cursor
    assert shown(edges) == world.visible


@settings(max_examples=250)
@given(worlds(), SIZES, st.integers(0, 40), st.integers(0, 40))
async def test_a_page_between_two_cursors(world: World, size: int, newer: int, older: int) -> None:
    service = await world.service()
    ids = sorted((each.id for each in world.tweets), reverse=True)
    high = ids[newer] if newer < len(ids) else None
    low = ids[older] if older < len(ids) else None
    between = [e for e in world.visible if (high is None or e[0] < high) and (low is None or e[0] > low)]
    after = None if high is None else encode_cursor("timeline", high)
    before = None if low is None else encode_cursor("timeline", low)
    first = await page(service, first=size, after=after, before=before)
    last = await page(service, last=size, after=after, before=before)
    if not first.page_info.has_next_page:
        assert shown([*first.edges]) == between
    assert shown([*first.edges]) == between[: len(first.edges)]
    assert shown([*last.edges]) == between[len(between) - len(last.edges) :]


@settings(max_examples=250)
@given(worlds())
async def test_a_page_of_nothing_tells_whether_there_is_something(world: World) -> None:
    got = await page(await world.service(), first=0)
    assert list(got.edges) == []
    assert got.page_info.has_next_page == (bool(world.visible) or world.hydrations == ROUNDS)


async def test_a_page_that_the_rules_empty_leads_on() -> None:
    """After ten fetches it is given short, with a cursor to go on from."""
    tweets, logged = made([VIEWER] * 50, 50, 0)
    ids = [each.id for each in tweets][::-1]
    world = World(tweets, logged, set(), timeline=list_of(State.READY, ids))
    world.deleted = set(ids[2:40])
    service = await world.service()
    got = await page(service, first=3)
    assert [edge.node.id for edge in got.edges] == ids[:2]
    assert world.hydrations == ROUNDS
    assert got.page_info.has_next_page
    assert got.page_info.end_cursor == encode_cursor("timeline", ids[4 + 2 * (ROUNDS - 1) - 1])
    rest = await page(service, first=100, after=got.page_info.end_cursor)
    assert [edge.node.id for edge in rest.edges] == ids[40:]


OPENING = ["timeline", "followees", "boundaries", "position"]


@pytest.mark.parametrize("first", [1, 50, 100])
async def test_a_page_without_losses_is_read_at_once(first: int) -> None:
    """A page of any size takes the same calls, and those that don't wait for each other are one wave."""
    tweets, logged = made([VIEWER] * 120, 120, 0)
    world = World(tweets, logged, set(), timeline=list_of(State.READY, [each.id for each in tweets]))
    got = await page(await world.service(), first=first)
    assert len(got.edges) == first
    assert world.waves == [OPENING, ["tweets"]]


async def test_indexes_are_a_call_for_all_and_so_are_strangers() -> None:
    tweets, logged = made([2, 3, 4] * 5, 15, 0)
    tweets = [replace(each, pulled=each.author_id != 2, retweet_of_author_id=5 + at) for at, each in enumerate(tweets)]
    world = World(tweets, logged, {2, 3, 4}, famous={3, 4})
    world.timeline = list_of(State.READY, world.committed({2}))
    world.indexes = {author: list_of(State.READY, world.committed({author})) for author in (3, 4)}
    got = await page(await world.service())
    assert shown([*got.edges]) == world.visible
    assert {edge.source for edge in got.edges} == {TimelineSource.PUSHED, TimelineSource.MERGED}
    assert world.waves == [OPENING, ["indexes"], ["tweets"], ["users"]]
    assert set(got.people) == {2, 3, 4, *range(5, 20)}


@pytest.mark.parametrize("boundaries", [{"blocks": 5}, {"blocked_by": 5}, {"mutes": 5}, {"mutes": 2}])
async def test_retweets_of_those_whom_walls_part_are_left_out(boundaries: dict[str, int]) -> None:
    tweets, logged = made([VIEWER, 2, 2], 3, 0)
    tweets[1] = replace(tweets[1], retweet_of_author_id=5)
    world = World(tweets, logged, {2}, timeline=list_of(State.READY, [each.id for each in tweets]))
    world.boundaries = Boundaries(**{wall: frozenset([other]) for wall, other in boundaries.items()})
    got = await page(await world.service())
    mine = [tweets[0].id]
    assert [edge.node.id for edge in got.edges] == (mine if boundaries == {"mutes": 2} else [tweets[2].id, *mine])


@pytest.mark.parametrize("original", [5, 3, VIEWER])
async def test_a_protected_persons_retweet_is_for_their_followers_and_themselves(original: int) -> None:
    tweets, logged = made([2], 1, 0)
    tweets = [replace(tweets[0], retweet_of_author_id=original)]
    world = World(tweets, logged, {2, 3}, protected=frozenset([2, original]))
    got = await page(await world.service())
    assert [edge.node.id for edge in got.edges] == ([] if original == 5 else [tweets[0].id])


async def test_a_page_names_the_place_that_a_stream_goes_on_from() -> None:
    tweets, logged = made([VIEWER] * 3, 1, 1)
    world = World(tweets, logged, set())
    got = await page(await world.service())
    assert got.live_cursor == live_cursor(LogPosition(EPOCH, BORN_MS, 1))
    assert [edge.node.id for edge in got.edges] == [tweets[1].id, tweets[0].id]


@pytest.mark.parametrize(
    ("follows", "sources"),
    [
        ([2], [TimelineSource.PUSHED] * 2),
        ([2, 3], [TimelineSource.PUSHED] * 3),
        ([2, 3, 4], [TimelineSource.STORE] * 4),
    ],
)
async def test_follows_in_the_middle_of_reading_begin_the_page_again(
    follows: list[int], sources: list[TimelineSource]
) -> None:
    """Each time between list and log; the third time the stores serve it, which are never behind."""
    tweets, logged = made([4, 3, 2, VIEWER], 4, 0)
    world = World(tweets, logged, set(), timeline=list_of(State.READY, [tweets[-1].id]))
    service = await world.service()
    position = world.position
    left = list(follows)

    async def follow_first() -> LogPosition:
        if left:
            await follow(world, left.pop(0))
        return await position()

    world.position = follow_first  # type: ignore[method-assign]
    got = await page(service)
    assert [edge.node.id for edge in got.edges] == [each.id for each in tweets[::-1][: len(follows) + 1]]
    assert [edge.source for edge in got.edges] == sources
    assert sum(wave.count("timeline") for wave in world.waves) == min(len(follows) + 1, OPENINGS)


async def follow(world: World, followee: int) -> None:
    assert world.timeline
    world.followees.add(followee)
    world.timeline = replace(world.timeline, ids=[*world.timeline.ids, *world.committed({followee})])
    world.log.append(Followed(((VIEWER, followee),)))
    await world.catch_up()


async def test_other_peoples_follows_begin_no_page_again() -> None:
    world = World([], slice(0, 0), set(), timeline=EMPTY)
    service = await world.service()
    position = world.position

    async def follow_first() -> LogPosition:
        world.log += [Followed(((2, VIEWER),)), Unfollowed(((3, 2),))]
        await world.catch_up()
        return await position()

    world.position = follow_first  # type: ignore[method-assign]
    await page(service)
    assert world.waves == [OPENING]


BUILD = ("timeline", "build", f"build:{VIEWER}", VIEWER)
INDEX = ("timeline", "index", "index:2", 2)


@pytest.mark.parametrize("lags", [False, True])
@pytest.mark.parametrize(
    ("timeline", "index", "sources", "jobs"),
    [
        (None, None, "STORE STORE STORE", [BUILD]),
        (list_of(State.BUILDING, ()), None, "STORE STORE STORE", [BUILD]),
        (EMPTY, None, "STORE STORE STORE", [INDEX]),
        (EMPTY, list_of(State.BUILDING, ()), "STORE STORE STORE", [INDEX]),
        (EMPTY, EMPTY, "LIVE PUSHED MERGED", []),
        (list_of(State.RESTING, ()), EMPTY, "STORE PUSHED MERGED", [BUILD]),
        (list_of(State.RESTING, ()), None, "STORE STORE STORE", [BUILD, INDEX]),
    ],
    ids=["none", "building", "no index", "index building", "ready", "resting", "resting, no index"],
)
async def test_a_page_is_read_from_lists_where_they_are_complete(
    timeline: Timeline | None, index: Timeline | None, sources: str, jobs: list[object], *, lags: bool
) -> None:
    """Else from the stores, and what is missing is asked for. Where the tweet processor is too late, lists are left
    alone, and that is no reason to make them."""
    tweets, logged = made([2, VIEWER, VIEWER], 2, 0)
    tweets[0] = replace(tweets[0], pulled=True)
    world = World(tweets, logged, {2}, famous={2}, lags=lags)
    world.timeline = timeline and replace(timeline, ids=[tweets[1].id], top=tweets[1].id)
    world.indexes = {2: replace(index, ids=[tweets[0].id])} if index else {}
    got = await page(await world.service())
    assert [edge.node.id for edge in got.edges] == [each.id for each in tweets[::-1]]
    assert [edge.source.name for edge in got.edges] == (["STORE"] * 3 if lags else sources.split())
    assert world.enqueued == ([each for each in jobs if each == BUILD] if lags else jobs)


@pytest.mark.parametrize(("age_seconds", "jobs"), [(BUILD_SECONDS + 1, [BUILD, INDEX]), (0, [])])
async def test_buildings_that_have_not_ended_for_long_are_begun_anew(age_seconds: int, jobs: list[object]) -> None:
    building = list_of(State.BUILDING, (), built_at=int((time.time() - age_seconds) * 1000))
    world = World([], slice(0, 0), {2}, famous={2}, timeline=building, indexes={2: building})
    service = await world.service()
    await page(service)
    world.timeline = EMPTY
    await page(service)
    assert world.enqueued == jobs


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"first": 1, "last": 1}, "first, last: give one of them, not both."),
        ({"first": 101}, "first: must lie between 0 and 100, not 101."),
        ({"last": -1}, "last: must lie between 0 and 100, not -1."),
        ({"after": "x"}, "after: not a cursor of `timeline`; give an endCursor or edge cursor of that field."),
        ({"before": "x"}, "before: not a cursor of `timeline`; give an endCursor or edge cursor of that field."),
    ],
)
async def test_arguments_that_clash(arguments: dict[str, int | str], message: str) -> None:
    world = World([], slice(0, 0), set())
    with pytest.raises(BadUserInput) as refused:
        await page(await world.service(), **arguments)
    assert str(refused.value) == message
    assert (world.waves, world.enqueued) == ([], [])
