"""Tweets in Cassandra, where that has no transactions: writers that die half-way, lists of many buckets, counts that
are overtaken."""

import asyncio
import random
import time
from collections.abc import Iterable, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Unavailable
from domain.page import Link, Window
from domain.snowflake import compose
from domain.tweets import IdempotencyKey
from stores.cassandra import Database, Query
from stores.events.cassandra import CassandraEvents
from stores.tweets.cassandra import CassandraTweets, links, writes
from stores.tweets.cassandra.counts import Counted
from stores.tweets.cassandra.facts import Intent
from stores.tweets.cassandra.links import Entry
from tests.contract.makers import all_pages, event, examples, logged, new_id, tweet

pytestmark = pytest.mark.cassandra

KEY = IdempotencyKey(1, "key", b"hash")


class Death(Exception):
    """Instead of a process that ends."""


class Dying(CassandraTweets):
    """Dies between a claim and what it was for."""

    async def _buckets_of(self, among: Iterable[Entry]) -> dict[Entry, int]:
        raise Death


@pytest.fixture
async def tweets(keyspace: Database) -> CassandraTweets:
    return await CassandraTweets.open(keyspace)


@pytest.fixture
async def dying(keyspace: Database) -> Dying:
    return await Dying.open(keyspace)


@pytest.fixture
async def events(keyspace: Database) -> CassandraEvents:
    return await CassandraEvents.open(keyspace)


async def test_a_repeat_writes_what_a_dead_writer_claimed(
    tweets: CassandraTweets, dying: Dying, events: CassandraEvents
) -> None:
    first, told = tweet(1, text="first"), event()
    with pytest.raises(Death):
        await dying.create(first, told, KEY)
    assert await tweets.made_with(KEY) is None
    assert await tweets.tweets([first.id]) == {}
    assert await tweets.create(tweet(1), event(), KEY) == first.id
    assert (await tweets.tweets([first.id]))[first.id].text == "first"
    assert await tweets.made_with(KEY) == first.id
    assert await logged(events) == [told.id]


async def test_a_retweet_is_written_by_whoever_finds_the_claim(
    tweets: CassandraTweets, dying: Dying, events: CassandraEvents
) -> None:
    root, told = tweet(1), event()
    await tweets.create(root, event())
    first, second = (tweet(2, text="", retweet_of=root.id) for _ in range(2))
    with pytest.raises(Death):
        await dying.retweet(first, told)
    assert await tweets.retweet_ids(2, [root.id]) == {}
    assert await tweets.retweet(second, event()) == first.id
    assert await tweets.retweets_of(root.id, 9) == [(first.id, 2)]
    assert (await tweets.tweets([root.id]))[root.id].retweet_count == 1
    assert (await logged(events))[1:] == [told.id]


async def test_a_like_and_an_unlike_are_finished_by_their_repeats(tweets: CassandraTweets, dying: Dying) -> None:
    root, like_id = tweet(1), new_id()
    await tweets.create(root, event())
    with pytest.raises(Death):
        await dying.like(root.id, 2, like_id)
    assert await tweets.liked_by([root.id], Window(9)) == {root.id: []}
    assert await tweets.like(root.id, 2, new_id()) is False
    assert await tweets.liked_by([root.id], Window(9)) == {root.id: [Link(like_id, 2)]}
    assert (await tweets.tweets([root.id]))[root.id].like_count == 1
    with pytest.raises(Death):
        await dying.unlike(root.id, 2)
    assert await tweets.unlike(root.id, 2) is False
    assert await tweets.liked_by([root.id], Window(9)) == {root.id: []}
    assert (await tweets.tweets([root.id]))[root.id].like_count == 0


async def test_a_claim_of_long_ago_tells_its_event_now(
    tweets: CassandraTweets, dying: Dying, events: CassandraEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Death):
        await dying.create(tweet(1), event(), KEY)
    monkeypatch.setattr(writes, "FRESH_US", 0)
    later = event()
    await tweets.create(tweet(1), later)
    before = (await events.read(None, 9))[-1].position
    await tweets.create(tweet(1), event(), KEY)
    assert len(await events.read(before, 9)) == 1


async def test_a_repeat_does_not_bring_back_what_was_deleted_meanwhile(tweets: CassandraTweets) -> None:
    new = tweet(1, pulled=True, reply_to=new_id())
    intent = Intent(new, event(), 1)
    await tweets.create(new, intent.event)
    await tweets.delete(new.id, event())
    await tweets._carry_out(intent)
    assert await tweets.tweets([new.id]) == {}
    assert await tweets.ids_by_authors([1], Window(9)) == await tweets.pulled_ids(1, Window(9)) == []
    assert await tweets.tweet_counts([1]) == {1: 0}


