"""An index that is made anew while the old one serves and people write."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands import index_rebuild
from commands.index_rebuild import Estimate, IndexRebuild
from domain.errors import Unavailable
from events import Event, TweetsDeleted, TweetsPosted, UsersChanged
from migrations.elasticsearch.target import ElasticsearchTarget
from migrations.runner import migrate
from services.search import SearchService
from stores.elasticsearch import Cluster, open_cluster
from stores.queue import Dispatching
from stores.search import SearchStore
from stores.search.elasticsearch import ElasticsearchSearch
from stores.search.elasticsearch.rebuild import Beside
from tests.contract.backends import Backend, having
from tests.contract.elasticsearch_fixtures import ReadAtOnce
from tests.contract.makers import examples, new_id, tweet
from tests.contract.test_search_store import person
from tests.contract.test_search_store import tweet as indexed
from workers.search_indexer import SearchIndexer

EVENTS_AT_ONCE = 10


class Relay:
    """Where the consumer's relay was as the rebuild began."""

    def __init__(self, position: str | None) -> None:
        self._position = position

    async def relay_position(self, _log: str, _target: str) -> str | None:
        return self._position


class Steps:
    """Progress that breaks the rebuild off after some steps."""

    def __init__(self, steps: int | None = None) -> None:
        self._left = steps
        self.phases: list[str] = []

    def begin(self, phase: str, _total: int) -> None:
        self.phases.append(phase)

    def advance(self, _count: int) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise Unavailable("search")

    def expect(self, total: int) -> None:
        assert total >= 0

    def finish(self) -> None:
        pass


async def nothing() -> None:
    pass


class AroundTheSwap(ReadAtOnce):
    """Something happens just before a rebuilt index serves, and just after."""

    before: Callable[[], Awaitable[None]] = staticmethod(nothing)
    after: Callable[[], Awaitable[None]] = staticmethod(nothing)

    async def rebuild(self) -> Beside:
        rebuild = await super().rebuild()
        serve = rebuild.serve

        async def between() -> bool:
            await self.before()
            served = await serve()
            await self.after()
            return served

        rebuild.serve = between  # type: ignore[method-assign]
        return rebuild


@pytest.fixture
async def own_cluster(bare_elasticsearch_url: str) -> AsyncIterator[Cluster]:
    await migrate(ElasticsearchTarget(bare_elasticsearch_url))
    opened = open_cluster(bare_elasticsearch_url)
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture(params=["postgres", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)])
def world(request: pytest.FixtureRequest, postgres: Backend, monkeypatch: pytest.MonkeyPatch) -> "World":
    for name, value in (("ROWS", 3), ("EVENTS", EVENTS_AT_ONCE), ("PAUSE_SECONDS", 0.01)):
        monkeypatch.setattr(index_rebuild, name, value)
    if request.param == "postgres":
        return World(postgres, having(postgres.search))
    return World(postgres, ReadAtOnce(request.getfixturevalue("own_cluster")))


class World:
    """Stores in Postgres, and an index of them with its consumer."""

    def __init__(self, stores: Backend, search: SearchStore) -> None:
        self.tweets, self.graph, self.log = having(stores.tweets), having(stores.graph), having(stores.events)
        self.search = search
        self.relayed: str | None = None
        self.indexer = SearchIndexer(SearchService(search, self.tweets, self.graph))

    async def rebuild(self, steps: int | None = None, settling_seconds: float = 0.05) -> list[str]:
        """Its phases."""
        progress = Steps(steps)
        relay: Dispatching = Relay(self.relayed)  # type: ignore[assignment]
        await IndexRebuild(self.search, self.tweets, self.graph, [self.log], relay, progress, settling_seconds).run()
        return progress.phases

    async def relay(self) -> None:
        """To the end of the log."""
        while logged := await self.log.read(self.relayed, 1_000):
            self.relayed = logged[-1].position

    async def post(self, text: str) -> int:
        new = tweet(1, text=text)
        posted = Event(new_id(), TweetsPosted(((new.id, 1),)))
        await self.tweets.create(new, posted)
        await self.indexer.consume(posted, redelivered=False)
        return new.id

    async def delete(self, tweet_id: int) -> None:
        deleted = Event(new_id(), TweetsDeleted(((tweet_id, 1),)))
        await self.tweets.delete(tweet_id, deleted)
        await self.indexer.consume(deleted, redelivered=False)

    async def join(self, name: str) -> int:
        user_id = new_id()
        changed = Event(new_id(), UsersChanged((user_id,)))
        await self.graph.merge_users([(user_id, f"u{user_id}", name)], changed)
        await self.indexer.consume(changed, redelivered=False)
        return user_id

    async def write(self, mark: str, doomed: list[int], chance: random.Random, until: asyncio.Event) -> set[int]:
        """Posts, and deletes what is doomed, until told, or until it is much; which of these are left."""
        left: set[int] = set()
        while not until.is_set() and len(left) < 20:
            if doomed and chance.random() < 0.2:
                await self.delete(doomed.pop())
            left.add(await self.post(f"{mark} new"))
        return left | set(doomed)

    async def look(self, query: str, there: set[int], until: asyncio.Event) -> None:
        while not until.is_set():
            assert there <= await self.found(query)

    async def found(self, query: str) -> set[int]:
        return {hit.id for hit in await self.search.latest_tweets(query, 1_000, None)}

    async def people(self, query: str) -> set[int]:
        return {hit.id for hit in await self.search.people(query, 1_000, None)}


