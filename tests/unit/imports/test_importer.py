"""Rows of files into the stores: what is pulled, who is asked, and what an import that begins again leaves alone."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from domain.graph import Follow
from domain.tweets import NewTweet
from events import Event, Followed, TweetsPosted
from services.graph import GraphService
from services.imports.backlog import Backlog
from services.imports.files import BadLine, ColumnFile, read_through
from services.imports.ids import ImportIds
from services.imports.importer import Clash, Importer
from services.imports.rows import FOLLOW_COLUMNS, TWEET_COLUMNS
from stores.accounts import AccountStore
from stores.imports import ImportRun
from tests.unit.services.people import Graph, person
from tests.unit.services.tweets import Tweets, tweet

HANDLES = {"ua": 1, "ub": 2, "uc": 3}
RUN = ImportRun(number=3, started_ms=1_700_000_000_000)


class Quiet:
    """A backlog that is empty and a progress that nobody watches."""

    def __init__(self) -> None:
        self.bad: list[BadLine] = []

    async def room(self) -> None: ...

    async def fanned_out(self) -> None: ...

    def begin(self, phase: str, total: int) -> None: ...

    def advance(self, count: int) -> None: ...

    def finish(self) -> None: ...

    def say(self, message: str) -> None: ...

    def bad_line(self, bad: BadLine) -> None:
        self.bad.append(bad)


class Accounts:
    """Everybody was imported before."""

    async def ids_by_handle(self, handles: list[str]) -> dict[str, int]:
        return {handle: HANDLES[handle] for handle in handles}

    async def by_ids(self, account_ids: list[int]) -> dict[int, object]:
        return {}


@dataclass
class Import:
    """2 is protected, 3 is famous."""

    graph: Graph
    tweets: Tweets
    importer: Importer
    path: Path

    async def follows(self, *lines: str) -> int:
        return await self.importer.follows(self._file(FOLLOW_COLUMNS, lines))

    async def tweet(self, *lines: str) -> tuple[list[int], int]:
        return await self.importer.tweets(self._file(TWEET_COLUMNS, lines), RUN)

    def _file(self, columns: tuple[str, ...], lines: tuple[str, ...]) -> ColumnFile:
        self.path.write_text("\n".join(["\t".join(columns), *lines]))
        return read_through(self.path, columns)


@pytest.fixture
async def imports(tmp_path: Path) -> Import:
    graph = Graph({1: person(1), 2: person(2, is_protected=True), 3: person(3, is_famous=True)})
    tweets, quiet = Tweets(graph, {}), Quiet()
    people = GraphService(graph.store, graph.fan_out, graph.dispatcher, graph.snowflakes, graph.media)
    importer = Importer(
        cast("AccountStore", Accounts()),
        graph.store,
        tweets.store,
        people,
        graph.fan_out,
        graph.dispatcher,
        graph.snowflakes,
        cast("Backlog", quiet),
        quiet,
    )
    assert await importer.people(list(HANDLES), None) == 0
    graph.minted = iter(range(1001, 2000))
    return Import(graph, tweets, importer, tmp_path / "rows")


def numbers(count: int) -> list[int]:
    ids = ImportIds(RUN)
    return [ids.next(None) for _ in range(count)]


async def test_whether_a_tweet_is_pulled_is_its_authors_fame(imports: Import) -> None:
    first, second, third = numbers(3)
    assert await imports.tweet("a\tone", "c\ttwo", "c\tthree") == ([first, second, third], 3)
    event = Event(1001, TweetsPosted(((first, 1), (second, 3), (third, 3)), pulled=(second, third)))
    new = [
        NewTweet(first, 1001, 1, "one", first),
        NewTweet(second, 1001, 3, "two", second, pulled=True),
        NewTweet(third, 1001, 3, "three", third, pulled=True),
    ]
    assert imports.graph.done == [("create_missing", new, event), ("dispatched", event)]
    assert imports.graph.asked == [("users", 1, 3)]


async def test_tweets_that_are_there_are_not_told_again(imports: Import) -> None:
    (there,) = numbers(1)
    imports.tweets.rows[there] = tweet(there, 1, "one")
    assert await imports.tweet("a\tone") == ([there], 0)
    assert imports.graph.done == []


async def test_an_id_that_is_another_tweets(imports: Import) -> None:
    (there,) = numbers(1)
    imports.tweets.rows[there] = tweet(there, 2, "one")
    with pytest.raises(Clash, match=f"line 2: its id {there} belongs to another tweet"):
        await imports.tweet("a\tone")
    assert imports.graph.done == []


async def test_protected_people_are_asked(imports: Import) -> None:
    """What is merged is what became an edge."""
    assert await imports.follows("a\tb", "a\tc", "c\ta") == 2
    follows = [Follow(1002, 1, 2), Follow(1003, 1, 3), Follow(1004, 3, 1)]
    event = Event(1001, Followed(((1, 2), (1, 3), (3, 1))))
    assert imports.graph.done == [
        ("follow", follows[1:], follows[:1], event),
        ("merged", (1, 3), (3, 1)),
        ("dispatched", event),
    ]
    assert (imports.graph.follows, imports.graph.requests) == ({(1, 3), (3, 1)}, {(1, 2)})


async def test_requests_alone_are_told_to_nobody(imports: Import) -> None:
    assert await imports.follows("a\tb", "c\tb") == 0
    assert imports.graph.requests == {(1, 2), (3, 2)}
    assert [step[0] for step in imports.graph.done] == ["follow"]


async def test_follows_that_are_there_or_over_a_block_are_left_out(imports: Import) -> None:
    imports.graph.follows, imports.graph.blocks = {(1, 3)}, {(3, 2)}
    assert await imports.follows("a\tc", "c\tb", "b\tc") == 0
    assert (imports.graph.follows, imports.graph.requests, imports.graph.done) == ({(1, 3)}, set(), [])