async def test_who_does_not_wait_any_more_has_written(tweets: CassandraTweets) -> None:
    new = tweet(1)
    call = asyncio.create_task(tweets.create(new, event(), KEY))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    async with asyncio.timeout(10):
        while await tweets.tweet_counts([1]) != {1: 1}:
            await asyncio.sleep(0.01)
    assert list(await tweets.tweets([new.id])) == [new.id]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Buckets of three, the next of which begins at once."""
    monkeypatch.setattr(links, "AHEAD_MS", 0)
    monkeypatch.setattr("stores.tweets.cassandra.counts.FULL", 3)


_now = [0]


def now_id() -> int:
    """An id of this moment, above those before."""
    _now[0] = max(_now[0] + 1, compose(int(time.time() * 1000), 0, 0))
    return _now[0]


@pytest.mark.usefixtures("small")
@examples
@given(chance=st.randoms(use_true_random=False), size=st.integers(1, 5))
async def test_a_list_of_many_buckets_is_one_list(tweets: CassandraTweets, chance: random.Random, size: int) -> None:
    root, held = new_id(), {}
    for user_id in range(chance.randrange(20)):
        held[user_id] = now_id()
        await tweets.like(root, user_id, held[user_id])
        await asyncio.sleep(0.002)
    for user_id in chance.sample(list(held), len(held) // 3):
        await tweets.unlike(root, user_id)
        del held[user_id]
    expected = sorted((Link(like_id, user_id) for user_id, like_id in held.items()), key=lambda link: link.key)

    async def fetch(window: Window) -> Sequence[Link]:
        return (await tweets.liked_by([root], window))[root]

    assert await all_pages(fetch, size, ascending=True) == expected
    assert await all_pages(fetch, size, ascending=False) == expected[::-1]
    for low in expected[:3]:
        window = Window(size, high=low.key + 1, low=low.key - 1)
        assert await fetch(window) == [low]
    new = tweet(1, tweet_id=root)
    await tweets.create(new, event())
    assert (await tweets.tweets([root]))[root].like_count == len(held)
    assert await tweets.likes_among(range(20), [root]) == {(user_id, root) for user_id in held}


@pytest.mark.usefixtures("small")
async def test_buckets_are_full_before_there_are_more(tweets: CassandraTweets) -> None:
    root = new_id()
    for user_id in range(12):
        await tweets.like(root, user_id, now_id())
        await asyncio.sleep(0.002)
    buckets = (await tweets._buckets(links.LIKED_BY, [root]))[root]
    pages = [await tweets._rows(links.LIKED_BY.count, root, bucket) for bucket in buckets]
    assert [entries for [(entries,)] in pages] == [3, 3, 3, 3, 0]


class Slow(CassandraTweets):
    """Counts, and then is overtaken before it writes the count."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.counted, self.may_write = asyncio.Event(), asyncio.Event()

    async def _ask(self, queries: Sequence[Query]) -> list[list[tuple[object, ...]]]:
        if any("SET" in query.cql for query in queries):
            self.counted.set()
            await self.may_write.wait()
        return await super()._ask(queries)


async def test_a_count_that_was_overtaken_is_mended(keyspace: Database, tweets: CassandraTweets) -> None:
    root, slow = tweet(1), await Slow.open(keyspace)
    await tweets.create(root, event())
    late = asyncio.create_task(slow.like(root.id, 2, new_id()))
    await slow.counted.wait()
    await tweets.like(root.id, 3, new_id())
    assert (await tweets.tweets([root.id]))[root.id].like_count == 2
    slow.may_write.set()
    await late
    assert (await tweets.tweets([root.id]))[root.id].like_count == 2


async def test_a_count_wins_over_a_clock_that_is_ahead(
    keyspace: Database, tweets: CassandraTweets, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tweet(1)
    await tweets.create(root, event())
    ahead = (time.time_ns() // 1000) + 3_600_000_000
    with monkeypatch.context() as patch:
        patch.setattr("stores.tweets.cassandra.counts.now_us", lambda: ahead)
        await tweets.like(root.id, 2, new_id())
    await tweets.like(root.id, 3, new_id())
    assert (await tweets.tweets([root.id]))[root.id].like_count == 2


class Uncounted(CassandraTweets):
    async def _agrees(self, counted: Counted) -> bool:
        raise Unavailable("tweets")


async def test_counts_that_fail_leave_the_fact(keyspace: Database, tweets: CassandraTweets) -> None:
    uncounted, new = await Uncounted.open(keyspace), tweet(1)
    assert await uncounted.create(new, event()) == new.id
    assert list(await tweets.tweets([new.id])) == [new.id]
    assert await tweets.tweet_counts([1]) == {1: 0}
    await tweets.create(tweet(1), event())
    assert await tweets.tweet_counts([1]) == {1: 2}


async def test_an_import_that_fits_into_no_batch_tells_of_itself_when_all_is_there(
    tweets: CassandraTweets, events: CassandraEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writes, "IMPORT_US", 1_500_000)
    news, told = [tweet(1, text="x" * 200) for _ in range(100)], event()
    assert await tweets.create_missing(news, told) == [new.id for new in news]
    assert len(await tweets.tweets([new.id for new in news])) == 100
    async with asyncio.timeout(10):
        while await logged(events) != [told.id]:
            await asyncio.sleep(0.02)


def test_no_batch_of_tweets_is_one_that_cassandra_warns_of() -> None:
    news = [tweet(1, text="x" * length) for length in (0, 280, 1_120, 4_480, 1, 1, 1)]
    batches = writes._batches(news)
    assert [new for batch in batches for new in batch] == news
    assert [len(batch) for batch in batches] == [3, 1, 3]


async def test_what_is_for_a_time_has_its_time(keyspace: Database, tweets: CassandraTweets) -> None:
    await tweets.create(tweet(1), event(), KEY)
    ttls: Mapping[str, int] = {"events": 48 * 3600, "idempotency_keys": 24 * 3600}
    columns = {"events": "packed", "idempotency_keys": "intent"}
    for table, seconds in ttls.items():
        cql = f"SELECT ttl({columns[table]}) FROM {table}"  # noqa: S608
        await keyspace.prepare("tweets", [cql])
        [[(left,)]] = await keyspace.ask("tweets", [Query(cql)])
        assert seconds - 60 <= left <= seconds
