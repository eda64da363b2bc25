"""What the graph's statements read in Postgres: indexes alone, and of those what they return."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from domain.activity import Activity, LastSeen
from domain.graph import Follow
from domain.page import Window
from stores.graph.postgres import PostgresGraph
from tests.contract import index_reads
from tests.contract.backends import FAME
from tests.contract.makers import event, new_id
from tests.contract.postgres_fixtures import execute

NOW = datetime(2026, 5, 1, tzinfo=UTC)

# One in 4,000 of the followers of 1 is fed.
FILL = """
    INSERT INTO users (id, handle, handle_lower, display_name) SELECT n, n, n, n FROM generate_series(1, 20000) AS n;
    INSERT INTO follow_counts (user_id, followers, following, famous)
        SELECT n, 1, 1, CASE WHEN n % 1000 = 0 THEN true END FROM generate_series(1, 20000) AS n;
    INSERT INTO activity (user_id, class, last_seen_at)
        SELECT n, (ARRAY['ACTIVE', 'PASSIVE', 'INACTIVE'])[n % 3 + 1], timestamptz '2026-05-01Z' - n * interval '1 min'
        FROM generate_series(1, 20000) AS n;
    INSERT INTO follows (follower_id, followee_id, id, feeds)
        SELECT n, 1, n, n % 4000 = 0 FROM generate_series(1001, 20000) AS n
        UNION ALL SELECT n % 997 + 1, n / 997 + 1000, n, n % 997 % 3 = 2 FROM generate_series(1, 20000) AS n;
    INSERT INTO follow_requests (requester_id, requested_id, id)
        SELECT n % 997 + 1, n / 997 + 2000, n FROM generate_series(1, 20000) AS n;
    INSERT INTO blocks (blocker_id, blocked_id, id)
        SELECT n % 997 + 1, n / 997 + 3000, n FROM generate_series(1, 20000) AS n;
    INSERT INTO mutes (muter_id, muted_id, id)
        SELECT n % 997 + 1, n / 997 + 4000, n FROM generate_series(1, 20000) AS n;
"""
Call = Callable[[PostgresGraph], Awaitable[object]]


@pytest.fixture(scope="module")
def filled_url(postgres_server: str) -> str:
    """A database that all tests share: what they write is of other people than what is counted."""

    return asyncio.run(index_reads.filled(postgres_server, "graph_plans", FILL))


@pytest.fixture(params=["force_generic_plan", "force_custom_plan"])
async def filled(filled_url: str, request: pytest.FixtureRequest) -> str:
    """Where statements are planned in one of the two ways that there are."""
    await execute(filled_url, f"ALTER DATABASE graph_plans SET plan_cache_mode = {request.param}")
    return filled_url


async def reads(url: str, call: Call) -> dict[str, tuple[int, int]]:
    """Rows that a call got from each index, and pages that it looked at for them; it scans no table."""
    return await index_reads.reads(url, lambda database: call(PostgresGraph(database, FAME)))


async def read_everything(graph: PostgresGraph) -> None:
    ids = list(range(900, 950))
    lists = (graph.followers, graph.following, graph.follow_requests, graph.blocked, graph.muted)
    for window in (Window(20), Window(20, low=5_000, ascending=True), Window(20, high=15_000)):
        for page in lists:
            await page(ids, window)
    await graph.users(ids)
    await graph.activities(ids)
    await graph.ids_by_handle(["950", "951"])
    await graph.following_among([(one, one + 1) for one in ids])
    await graph.requests_among([(one, one + 1) for one in ids])
    await graph.followees(5)
    await graph.boundaries(5)
    await graph.feeding(1005, 5, 20)
    await graph.classed(Activity.PASSIVE, 20, since=NOW - timedelta(days=2), before=NOW - timedelta(days=1))


async def write_everything(graph: PostgresGraph) -> None:
    people = list(range(100, 110))
    await graph.merge_users([(new_id(), "new", "New")], event())
    for one in people:
        await graph.update_profile(one, event(), display_name="New", bio=None, is_protected=one % 2 == 0)
        await graph.follow([Follow(new_id(), other, one) for other in people if other != one], event())
        await graph.unfollow(one, 1005, event())
        await graph.accept(Follow(new_id(), one, 2005), event())
        await graph.reject(one, 2006)
        await graph.block(one, 1006, new_id(), event())
        await graph.unblock(one, 3006, event())
        await graph.mute(one, 1006, new_id(), event())
        await graph.unmute(one, 4006, event())
    await graph.seen(people, NOW)
    await graph.reclass(people, Activity.ACTIVE, event(), since=NOW - timedelta(days=99))


async def test_no_table_is_read_from_end_to_end(filled: str) -> None:
    assert await reads(filled, read_everything) != {}
    assert await reads(filled, write_everything) != {}


async def test_followers_who_are_not_fed_cost_nothing(filled: str) -> None:
    fans = [4_000, 8_000, 12_000, 16_000, 20_000]

    async def page_by_page(graph: PostgresGraph) -> None:
        assert await graph.feeding(1, 0, 2) == fans[:2]
        assert await graph.feeding(1, fans[1], 9) == fans[2:]

    read = await reads(filled, page_by_page)
    rows, pages = read.pop("follows_feeding")
    assert (rows, pages <= 8) == (len(fans), True)
    assert sum(rows for rows, _ in read.values()) <= 2  # planning looks at the ends of an index


async def test_a_class_is_read_by_its_range_alone(filled: str) -> None:
    until = NOW - timedelta(minutes=10_000)

    async def classed(graph: PostgresGraph) -> None:
        first = LastSeen(until - timedelta(minutes=3), 10_003)
        assert await graph.classed(Activity.INACTIVE, 2, before=until, since=until - timedelta(minutes=6)) == [
            LastSeen(until - timedelta(minutes=4), 10_004),
            LastSeen(until - timedelta(minutes=1), 10_001),
        ]
        assert (await graph.classed(Activity.PASSIVE, 2, after=first))[0].at == until

    read = await reads(filled, classed)
    assert {name: (rows, pages <= 12) for name, (rows, pages) in read.items()} == {"activity_by_class": (4, True)}


async def test_a_class_change_reads_the_people_and_their_edges_alone(filled: str) -> None:
    people = [900, 903, 906]

    async def reclass(graph: PostgresGraph) -> None:
        for activity in (Activity.PASSIVE, Activity.ACTIVE):
            assert await graph.reclass(people, activity, event(), before=NOW) == people

    read = await reads(filled, reclass)
    assert read.keys() <= {"activity_pkey", "follows_pkey", "follows_by_follower"}
    assert sum(rows for rows, _ in read.values()) < 1_000  # of 40,000: twice 63 edges, and versions of them
