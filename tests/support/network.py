"""The network of the shared data files: its parts as files to import, and what its timelines must be."""

import asyncio
import gzip
import os
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from domain.global_id import Kind, decode_as
from stores.timelines import State, TimelineStore
from tests.support.clients import PASSWORD, Account, Json, ask
from tests.support.servers import ROOT, RunningServer

DATA = Path(__file__).parents[3] / "shared/data"
READY_SECONDS = 60
READERS_AT_ONCE = 8
LOG_IN = """mutation($input: LogInInput!) { logIn(input: $input) {
  token viewer { user { id handle } } userErrors { message code field } } }"""

Entry = tuple[str, str]
"""A tweet as it is compared: its author's handle and its text."""


@dataclass(frozen=True)
class Network:
    """`follows` are (follower, followed), `tweets` (author, text), both by handle and in the order of their lines."""

    follows: Sequence[tuple[str, str]]
    tweets: Sequence[Entry]

    def halves(self) -> tuple["Network", "Network"]:
        """All follows with the first half of the tweets, and the other half alone."""
        middle = len(self.tweets) // 2
        return replace(self, tweets=self.tweets[:middle]), Network((), self.tweets[middle:])

    def timelines(self) -> dict[str, list[Entry]]:
        """Everybody's timeline, newest first: own tweets and those of whom they follow, a later line being newer."""
        readers: dict[str, set[str]] = defaultdict(set)
        for follower, followed in self.follows:
            readers[followed].add(follower)
            readers[follower].add(follower)
        found: dict[str, list[Entry]] = {handle: [] for handle in readers}
        for author, text in reversed(self.tweets):
            for reader in readers[author] | {author}:
                found.setdefault(reader, []).append((author, text))
        return found

    def readers(self, longest: int, at_random: int) -> list[str]:
        """Of those in the follows the ones with the longest timelines, and others at random, the same every time."""
        timelines = self.timelines()
        people = {handle for edge in self.follows for handle in edge}
        ranked = sorted(people, key=lambda handle: (-len(timelines[handle]), handle))
        return ranked[:longest] + random.Random(1).sample(ranked[longest:], at_random)

    def write(self, folder: Path) -> list[str]:
        """Writes its files; the importer's arguments that name them."""
        folder.mkdir()
        arguments: list[str] = []
        if self.follows:
            edges = [(_key(follower), _key(followed)) for follower, followed in self.follows]
            arguments += ["--follows", _write(folder / "follows.tsv", ("follower", "followed"), edges)]
        tweets = [(_key(author), text) for author, text in self.tweets]
        return [*arguments, "--tweets", _write(folder / "tweets.tsv", ("author", "text"), tweets)]


def read_network(follows: int | None = None, tweets: int | None = None) -> Network:
    """The first lines of the files; None: all."""
    edges = [(f"u{follower}", f"u{followed}") for follower, followed in _read("follows.tsv.gz")[:follows]]
    return Network(edges, [(f"u{author}", text) for author, text in _read("tweets.tsv.gz")[:tweets]])


def importer(arguments: Sequence[str], server: RunningServer, **more: str) -> subprocess.Popen[str]:
    """Starts an import into a server; `more` are settings as the server's are."""
    settings = {f"STARLING_{name.upper()}": value for name, value in more.items()}
    return subprocess.Popen(
        [sys.executable, "-m", "commands.import_files", *arguments],
        cwd=ROOT,
        env=os.environ | server.environment | {"PASSWORD": PASSWORD} | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def import_into(server: RunningServer, arguments: Sequence[str]) -> str:
    """Imports to the end; what the importer said."""
    process = importer(arguments, server)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    return said


async def log_in(http: httpx.AsyncClient, server: RunningServer, handles: Iterable[str]) -> list[Account]:
    """Imported people, logged in."""

    async def one(handle: str) -> Account:
        payload = (await ask(http, server.url, LOG_IN, input={"login": handle, "password": PASSWORD}))["logIn"]
        assert payload["userErrors"] == []
        return Account(server.url, http, handle, payload["viewer"]["user"]["id"], payload["token"])

    return await asyncio.gather(*map(one, handles))


async def have_built(readers: Sequence[Account], timelines: TimelineStore) -> None:
    """Reads everybody's timeline and waits until all are precomputed."""
    async with asyncio.timeout(READY_SECONDS):
        for reader in readers:
            await reader.timeline(first=1)
        for reader in readers:
            await _until_ready(timelines, user_id(reader))


async def whole_timelines(readers: Sequence[Account]) -> list[list[Json]]:
    """All edges of everybody's timeline, read by pages of 50."""
    limit = asyncio.Semaphore(READERS_AT_ONCE)

    async def one(reader: Account) -> list[Json]:
        async with limit:
            return await reader.whole_timeline()

    return await asyncio.gather(*map(one, readers))


def entries(edges: Sequence[Json]) -> list[Entry]:
    """Edges as the oracle has them."""
    return [(edge["node"]["author"]["handle"], edge["node"]["text"]) for edge in edges]


def user_id(account: Account) -> int:
    """The number behind a user's global id."""
    return decode_as(Kind.USER, account.id) or 0


def tweet_id(edge: Json) -> int:
    """The number behind the global id of an edge's tweet."""
    return decode_as(Kind.TWEET, edge["node"]["id"]) or 0


async def _until_ready(timelines: TimelineStore, reader_id: int) -> None:
    while True:
        timeline = await timelines.read(reader_id)
        if timeline and timeline.state is State.READY:
            return
        await asyncio.sleep(0.02)


def _key(handle: str) -> str:
    return handle.removeprefix("u")


def _read(name: str) -> list[list[str]]:
    with gzip.open(DATA / name, "rt", encoding="utf-8", newline="\n") as lines:
        return [line.rstrip("\n").split("\t") for line in lines][1:]


def _write(path: Path, header: tuple[str, str], rows: Iterable[tuple[str, str]]) -> str:
    path.write_text("".join(f"{first}\t{second}\n" for first, second in [header, *rows]), encoding="utf-8")
    return str(path)
