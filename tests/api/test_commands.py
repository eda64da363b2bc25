"""What is run by hand beside a running server."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import httpx
from graphql import parse, validate

from commands.demo import LOGINS
from commands.demo_network import POSTS
from domain.global_id import Kind, decode_as
from domain.snowflake import compose
from events import Event, UsersChanged, encode
from schema import build_schema
from stores.embedded import EmbeddedUrls, running
from stores.queue.redis import RedisQueue
from stores.queue.redis.layout import dead_key
from stores.redis import Client, open_client
from tests.support.clients import ask, sign_up
from tests.support.forms import empty_indexes
from tests.support.network import importer
from tests.support.servers import ROOT, RunningServer

INDEXED_SECONDS = 20
USER = """query($handle: String!) { user(handle: $handle) { displayName followersCount tweetsCount
  tweets(first: 100) { nodes { text createdAt } } } }"""
FIND = "query($words: String!) { search(query: $words) { nodes { ... on Node { id } } } }"


def run(server: RunningServer, *command: str) -> tuple[int, str]:
    """Exit code, and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=os.environ | server.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


def urls_of(server: RunningServer) -> EmbeddedUrls:
    urls = running(server.data_dir)
    assert urls
    return urls


@asynccontextmanager
async def redis_of(server: RunningServer) -> AsyncIterator[Client]:
    client = open_client(urls_of(server).redis_url)
    yield client
    await client.aclose()


