"""The index whatever order its writes come in, and pages whatever is written between them."""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.graph import User
from domain.search import Hit, SearchCursor
from domain.tweets import Tweet
from stores.search import SearchStore
from tests.contract.makers import LARGEST, examples, new_id
from tests.contract.test_search_store import latest, people, person, tweet

Find = Callable[[str, int, SearchCursor | None], Awaitable[Sequence[Hit]]]
Writes = list[tuple[int, int, str]]

WORDS = ["ash", "birch", "cedar"]
writes = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.sampled_from(WORDS)), max_size=8)
"""(which one, when it was read, what it was then)"""


def newest(written: Writes, number: int) -> str | None:
    """What is left of one: as it was read last and, of those read at the same time, written last."""
    found = [(read_at, at, word) for at, (which, read_at, word) in enumerate(written) if which == number]
    return max(found)[2] if found else None


@examples
@given(written=writes, removed=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 2)), max_size=3))
async def test_of_two_writes_of_a_tweet_the_newer_one_stays_and_a_removal_for_good(
    search: SearchStore, written: Writes, removed: list[tuple[int, int]]
) -> None:
    """Removals come somewhere between the writes."""
    ids = [new_id() for _ in range(3)]
    mark = f"m{ids[0]}"
    for at in range(len(written) + 1):
        await search.remove_tweets([ids[number] for before, number in removed if before == at])
        for which, read_at, word in written[at : at + 1]:
            await search.index_tweets([tweet(ids[which], f"{mark} {word}")], read_at)
    gone = {number for before, number in removed if before <= len(written)}
    left = {number: newest(written, number) for number in range(3) if number not in gone}
    for word in WORDS:
        expected = [ids[number] for number in (2, 1, 0) if left.get(number) == word]
        assert await latest(search, f"{mark} {word}") == expected
    known = gone | {which for which, _, _ in written}
    assert await search.missing_tweets(ids) == {ids[number] for number in range(3) if number not in known}


@examples
@given(written=writes)
async def test_of_two_writes_of_a_person_the_newer_one_stays(search: SearchStore, written: Writes) -> None:
    ids = [new_id() for _ in range(3)]
    mark = f"m{ids[0]}"
    for which, read_at, word in written:
        await search.index_people([person(ids[which], f"u{ids[which]}", f"{mark} {word}")], read_at)
    for word in WORDS:
        expected = [ids[number] for number in (2, 1, 0) if newest(written, number) == word]
        assert await people(search, f"{mark} {word}") == expected


