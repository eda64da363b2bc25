"""What the graph's statements read in Neo4j: indexes alone, and of those what they return."""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from neo4j import AsyncDriver

from domain.activity import Activity, LastSeen
from domain.graph import Follow
from domain.page import Window
from stores.events.neo4j import Neo4jEvents
from stores.graph.neo4j import Neo4jGraph
from stores.neo4j import Neo4jDatabase
from tests.contract.backends import FAME
from tests.contract.graph_makers import add_people
from tests.contract.makers import event, new_id

pytestmark = pytest.mark.neo4j

NOW = datetime(2026, 5, 1, tzinfo=UTC)
READS_ALL = ("Scan", "AllNodes", "Sort", "Expand")


class Profiling(Neo4jDatabase):
    """Keeps what the operators of each statement did."""

    def __init__(self, driver: AsyncDriver, name: str, connections: int) -> None:
        super().__init__(driver, name, connections)
        self.operators: list[Mapping[str, Any]] = []

    async def _run(self, statement: str, given: Mapping[str, object]) -> Any:
        async with self._driver.session(database=self._name) as session:
            result = await session.run(f"PROFILE {statement}", {"given": given})
            record = await result.single(strict=True)
            self.operators += operators((await result.consume()).profile or {})
            return record[0]

    def named(self, *names: str) -> list[str]:
        """Operators of these kinds, so far."""
        kinds = [each["operatorType"] for each in self.operators]
        return [kind for kind in kinds if any(name in kind for name in names)]

    def rows_of_indexes(self) -> int:
        """Rows that came from indexes since this was asked last."""
        rows = sum(int(each["rows"]) for each in self.operators if "Index" in each["operatorType"])
        self.operators.clear()
        return rows


def operators(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for child in plan.get("children", ()):
        yield from operators(child)


@pytest.fixture
async def database(neo4j_server: str, neo4j_database: Neo4jDatabase) -> AsyncIterator[Profiling]:
    database = await Profiling.open(neo4j_server, connections=1)
    database.operators.clear()
    yield database
    await database.close()


async def read_everything(graph: Neo4jGraph, people: list[int]) -> None:
    for window in (Window(20), Window(20, low=5_000, ascending=True)):
        for page in (graph.followers, graph.following, graph.follow_requests, graph.blocked, graph.muted):
            await page(people, window)
    pairs = [(one, one + 1) for one in people]
    await graph.users(people)
    await graph.scan(None, 1)
    await graph.activities(people)
    await graph.ids_by_handle(["a", "b"])
    await graph.following_among(pairs)
    await graph.requests_among(pairs)
    await graph.followees(people[0])
    await graph.boundaries(people[0])
    await graph.feeding(people[0], 5, 20)
    await graph.classed(Activity.PASSIVE, 20, since=NOW, before=NOW, after=LastSeen(NOW, 1))


async def write_everything(graph: Neo4jGraph, people: list[int]) -> None:
    one, other = people[:2]
    await graph.merge_users([(new_id(), "new", "New")], event())
    await graph.update_profile(one, event(), display_name="New", bio=None, is_protected=True)
    await graph.follow([Follow(new_id(), one, other), Follow(new_id(), other, one)], event())
    await graph.accept(Follow(new_id(), other, one), event())
    await graph.reject(one, other)
    await graph.unfollow(one, other, event())
    await graph.mute(one, other, new_id(), event())
    await graph.unmute(one, other, event())
    await graph.block(one, other, new_id(), event())
    await graph.unblock(one, other, event())
    await graph.seen(people, NOW)
    await graph.settle_fame()


async def test_nothing_is_read_from_end_to_end_nor_sorted(database: Profiling) -> None:
    graph = Neo4jGraph(database, FAME)
    people = await add_people(graph, 5)
    await read_everything(graph, people)
    await write_everything(graph, people)
    assert database.named(*READS_ALL) == []
    await graph.reclass(people, Activity.ACTIVE, event())
    assert database.named(*READS_ALL) == ["Expand(All)@neo4j"]  # to whom those follow who are moved


async def test_the_log_is_read_by_its_index(database: Profiling) -> None:
    graph, log = Neo4jGraph(database, FAME), Neo4jEvents(database)
    for _ in range(30):
        await add_people(graph, 1)
    position = (await log.read(None, 1000))[-3].position
    database.operators.clear()
    assert len(await log.read(position, 100)) == 2
    assert database.named("Scan", "AllNodes", "Expand") == []
    assert database.rows_of_indexes() == 2


async def test_followers_who_are_not_fed_cost_nothing(database: Profiling) -> None:
    graph = Neo4jGraph(database, FAME)
    [author] = await add_people(graph, 1)
    resting, fans = await add_people(graph, 200), await add_people(graph, 5, Activity.ACTIVE)
    await graph.follow([Follow(new_id(), one, author) for one in (*fans, *resting)], event())
    database.operators.clear()
    assert await graph.feeding(author, 0, 2) == fans[:2]
    assert database.rows_of_indexes() == 2
    assert await graph.feeding(author, fans[1], 9) == fans[2:]
    assert database.rows_of_indexes() == 3


async def test_a_page_costs_its_length_wherever_it_lies(database: Profiling) -> None:
    graph = Neo4jGraph(database, FAME)
    author, *fans = await add_people(graph, 101)
    edges = [Follow(new_id(), fan, author) for fan in fans]
    await graph.follow(edges, event())
    for window in (Window(7), Window(7, high=edges[50].id), Window(7, low=edges[50].id, ascending=True)):
        database.operators.clear()
        assert len((await graph.followers([author], window))[author]) == 7
        assert database.rows_of_indexes() == 7


async def test_a_class_is_read_by_its_range_alone(database: Profiling) -> None:
    graph = Neo4jGraph(database, FAME)
    people = await add_people(graph, 60, Activity.PASSIVE)
    await graph.seen(people[:30], NOW)
    database.operators.clear()
    assert await graph.classed(Activity.PASSIVE, 4, after=LastSeen(NOW, people[10])) == [
        LastSeen(NOW, one) for one in people[11:15]
    ]
    assert database.rows_of_indexes() == 4
    assert await graph.classed(Activity.PASSIVE, 4) == [LastSeen(None, one) for one in people[30:34]]
    assert database.rows_of_indexes() == 8  # of the two ranges that it is read by, the second begins behind the first