async def test_bad_lines_are_shown_and_left_out(
    running_server: RunningServer, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    await sign_up(http, running_server.url, "u_somebody")
    tweets = tmp_path / "tweets.tsv"
    lines = [
        "author\ttext\tcreated_at",
        "_rows\tthe same twice\t2020-09-13T12:26:40Z",
        "_rows\tthe same twice\t2020-09-13T12:26:40Z",
        "_rows\t\t",
        f"_rows\t{'x' * 281}",
        "_rows\ta bell \a",
        "_rows\ttomorrow week\t4102444800",
        "_somebody\tnot mine",
        "_rows",
    ]
    tweets.write_text("\n".join(lines) + "\n")
    process = importer(["--tweets", str(tweets)], running_server)
    said = process.communicate(timeout=60)[0].splitlines()
    assert process.returncode == 0
    assert [line.removeprefix(f"{tweets}, ") for line in said if line.startswith(str(tweets))] == [
        "line 4: A tweet can't be blank.",
        "line 5: A tweet has at most 280 weighted characters, not 281.",
        "line 6: A tweet can't have the character U+0007.",
        "line 7: created_at '4102444800' lies before 2006 or in the future",
        "line 8: the handle u_somebody belongs to somebody who signed up",
        "line 9: has 1 columns between tabs, not 2 to 3",
    ]
    assert said[-2] == "Warning: 6 bad lines were left out."
    assert said[-1].endswith("New: 1 people, 2 tweets.")
    tweet = {"text": "the same twice", "createdAt": "2020-09-13T12:26:40.000Z"}
    person = {"displayName": "u_rows", "followersCount": 0, "tweetsCount": 2, "tweets": {"nodes": [tweet, tweet]}}
    assert await ask(http, running_server.url, USER, handle="u_rows") == {"user": person}
    assert (await ask(http, running_server.url, USER, handle="u_somebody"))["user"]["tweetsCount"] == 0


async def test_a_file_that_cannot_be_read_stops_the_import_before_it_begins(
    running_server: RunningServer, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    follows, tweets = tmp_path / "follows.tsv", tmp_path / "tweets.tsv"
    follows.write_text("follower\tfollowed\n_one\t_two\n")
    tweets.write_text("_one\tno header\n")
    command = ["commands.import_files", "--follows", str(follows), "--tweets", str(tweets)]
    reason = f"{tweets}: its first line must be the header author<TAB>text[<TAB>created_at].\n"
    assert run(running_server, *command) == (2, reason)
    assert await ask(http, running_server.url, USER, handle="u_one") == {"user": None}


def test_migrations_are_applied_once(running_server: RunningServer) -> None:
    assert run(running_server, "commands.migrate") == (0, "Up to date.\n")


async def test_the_demo_may_be_played_again_and_its_queries_run(
    running_server: RunningServer, http: httpx.AsyncClient
) -> None:
    for _ in range(2):
        code, said = run(running_server, "commands.demo")
        assert code == 0, said
    handle, _ = LOGINS
    told = (await ask(http, running_server.url, USER, handle=handle))["user"]
    own = [post.text for post in POSTS if post.author == handle and not post.answers]
    retweets = sum(handle in post.retweeted.split() for post in POSTS)
    assert sorted(tweet["text"] for tweet in told["tweets"]["nodes"]) == sorted(own + [""] * retweets)
    assert f"Open {running_server.url}/graphql\n" in said
    log_in, timeline, search, subscription = said.partition("one after the other:")[2].split("\n\n")[1:5]
    assert (await ask(http, running_server.url, log_in))["logIn"] == {
        "viewer": {"user": {"handle": handle}},
        "userErrors": [],
    }
    assert len((await ask(http, running_server.url, timeline))["timeline"]["edges"]) == 10
    async with asyncio.timeout(INDEXED_SECONDS):
        while len((await ask(http, running_server.url, search))["search"]["edges"]) < 4:
            await asyncio.sleep(0)
    assert validate(build_schema()._schema, parse(subscription)) == []


async def test_dead_letters_are_listed_and_replayed(running_server: RunningServer, http: httpx.AsyncClient) -> None:
    account = await sign_up(http, running_server.url)
    event = Event(compose(1_800_000_000_000, 0, 0), UsersChanged((decode_as(Kind.USER, account.id) or 0,)))
    assert run(running_server, "commands.dead_letters") == (0, "none\n")
    async with redis_of(running_server) as client:
        queue = RedisQueue(client, 1_000, 1_000)
        await queue.bury("search", "consume", (encode(event),), "KeyError('x')")
        await queue.bury("timeline", "deliver", (b"12345678", 7), "TimeoutError()")
        code, said = run(running_server, "commands.dead_letters")
        assert code == 0
        assert [re.split(" {2,}", line)[1:] for line in said.splitlines()] == [
            ["search", "consume", f"users.changed {event.id}", "KeyError('x')"],
            ["timeline", "deliver", "8 bytes, 7", "TimeoutError()"],
        ]
        assert re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ  .*\n){2}", said)
        now = datetime.now(UTC).isoformat()
        none = "Dead letters put back: timeline 0, search 0, graph 0, media 0.\n"
        assert run(running_server, "commands.replay", f"--since={now}") == (0, none)
        one = "Dead letters put back: search 1.\n"
        assert run(running_server, "commands.replay", "--since=1h", "--queue=search") == (0, one)
        assert [letter.function for letter in await queue.dead_letters("timeline")] == ["deliver"]
        await client.delete(dead_key("timeline"))
    assert run(running_server, "commands.dead_letters") == (0, "none\n")


async def lose_index(server: RunningServer) -> None:
    if url := server.settings.get("search_url"):
        await empty_indexes(url)
        return
    database = await asyncpg.connect(urls_of(server).database_url)
    await database.execute("DELETE FROM search_tweets")
    await database.close()


async def test_what_the_index_lost_is_made_again_from_the_events(
    running_server: RunningServer, http: httpx.AsyncClient
) -> None:
    account = await sign_up(http, running_server.url)
    tweet_id = await account.tweet("xylophonists")

    async def indexed() -> bool:
        found = await ask(http, running_server.url, FIND, words="xylophonists")
        return bool(found["search"]["nodes"] == [{"id": tweet_id}])

    async with asyncio.timeout(INDEXED_SECONDS):
        while not await indexed():
            await asyncio.sleep(0)
    await lose_index(running_server)
    assert not await indexed()
    code, said = run(running_server, "commands.replay", "--since=5m", "--queue=search", "--events")
    assert code == 0, said
    told = r"Dead letters put back: search 0\.\nevents: .*\nEvents given to consumers again: search [\d,]+\.\n"
    assert re.fullmatch(told, said)
    async with asyncio.timeout(INDEXED_SECONDS):
        while not await indexed():
            await asyncio.sleep(0)


def test_a_time_or_queue_that_is_none_changes_nothing(running_server: RunningServer) -> None:
    mend = "write a time such as 2026-11-22T10:00Z, or how long ago: 30m, 2h, 3d."
    assert run(running_server, "commands.replay", "--since=soon") == (2, f"SINCE=soon is no time; {mend}\n")
    code, said = run(running_server, "commands.replay", "--since=2h", "--queue=mail")
    assert (code, "invalid choice: 'mail'" in said) == (2, True)


def test_a_worker_of_an_unknown_queue_is_refused(running_server: RunningServer) -> None:
    reason = "there is no queue mail; the queues are timeline, search, graph, media\n"
    assert run(running_server, "workers.settings", "search", "mail") == (1, reason)
