"""Whatever happens in whatever order, all that is read agrees with a plain model of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.activity import Activity, LastSeen
from domain.graph import Follow, User
from domain.page import Link, Window
from stores.events import EventLog
from stores.graph import GraphStore
from tests.contract.backends import FAME
from tests.contract.graph_makers import ALL, add_people, follow_all
from tests.contract.graph_model import GraphModel, Pair
from tests.contract.makers import event, examples, new_id

PEOPLE = FAME.followers + 2
START = datetime(2026, 5, 1, tzinfo=UTC)
EPOCH = datetime(1, 1, 2, tzinfo=UTC)

Act = Callable[[GraphStore, GraphModel, Pair, int], Awaitable[None]]


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)


async def crowd(graph: GraphStore, model: GraphModel, pair: Pair, number: int) -> None:
    """A batch: many follow one, in which pairs repeat and cross each other."""
    rest = [one for one in model.people if one != pair[1]]
    batch = [Follow(new_id(), one, pair[1]) for one in rest[number % len(rest) :]]
    batch += [Follow(new_id(), *pair), Follow(new_id(), pair[1], pair[0])]
    told = event()
    followed, requested = await follow_all(graph, batch, told)
    others = [each for each in batch if each not in followed and each not in requested]
    for each in (*followed, *requested, *others):
        became = model.follow(each.id, (each.follower_id, each.followee_id))
        assert (each in followed, each in requested) == (became is True, became is False)
    _log(model, told.id, happened=bool(followed))


async def follow(graph: GraphStore, model: GraphModel, pair: Pair, _number: int) -> None:
    edge, told = Follow(new_id(), *pair), event()
    became = model.follow(edge.id, pair)
    expected = ([edge] if became else [], [edge] if became is False else [])
    assert await follow_all(graph, [edge], told) == expected
    _log(model, told.id, happened=bool(became))


async def unfollow(graph: GraphStore, model: GraphModel, pair: Pair, _number: int) -> None:
    told = event()
    _log(model, told.id, happened=model.part(pair))
    assert await graph.unfollow(*pair, told) is (told.id in model.logged)


async def accept(graph: GraphStore, model: GraphModel, pair: Pair, _number: int) -> None:
    told, edge = event(), Follow(new_id(), *pair)
    if asked := pair in model.requests:
        model.follow(edge.id, pair, accepted=True)
    _log(model, told.id, happened=asked)
    assert await graph.accept(edge, told) is asked


async def reject(graph: GraphStore, model: GraphModel, pair: Pair, _number: int) -> None:
    assert await graph.reject(*pair) is (model.requests.pop(pair, None) is not None)


async def block(graph: GraphStore, model: GraphModel, pair: Pair, _number: int) -> None:
    told, row_id = event(), new_id()
    _log(model, told.id, happened=model.block(row_id, pair))
    assert await graph.block(*pair, row_id, told) is (told.id in model.logged)


async def unblock(graph: GraphStore, model: GraphModel, pair: Pair, _number: int) -> None:
    told = event()
    _log(model, told.id, happened=model.blocks.pop(pair, None) is not None)
    assert await graph.unblock(*pair, told) is (told.id in model.logged)


async def mute(graph: GraphStore, model: GraphModel, pair: Pair, _number: int) -> None:
    told, row_id = event(), new_id()
    _log(model, told.id, happened=pair not in model.mutes)
    model.mutes.setdefault(pair, row_id)
    assert await graph.mute(*pair, row_id, told) is (told.id in model.logged)


async def unmute(graph: GraphStore, model: GraphModel, pair: Pair, _number: int) -> None:
    told = event()
    _log(model, told.id, happened=model.mutes.pop(pair, None) is not None)
    assert await graph.unmute(*pair, told) is (told.id in model.logged)


async def protect(graph: GraphStore, model: GraphModel, pair: Pair, number: int) -> None:
    told, is_protected = event(), number % 3 > 0
    (model.protected.add if is_protected else model.protected.discard)(pair[0])
    _log(model, told.id, happened=True)
    await graph.update_profile(pair[0], told, display_name=None, bio=None, is_protected=is_protected)


async def seen(graph: GraphStore, model: GraphModel, pair: Pair, number: int) -> None:
    asleep = {one for one in pair if model.activity[one] is not Activity.ACTIVE}
    for one in pair:
        model.seen_at[one] = max(model.seen_at.get(one, EPOCH), hour(number))
    assert set(await graph.seen(pair, hour(number))) == asleep


async def reclass(graph: GraphStore, model: GraphModel, pair: Pair, number: int) -> None:
    told, activity = event(), [Activity.ACTIVE, Activity.ACTIVE, Activity.PASSIVE, Activity.INACTIVE][number % 4]
    moved = {one for one in model.people[number % 3 :] if model.activity[one] is not activity}
    model.activity |= dict.fromkeys(moved, activity)
    _log(model, told.id, happened=bool(moved))
    assert set(await graph.reclass(model.people[number % 3 :], activity, told)) == moved


async def reclass_range(graph: GraphStore, model: GraphModel, pair: Pair, number: int) -> None:
    told, since, before = event(), hour(number - 4), hour(number + 1)
    moved = model.reclass(model.people, Activity.PASSIVE, since, before)
    _log(model, told.id, happened=bool(moved))
    found = await graph.reclass(model.people, Activity.PASSIVE, told, since=since, before=before)
    assert set(found) == moved


def _log(model: GraphModel, event_id: int, *, happened: bool) -> None:
    model.logged += [event_id] if happened else []


async def assert_agrees(graph: GraphStore, model: GraphModel) -> None:
    people = model.people
    pairs = [(one, other) for one in people for other in people]
    assert await graph.users(people) == {user_id: expected_user(model, user_id) for user_id in people}
    assert await graph.activities(people) == model.activity
    assert await graph.following_among(pairs) == model.edges.keys()
    assert await graph.requests_among(pairs) == model.requests.keys()
    for user_id in people:
        assert await graph.followees(user_id) == model.followees(user_id)
        assert await graph.boundaries(user_id) == model.boundaries(user_id)
        assert await fed_by(graph, user_id) == model.feeding(user_id)
    await assert_lists_agree(graph, model)
    await assert_classes_agree(graph, model)


def expected_user(model: GraphModel, user_id: int) -> User:
    return User(
        user_id,
        f"u{user_id}",
        f"User {user_id}",
        "",
        len(model.followers(user_id)),
        len(model.followees(user_id).ids),
        model.seen_at.get(user_id),
        model.activity[user_id],
        is_famous=model.fame.get(user_id, False),
        is_protected=user_id in model.protected,
    )


async def fed_by(graph: GraphStore, user_id: int) -> list[int]:
    """Page by page."""
    found: list[int] = []
    while page := await graph.feeding(user_id, found[-1] if found else 0, 2):
        found += page
    return found


List = Callable[[Sequence[int], Window], Awaitable[Mapping[int, Sequence[Link]]]]


async def assert_lists_agree(graph: GraphStore, model: GraphModel) -> None:
    lists: list[tuple[List, Mapping[Pair, int], int]] = [
        (graph.followers, model.edges, 1),
        (graph.following, model.edges, 0),
        (graph.follow_requests, model.requests, 1),
        (graph.blocked, model.blocks, 0),
        (graph.muted, model.mutes, 0),
    ]
    for page, rows, side in lists:
        expected: dict[int, list[Link]] = {user_id: [] for user_id in model.people}
        for pair, key in sorted(rows.items(), key=lambda row: -row[1]):
            expected[pair[side]].append(Link(key, pair[1 - side]))
        assert await page(model.people, ALL) == expected


async def assert_classes_agree(graph: GraphStore, model: GraphModel) -> None:
    for activity in (Activity.ACTIVE, Activity.PASSIVE, Activity.INACTIVE):
        for since, before in ((None, None), (hour(3), None), (None, hour(8)), (hour(3), hour(8))):
            found = await graph.classed(activity, 10_000, since=since, before=before)
            rows = sorted(
                (model.seen_at.get(one, EPOCH), one) for one in model.people if model.activity[one] is activity
            )
            low, high = since or EPOCH, before or hour(99)
            assert [row for row in found if row.user_id in model.activity] == [
                LastSeen(model.seen_at.get(one), one) for at, one in rows if low <= at < high
            ]


async def logged_after(events: EventLog, first: int) -> list[int]:
    """Ids of the events from one on: examples share a log."""
    found, position = [], None
    while entries := await events.read(position, 1000):
        found += [entry.event.id for entry in entries if entry.event.id >= first]
        position = entries[-1].position
    return found


ACTS: tuple[Act, ...] = (
    *(crowd, crowd, follow, follow, unfollow, unfollow, accept, accept, reject, block, unblock, mute, unmute),
    *(protect, seen, reclass, reclass_range),
)
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTS), st.permutations(range(PEOPLE)), st.integers(0, 9)), min_size=10, max_size=40
)


@settings(examples, max_examples=50)
@given(steps=STEPS)
async def test_a_history_agrees_with_a_plain_model(
    graph: GraphStore, events: EventLog, steps: list[tuple[Act, list[int], int]]
) -> None:
    model = GraphModel(await add_people(graph, PEOPLE))
    first = new_id()
    for act, order, number in steps:
        await act(graph, model, (model.people[order[0]], model.people[order[1]]), number)
    await assert_agrees(graph, model)
    assert await logged_after(events, first) == model.logged
