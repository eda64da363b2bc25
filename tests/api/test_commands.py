"""What is run by hand beside a running server."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import httpx
from graphql import parse, validate

from commands.demo import LOGINS
from commands.demo_network import POSTS
from schema import build_schema
from tests.support.clients import ask, sign_up
from tests.support.network import importer
from tests.support.servers import ROOT, RunningServer

INDEXED_SECONDS = 20
USER = """query($handle: String!) { user(handle: $handle) { displayName followersCount tweetsCount
  tweets(first: 100) { nodes { text createdAt } } } }"""


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
