"""What only Postgres has: open transactions, the clock of its server, the plans of its statements."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts import Session
from domain.page import Window
from domain.tweets import IdempotencyKey
from events import Event, encode
from migrations.postgres.target import PostgresTarget
from migrations.runner import migrate
from stores.accounts.postgres import PostgresAccounts
from stores.events.postgres import PostgresEvents
from stores.graph.postgres import PostgresGraph
from stores.nodes.postgres import PostgresNodes
from stores.postgres import Database
from stores.tweets.postgres import PostgresTweets
from tests.contract.backends import FAME
from tests.contract.makers import event, examples, new_id, tweet
from tests.contract.postgres_fixtures import execute, opened

WRITERS = 4


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def write(connection: asyncpg.Connection, told: Event) -> None:
    await connection.execute("INSERT INTO events (id, packed) VALUES ($1, $2)", told.id, encode(told))


async def read_on(log: PostgresEvents, position: str | None) -> tuple[list[int], str | None]:
    """The ids of the events after a position, and the position after them."""
    entries = await log.read(position, 1000)
    return [entry.event.id for entry in entries], entries[-1].position if entries else position


async def test_reading_ends_where_a_transaction_is_open(database: Database, postgres_url: str) -> None:
    log, early, late = PostgresEvents(database), event(), event()
    async with connected(postgres_url) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await write(connection, late)
        await PostgresGraph(database, FAME).merge_users([(1, "a", "A")], early)
        assert await log.read(None, 10) == []
        await transaction.commit()
    assert (await read_on(log, None))[0] == [late.id, early.id]


ACTS = st.lists(st.tuples(st.sampled_from(["write", "commit", "roll back", "read"]), st.integers(0, WRITERS - 1)))


@examples
@given(acts=ACTS)
async def test_whatever_the_order_of_commits_every_event_is_read_once(
    database: Database, postgres_url: str, acts: list[tuple[str, int]]
) -> None:
    log = PostgresEvents(database)
    (_, position), seen, committed = await read_on(log, None), [], []
    writers = [Writer(await asyncpg.connect(postgres_url)) for _ in range(WRITERS)]
    for act, number in acts:
        if act == "write":
            await writers[number].write()
        elif act == "commit":
            committed += await writers[number].commit()
        elif act == "roll back":
            await writers[number].roll_back()
        else:
            found, position = await read_on(log, position)
            seen += found
    for writer in writers:
        committed += await writer.commit()
        await writer.connection.close()
    found, _ = await read_on(log, position)
    assert sorted(seen + found) == sorted(committed)


class Writer:
    """A connection that has at most one transaction open, of events that it wrote."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self.written: list[int] = []

    async def write(self) -> None:
        if not self.connection.is_in_transaction():
            await self.connection.execute("BEGIN")
        told = event()
        await write(self.connection, told)
        self.written.append(told.id)

    async def commit(self) -> list[int]:
        await self._end("COMMIT")
        written, self.written = self.written, []
        return written

    async def roll_back(self) -> None:
        await self._end("ROLLBACK")
        self.written = []

    async def _end(self, how: str) -> None:
        if self.connection.is_in_transaction():
            await self.connection.execute(how)


async def test_a_lease_that_lapsed_is_given_to_another(database: Database, postgres_url: str) -> None:
    nodes = PostgresNodes(database)
    lease = await nodes.acquire()
    await nodes.renew(lease, 5)
    await nodes.renew(lease, 3)
    others = "UPDATE node_leases SET leased_until = now() + interval '1 hour' WHERE node <> $1"
    async with connected(postgres_url) as connection:
        await connection.execute(others, lease.node)
        await connection.execute(
            "UPDATE node_leases SET leased_until = now() - interval '1 ms' WHERE node = $1", lease.node
        )
    again = await nodes.acquire()
    assert (again.node, again.issued_until_ms) == (lease.node, 5)
    assert await nodes.renew(lease, 9) is False


async def test_a_key_is_forgotten_after_a_day(database: Database, postgres_url: str) -> None:
    tweets = PostgresTweets(database)
    keys = [IdempotencyKey(1, f"key {n}", b"hash") for n in range(4)]
    made = [await tweets.create(tweet(1), event(), key) for key in keys]
    await execute(
        postgres_url, "UPDATE idempotency_keys SET claimed_at = now() - interval '86401 s' WHERE key <> 'key 3'"
    )
    assert [await tweets.made_with(key) for key in keys] == [None, None, None, made[3]]
    other = IdempotencyKey(1, "key 0", b"other hash")
    again = tweet(1)
    assert await tweets.create(again, event(), other) == again.id
    assert await tweets.made_with(other) == again.id
    async with connected(postgres_url) as connection:
        left = await connection.fetch("SELECT key FROM idempotency_keys ORDER BY key")
    assert [row["key"] for row in left] == ["key 0", "key 3"]


