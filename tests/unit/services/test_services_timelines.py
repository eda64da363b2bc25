"""Pages of the home timeline against an oracle over all tweets there are."""

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import BadUserInput
from domain.page import encode_cursor
from domain.timelines import TimelineEdge, TimelinePage, TimelineSource
from services.live import live_cursor
from services.timelines import BUILD_SECONDS, OPENINGS, ROUNDS, TimelineService
from stores.live import LogPosition
from stores.timelines import Timeline
from tests.unit.services.logs import BORN_MS, EPOCH
from tests.unit.services.timelines import VIEWER, World, building, made, worlds

SIZES = st.integers(1, 12)
EMPTY = Timeline(True, b"epoch...", 0, 0, ())


async def page(service: TimelineService, **arguments: int | str | None) -> TimelinePage:
    none = {"first": None, "after": None, "last": None, "before": None}
    return await service.page(VIEWER, **(none | arguments))  # type: ignore[arg-type]


def shown(edges: list[TimelineEdge]) -> list[tuple[int, TimelineSource]]:
    assert [edge.cursor for edge in edges] == [encode_cursor("timeline", edge.node.id) for edge in edges]
    return [(edge.node.id, edge.source) for edge in edges]


@settings(max_examples=500)
@given(worlds(), SIZES)
async def test_pages_joined_are_all_that_is_to_be_seen(world: World, size: int) -> None:
    """hasNextPage is false at the true end alone, and true where there is more or too much was left out."""
    service = await world.service()
    edges: list[TimelineEdge] = []
    after = None
    for _ in range(100):
        before_page = world.hydrations
        got = await page(service, first=size, after=after)
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


@settings(max_examples=500)
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


@settings(max_examples=500)
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


@settings(max_examples=500)
@given(worlds())
async def test_a_page_of_nothing_tells_whether_there_is_something(world: World) -> None:
    got = await page(await world.service(), first=0)
    assert list(got.edges) == []
    assert got.page_info.has_next_page == bool(world.visible) or world.hydrations == ROUNDS


async def test_a_page_that_the_rules_empty_leads_on() -> None:
    """After ten fetches it is given short, with a cursor to go on from."""
    tweets, logged = made([VIEWER] * 50, 50, 0)
    ids = [each.id for each in tweets][::-1]
    world = World(tweets, logged, set(), timeline=Timeline(True, b"epoch...", 0, 0, ids))
    world.deleted = set(ids[2:40])
    service = await world.service()
    got = await page(service, first=3)
    assert [edge.node.id for edge in got.edges] == ids[:2]
    assert world.hydrations == ROUNDS
    assert got.page_info.has_next_page
    assert got.page_info.end_cursor == encode_cursor("timeline", ids[4 + 2 * (ROUNDS - 1) - 1])
    rest = await page(service, first=100, after=got.page_info.end_cursor)
    assert [edge.node.id for edge in rest.edges] == ids[40:]


@pytest.mark.parametrize("first", [1, 50, 100])
async def test_a_page_without_losses_is_read_at_once(first: int) -> None:
    tweets, logged = made([VIEWER] * 120, 120, 0)
    world = World(tweets, logged, set(), timeline=Timeline(True, b"epoch...", 0, 0, [each.id for each in tweets]))
    got = await page(await world.service(), first=first)
    assert (len(got.edges), world.hydrations, world.reads) == (first, 1, 1)


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
    world = World(tweets, logged, set(), timeline=replace(EMPTY, ids=[tweets[-1].id]))
    service = await world.service()
    position = world.position
    left = list(follows)

    async def follow_first() -> LogPosition:
        if left:
            for step in world.change(left.pop(0)):
                await step()
        return await position()

    world.position = follow_first  # type: ignore[method-assign]
    got = await page(service)
    assert [edge.node.id for edge in got.edges] == [each.id for each in tweets[::-1][: len(follows) + 1]]
    assert [edge.source for edge in got.edges] == sources
    assert world.reads == min(len(follows) + 1, OPENINGS)


@settings(max_examples=500)
@given(worlds(), st.lists(st.integers(2, 4), max_size=12), st.lists(st.integers(0, 2), min_size=30, max_size=30))
async def test_a_page_knows_of_every_change_that_its_stream_does_not_tell(
    world: World, followees: list[int], steps: list[int]
) -> None:
    """Follows and unfollows go on between any two calls, each committed, merged and told of in that order."""
    if world.timeline:
        authors = {each.id: each.author_id for each in world.tweets}
        listed = [each for each in world.timeline.ids if authors[each] in world.followees | {VIEWER}]
        world.timeline = replace(world.timeline, ids=listed)
    service = await world.service()
    changes = [step for followee in followees for step in world.change(followee)]
    pace = iter(steps)

    async def go_on() -> None:
        for _ in range(next(pace, 0)):
            if changes:
                await changes.pop(0)()

    world.between = go_on
    got = await page(service, first=100)
    world.between = None
    while changes:
        await changes.pop(0)()
    if got.live_cursor == live_cursor(await world.position()):
        assert [edge.node.id for edge in got.edges] == [tweet_id for tweet_id, _ in world.visible]


@pytest.mark.parametrize(("timeline", "jobs"), [(None, 1), (EMPTY, 0)])
async def test_a_timeline_that_is_missing_is_built(timeline: Timeline | None, jobs: int) -> None:
    world = World([], slice(0, 0), set(), timeline=timeline)
    await page(await world.service())
    assert world.enqueued == [("timeline", "build", f"build:{VIEWER}", VIEWER)] * jobs


@pytest.mark.parametrize(("age_seconds", "jobs"), [(BUILD_SECONDS + 1, 1), (0, 0)])
async def test_a_building_that_has_not_ended_for_long_is_begun_anew(age_seconds: int, jobs: int) -> None:
    world = World([], slice(0, 0), set(), timeline=building(int((time.time() - age_seconds) * 1000)))
    await page(await world.service())
    assert world.enqueued == [("timeline", "build", f"build:{VIEWER}", VIEWER)] * jobs


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
    assert world.reads == 0