@dataclass
class Wood:
    """Tweets, or people, all of which a query finds; those that were there at first, and what happened to them."""

    search: SearchStore
    chance: random.Random
    of_people: bool
    mark: str = field(default_factory=lambda: f"m{new_id()}")
    rows: dict[int, Tweet | User] = field(default_factory=dict)
    removed: set[int] = field(default_factory=set)

    async def add(self, number: int, ids: Sequence[int] = ()) -> None:
        made = {row_id: self._row(row_id) for row_id in [*ids, *(new_id() for _ in range(number))]}
        self.rows |= made
        await self._index(list(made.values()))

    async def write(self) -> None:
        """Anything but a change of what is there."""
        action = self.chance.choice(["add", "again", "remove"])
        if action == "add" or not self.rows:
            await self.add(2)
        elif action == "again":
            await self._index(self.chance.sample(list(self.rows.values()), len(self.rows) // 2))
        elif not self.of_people:
            gone = self.chance.choice(list(self.rows))
            self.removed.add(gone)
            await self.search.remove_tweets([gone])

    async def _index(self, rows: Sequence[Tweet | User]) -> None:
        await self.search.index_tweets([row for row in rows if isinstance(row, Tweet)], new_id())
        await self.search.index_people([row for row in rows if isinstance(row, User)], new_id())

    def _row(self, row_id: int) -> Tweet | User:
        words = " ".join(self.chance.choices(["oak", "elm"], k=self.chance.randrange(6)))
        if self.of_people:
            return person(row_id, f"u{row_id}", f"{self.mark} {words}", followers=self.chance.randrange(3))
        return tweet(row_id, f"{self.mark} {words}")


@settings(examples, max_examples=15)
@given(number=st.integers(0, 12), size=st.integers(1, 5), chance=st.randoms(use_true_random=False))
@pytest.mark.parametrize("method", ["top_tweets", "latest_tweets", "people"])
async def test_pages_to_the_end_neither_lose_nor_repeat_whatever_is_written_meanwhile(
    search: SearchStore, method: str, number: int, size: int, chance: random.Random
) -> None:
    wood = Wood(search, chance, of_people=method == "people")
    find: Find = getattr(search, method)
    await wood.add(number)
    there = set(wood.rows)
    found: list[Hit] = []
    while page := await find(wood.mark, size, SearchCursor(found[-1].rank, found[-1].id) if found else None):
        assert len(page) <= size
        found += page
        if len(found) < 100:
            await wood.write()
    ids = [hit.id for hit in found]
    assert len(ids) == len(set(ids))
    assert there - wood.removed <= set(ids) <= set(wood.rows)
    assert found == sorted(found, key=lambda hit: (hit.rank, hit.id), reverse=True)


@pytest.mark.parametrize("rank", [float("inf"), 1e300, 1e12, 1.5, 0.0, -0.0, 5e-324, -1.0, -1e300, float("-inf")])
@pytest.mark.parametrize("hit_id", [1, LARGEST])
async def test_any_cursor_is_a_place(search: SearchStore, rank: float, hit_id: int) -> None:
    """Cursors come from clients: of one that no hit had, what lies behind it follows."""
    await search.index_tweets([tweet(2, "tea"), tweet(3, "tea tea"), tweet(LARGEST, "tea")], new_id())
    await search.index_people(
        [person(2, "tea", followers=2**40), person(3, "teapot"), person(LARGEST, "t", "tea")], new_id()
    )
    for find in (search.top_tweets, search.people):
        whole = await find("tea", 9, None)
        assert len(whole) == 3
        after = [hit for hit in whole if (hit.rank, hit.id) < (rank, hit_id)]
        assert await find("tea", 9, SearchCursor(rank, hit_id)) == after
    newest_first = await search.latest_tweets("tea", 9, SearchCursor(rank, hit_id))
    assert [hit.id for hit in newest_first] == [each for each in (LARGEST, 3, 2) if each < hit_id]


async def test_a_page_of_nothing(search: SearchStore) -> None:
    await search.index_tweets([tweet(1, "tea")], new_id())
    await search.index_people([person(1, "tea")], new_id())
    for find in (search.top_tweets, search.latest_tweets, search.people):
        assert await find("tea", 0, None) == []
        assert await find("tea", 0, SearchCursor(1.0, 1)) == []
        assert len(await find("tea", 1, None)) == 1


async def test_twice_is_the_same_as_once(search: SearchStore) -> None:
    read_at = new_id()
    for _ in range(2):
        await search.index_tweets([tweet(1, "tea"), tweet(2, "tea")], read_at)
        await search.remove_tweets([1, 5])
        await search.index_people([person(1, "tea")], read_at)
    assert await latest(search, "tea") == [2]
    assert await people(search, "tea") == [1]
    assert await search.missing_tweets([1, 2, 3, 5]) == {3}
    assert await search.missing_tweets([]) == set()


@pytest.mark.parametrize("word", ["x" * 256, "x" * 2046, "日" * 600, "e\u0301" * 100, "👩‍👩‍👧b", "ﬁ", "ǅ", "ﷺ"])
async def test_odd_words_find_themselves(search: SearchStore, word: str) -> None:
    await search.index_tweets([tweet(1, word), tweet(2, "something else")], new_id())
    await search.index_people([person(1, "someone", word, word)], new_id())
    assert await latest(search, word) == [1]
    assert await people(search, word) == [1]


async def test_words_too_long_to_be_looked_for_are_no_error(search: SearchStore) -> None:
    long = "x" * 5_000
    await search.index_tweets([tweet(1, f"{long} tea #{long} @{long}")], new_id())
    await search.index_people([person(1, "someone", long, f"{long} tea")], new_id())
    assert await latest(search, "tea") == [1]
    assert await people(search, "tea") == [1]
    assert await latest(search, long) == []