async def test_nobody_waits_for_expired_rows_that_another_holds(database: Database, postgres_url: str) -> None:
    """Two that tidy up after each other would wait in a circle. The row's lock is not even asked for."""
    tweets, accounts = PostgresTweets(database), PostgresAccounts(database)
    await tweets.create(tweet(1), event(), IdempotencyKey(1, "old", b"hash"))
    await execute(postgres_url, "UPDATE idempotency_keys SET claimed_at = now() - interval '2 days'")
    now = datetime.now(UTC)
    await accounts.add_session(Session(1, 1, b"old", None, now, now - timedelta(days=1)))
    async with connected(postgres_url) as holder, holder.transaction(), asyncio.timeout(10):
        await holder.execute("SELECT FROM idempotency_keys FOR UPDATE")
        await holder.execute("SELECT FROM sessions FOR UPDATE")
        await tweets.create(tweet(1), event(), IdempotencyKey(1, "new", b"hash"))
        await accounts.add_session(Session(2, 1, b"new", None, now, now + timedelta(days=1)))
    assert await row_counts(postgres_url) == (2, 2)
    await tweets.create(tweet(1), event(), IdempotencyKey(1, "newer", b"hash"))
    await accounts.add_session(Session(3, 1, b"newer", None, now, now + timedelta(days=1)))
    assert await row_counts(postgres_url) == (2, 2)


async def row_counts(url: str) -> tuple[int, int]:
    """Of idempotency keys and of sessions."""
    async with connected(url) as connection:
        keys = await connection.fetchval("SELECT count(*) FROM idempotency_keys")
        return keys, await connection.fetchval("SELECT count(*) FROM sessions")


FILL = """
    INSERT INTO tweets (id, event_id, author_id, text, conversation_id, in_reply_to_id, quote_of_id, retweet_of_id)
        SELECT n, n, n % 997 + 1, 'words', n,
            CASE WHEN n % 3 = 1 THEN n / 2 END, CASE WHEN n % 5 = 1 THEN n / 2 END, CASE WHEN n % 7 = 1 THEN n / 2 END
        FROM generate_series(1, 20000) AS n;
    INSERT INTO likes (user_id, tweet_id, id) SELECT n % 997 + 1, n, n FROM generate_series(1, 20000) AS n;
    INSERT INTO tweet_counts (tweet_id) SELECT generate_series(1, 20000);
    INSERT INTO author_counts (author_id, tweets) SELECT generate_series(1, 20000), 1;
    INSERT INTO idempotency_keys (account_id, key, input_hash, tweet_id, claimed_at)
        SELECT n, 'key', '', n, now() - n * interval '1 minute' FROM generate_series(1, 20000) AS n;
"""
SCANNED = "SELECT relname FROM pg_stat_user_tables WHERE seq_scan > 0 ORDER BY relname"


async def read_everything(database: Database) -> None:
    tweets, ids = PostgresTweets(database), list(range(900, 950))
    for window in (Window(20), Window(20, low=5_000, ascending=True), Window(20, high=15_000)):
        for page in (
            tweets.replies,
            tweets.quotes,
            tweets.retweeted_by,
            tweets.liked_by,
            tweets.likes,
            tweets.ancestors,
        ):
            await page(ids, window)
        for include_replies in (False, True):
            await tweets.by_author(ids, window, include_replies=include_replies)
        await tweets.ids_by_authors(ids, window)
        await tweets.ids_by_authors(list(range(1, 900)), window)
        await tweets.pulled_ids(5, window)
    await tweets.tweets(ids)
    await tweets.tweet_counts(ids)
    await tweets.viewer_marks(5, ids)
    await tweets.retweet_ids(5, ids)
    await tweets.retweets_of(5, 100)
    await PostgresEvents(database).read("3:5", 20)


async def write_everything(database: Database, ids: Sequence[int]) -> None:
    tweets = PostgresTweets(database)
    for one in ids:
        await tweets.create(tweet(one, reply_to=one), event(), IdempotencyKey(one, "new", b"hash"))
        await tweets.retweet(tweet(one, text="", retweet_of=one), event())
        await tweets.delete(one, event())
        await tweets.like(one, one, new_id())
        await tweets.unlike(one, one)


@pytest.mark.parametrize("mode", ["force_generic_plan", "force_custom_plan"])
async def test_no_table_is_read_from_end_to_end(bare_url: str, mode: str) -> None:
    await migrate(PostgresTarget(bare_url))
    await execute(bare_url, FILL)
    async with connected(bare_url) as connection:
        sql = "INSERT INTO events (id, packed) SELECT n, $1 FROM generate_series(1, 20000) AS n"
        await connection.execute(sql, encode(event()))
    await execute(bare_url, "VACUUM ANALYZE")
    async with connected(bare_url) as connection:
        name = await connection.fetchval("SELECT current_database()")
        await connection.execute(f"ALTER DATABASE {name} SET plan_cache_mode = {mode}")
        await connection.execute("SELECT pg_stat_reset()")
    async with opened(bare_url, max_size=1) as database:
        await read_everything(database)
        await write_everything(database, range(100, 110))
    async with connected(bare_url) as connection:
        assert [row["relname"] for row in await connection.fetch(SCANNED)] == []