async def test_all_that_is_in_the_stores_is_found(world: World) -> None:
    ids = [await world.post(f"tea {number}") for number in range(8)]
    people = {await world.join("Tea Drinker") for _ in range(5)}
    await world.delete(ids[3])
    await world.search.index_tweets([indexed(new_id(), "milk alone")], 1)
    assert await world.rebuild() == ["people", "tweets", "events"]
    assert await world.found("tea") == set(ids) - {ids[3]}
    assert await world.people("tea") == people
    assert await world.search.missing_tweets(ids) == set()
    later = await world.post("tea later")
    assert later in await world.found("tea")


async def test_what_the_index_lost_is_there_again(world: World) -> None:
    new = tweet(1, text="tea")
    await world.tweets.create(new, Event(new_id(), TweetsPosted(())))
    assert await world.found("tea") == set()
    await world.rebuild()
    assert await world.found("tea") == {new.id}


async def test_a_late_write_does_not_bring_back_what_was_removed_before(world: World) -> None:
    gone = await world.post("tea")
    await world.delete(gone)
    await world.relay()
    await world.rebuild()
    await world.search.index_tweets([indexed(gone, "tea")], new_id())
    assert await world.found("tea") == set()


@pytest.mark.elasticsearch
async def test_what_a_consumer_wrote_to_the_old_index_at_the_last_moment_is_in_the_new_one(
    own_cluster: Cluster, postgres: Backend
) -> None:
    """Posted after the log was read, and before the swap."""
    search = AroundTheSwap(own_cluster)
    world = World(postgres, search)
    gone = await world.post("tea")

    written: list[int] = []

    async def write() -> None:
        written.append(await world.post("tea"))
        await world.delete(gone)

    search.before = write
    await world.rebuild()
    assert await world.found("tea") == set(written)
    assert len(written) == 1


@settings(examples, max_examples=5)
@given(steps=st.lists(st.integers(0, 9), max_size=3), chance=st.randoms(use_true_random=False))
async def test_nothing_is_lost_of_what_is_written_meanwhile_however_often_it_is_broken_off(
    world: World, steps: list[int], chance: random.Random
) -> None:
    """Whoever searches all the time finds what is there all the time."""
    mark = f"m{new_id()}"
    there = [await world.post(f"{mark} {number}") for number in range(8)]
    await world.relay()
    rebuilt = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        written = tasks.create_task(world.write(mark, there[4:], chance, rebuilt))
        tasks.create_task(world.look(mark, set(there[:4]), rebuilt))
        for each in steps:
            with suppress(Unavailable):
                await world.rebuild(each)
        await world.rebuild()
        rebuilt.set()
    assert await world.found(mark) == written.result() | set(there[:4])


@pytest.mark.elasticsearch
async def test_a_new_index_serves_all_that_was_walked_through_at_once(own_cluster: Cluster, postgres: Backend) -> None:
    """Without waiting for its refresh."""
    search = AroundTheSwap(own_cluster)
    world = World(postgres, search)
    tweet_id = await world.post("tea")
    await world.relay()
    found: list[int] = []

    async def look() -> None:
        found.extend(hit.id for hit in await ElasticsearchSearch(own_cluster).latest_tweets("tea", 9, None))

    search.after = look
    await world.rebuild()
    assert found == [tweet_id]


@pytest.mark.elasticsearch
async def test_one_index_of_each_kind_is_left(own_cluster: Cluster, postgres: Backend) -> None:
    world = World(postgres, ReadAtOnce(own_cluster))
    await world.rebuild()
    await world.rebuild()
    left = await own_cluster.client.indices.get(index=f"{own_cluster.prefix}-*", features="aliases")
    assert {name.removeprefix(own_cluster.prefix): list(each["aliases"]) for name, each in left.body.items()} == {
        "-state": [],
        "-tweets-3": [own_cluster.index("tweets")],
        "-people-3": [own_cluster.index("people")],
    }


@pytest.mark.elasticsearch
async def test_an_index_that_was_deleted_is_made_again(own_cluster: Cluster, postgres: Backend) -> None:
    world = World(postgres, ReadAtOnce(own_cluster))
    tweet_id = await world.post("tea")
    await own_cluster.client.indices.delete(index=own_cluster.index("tweets-1"))
    with pytest.raises(Unavailable):
        await world.found("tea")
    with pytest.raises(Unavailable):
        await world.post("tea")
    await ElasticsearchSearch(own_cluster).index_people([person(1, "tea")], new_id())
    await world.rebuild()
    assert tweet_id in await world.found("tea")


def test_how_many_rows_there_will_be() -> None:
    estimate = Estimate()
    assert [estimate.total(10, done) for done in (0.5, 0.6, 0.7, 0.7, 1.0)] == [10, 60, 60, 85, 50]
