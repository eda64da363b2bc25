"""The index of tweets and people."""

import html
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.activity import Activity
from domain.graph import User
from domain.search import Hit, SearchCursor
from domain.tweets import Tweet
from stores.search import SearchStore
from tests.contract.makers import LARGEST, UNICODE, examples, new_id

NONE = (None, None, None, None, False, 0, 0, 0, 0)


def tweet(tweet_id: int, text: str) -> Tweet:
    return Tweet(tweet_id, tweet_id, 1, text, tweet_id, *NONE)


def person(user_id: int, handle: str, name: str = "", bio: str = "", followers: int = 0) -> User:
    return User(user_id, handle, name, bio, followers, 0, None, Activity.INACTIVE, is_famous=False, is_protected=False)


async def index(search: SearchStore, *texts: str) -> None:
    """Texts as the tweets 1, 2, 3 …"""
    await search.index_tweets([tweet(number, text) for number, text in enumerate(texts, 1)], new_id())


async def latest(search: SearchStore, query: str) -> list[int]:
    """What both searches of tweets find, newest first."""
    found = [hit.id for hit in await search.latest_tweets(query, 100, None)]
    assert sorted((hit.id for hit in await search.top_tweets(query, 100, None)), reverse=True) == found
    return found


async def people(search: SearchStore, query: str) -> list[int]:
    return [hit.id for hit in await search.people(query, 100, None)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("run", [3, 1]),
        ("RUNNING", [3, 1]),
        ("run hills", [1]),
        ("hills run", [1]),
        ("run -hills", [3]),
        ("hills or shoes", [3, 1]),
        ('"running up"', [1]),
        ('"up running"', []),
        ('run "up the hills"', [1]),
        ('"in the"', []),
        ('the "running up"', [1]),
        ("run up", [3, 1]),
        ("swim", [2]),
        ("walk", []),
    ],
)
async def test_words_phrases_or_and_not(search: SearchStore, query: str, found: list[int]) -> None:
    await index(search, "Running up the hills", "swimming", "I run in old shoes")
    assert await latest(search, query) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("#running", [2, 1]),
        ("#RUNNING", [2, 1]),
        ("＃running", [2, 1]),
        ("#run", [3]),
        ("#run_club", [4]),
        ("-#running run", [5, 4, 3]),
        ("#run or #running", [3, 2, 1]),
        ("run", [5, 4, 3, 2, 1]),
        ('"a #running"', [1]),
    ],
)
async def test_hashtags_are_exact(search: SearchStore, query: str, found: list[int]) -> None:
    await index(search, "a #running day", "#Running!", "#run", "#run_club", "running")
    assert await latest(search, query) == found


async def test_mentions_are_exact(search: SearchStore) -> None:
    await index(search, "@alice hello", "@alice_b hello", "alice", "@Alice", "mail alice@example.org")
    assert await latest(search, "@alice") == [4, 1]
    assert await latest(search, "@ALICE hello") == [1]
    assert await latest(search, "@alice_b") == [2]
    assert await latest(search, "hello -@alice") == [2]
    assert 3 in await latest(search, "alice")


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Die Größe der Straßen", "größe"),
        ("Ärger mit Übermut", "übermut"),
        ("J'étais à l'école", "école"),
        ("быстрая лиса", "лиса"),
        ("שלום עולם", "עולם"),
        ("مرحبا بالعالم", "بالعالم"),
        ("東京 タワー", "東京"),
        ("#東京タワー", "#東京タワー"),
        ("#größe", "#GRÖßE"),
        ("naïve café", "café"),
    ],
)
async def test_other_languages_find_themselves(search: SearchStore, text: str, query: str) -> None:
    await index(search, text, "something else")
    assert await latest(search, query) == [1]


@pytest.mark.parametrize("query", ["cafe creme", "café crème", "CAFÉ", '"a Café"', "Łodz", "lódź", "οδος", "ὉΔΌΣ"])
async def test_accents_do_not_count(search: SearchStore, query: str) -> None:
    await index(search, "a Café, crème, in Łódź, οδός", "a cafe: creme (in Lodz, οδος)", "elsewhere")
    assert await latest(search, query) == [2, 1]


async def test_accents_count_in_hashtags_and_make_other_letters_in_some_scripts(search: SearchStore) -> None:
    await index(search, "#café", "#cafe", "мой", "мои")
    assert await latest(search, "#café") == [1]
    assert await latest(search, "#cafe") == [2]
    assert await latest(search, "мой") == [3]


async def test_people_are_found_without_accents(search: SearchStore) -> None:
    await search.index_people(
        [person(1, "rene", "René Müller"), person(2, "x", "X", "crème de la crème"), person(3, "y")], new_id()
    )
    for query in ("rené", "mül", "MULLER"):
        assert await people(search, query) == [1]
    assert [(hit.id, hit.highlight) for hit in await search.people("creme", 5, None)] == [
        (2, "<em>crème</em> de la <em>crème</em>")
    ]


EMPTY = ["", " ", "the", "to be or not to be", "!!! ?", "-", '"', '""', "#", "@", "-run", "\\ '", ":*"]


@pytest.mark.parametrize("query", EMPTY)
async def test_a_query_without_a_word_to_look_for_has_no_hits(search: SearchStore, query: str) -> None:
    await index(search, "the day to be or not to be", "run!")
    await search.index_people([person(1, "someone", "Some One", "the bio")], new_id())
    assert await latest(search, query) == []
    assert await people(search, query) == []


@examples
@given(query=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60))
async def test_no_query_is_an_error(search: SearchStore, query: str) -> None:
    await latest(search, query)
    await people(search, query)


@pytest.mark.parametrize("query", ["-" * 33 + "cat", "- " * 33 + "cat", "cat " + "-" * 64 + "dog"])
async def test_many_minus_signs_are_no_error(search: SearchStore, query: str) -> None:
    """An even number says nothing: of the three queries the last one asks for both."""
    await index(search, "cat and dog", "cat")
    assert await latest(search, query) == ([1] if query.endswith("dog") else [])
    assert await people(search, query) == []


async def test_matches_are_marked_in_escaped_text(search: SearchStore) -> None:
    await index(search, "<em>Running</em> & #run <script> &amp;")
    [hit] = await search.top_tweets("run", 1, None)
    assert hit.highlight == ("&lt;em&gt;<em>Running</em>&lt;/em&gt; &amp; #<em>run</em> &lt;script&gt; &amp;amp;")
    assert (await search.latest_tweets("run", 1, None)) == [Hit(1, 0.0, hit.highlight)]
    await index(search, "a Café au lait")
    assert (await search.latest_tweets("cafe or tea -milk", 1, None)) == [Hit(1, 0.0, "a <em>Café</em> au lait")]


@examples
@given(text=st.text(st.sampled_from("ab<>&;/'\" \n#@?=:.é日👩"), max_size=40))
async def test_a_highlight_is_the_text_once_marks_and_escapes_are_taken_away(search: SearchStore, text: str) -> None:
    tweet_id = new_id()
    await search.index_tweets([tweet(tweet_id, f"w{tweet_id} {text}")], new_id())
    [hit] = await search.top_tweets(f"w{tweet_id}", 1, None)
    assert hit.highlight is not None
    assert html.unescape(re.sub("</?em>", "", hit.highlight)) == f"w{tweet_id} {text}"


async def test_ranks_fall_and_more_matches_rank_higher(search: SearchStore) -> None:
    await index(search, "tea with milk and many other words", "tea tea tea", "tea")
    hits = await search.top_tweets("tea", 10, None)
    assert hits[0].id == 2
    assert [hit.rank for hit in hits] == sorted((hit.rank for hit in hits), reverse=True)


@examples
@given(
    texts=st.lists(st.sampled_from(["tea", "tea tea", "tea and milk", "milk", "tea for two"])), size=st.integers(1, 4)
)
async def test_pages_neither_lose_nor_repeat(search: SearchStore, texts: list[str], size: int) -> None:
    mark = f"m{new_id()}"
    await search.index_tweets([tweet(new_id(), f"{mark} {text}") for text in texts], new_id())
    for find in (search.top_tweets, search.latest_tweets):
        whole = list(await find(f"{mark} tea", 100, None))
        assert len(whole) == sum("tea" in text for text in texts)
        assert whole == sorted(whole, key=lambda hit: (hit.rank, hit.id), reverse=True)
        paged: list[Hit] = []
        while page := await find(f"{mark} tea", size, SearchCursor(paged[-1].rank, paged[-1].id) if paged else None):
            paged += page
        assert paged == whole


async def test_a_removed_tweet_stays_removed(search: SearchStore) -> None:
    await index(search, "first", "second")
    await search.remove_tweets([1, 3, 1])
    await index(search, "first", "second", "third")
    assert await latest(search, "first or second or third") == [2]
    assert await search.missing_tweets([1, 2, 3, 4, 4]) == {4}


async def test_a_tweet_that_is_indexed_again_is_replaced(search: SearchStore) -> None:
    await index(search, "old", UNICODE)
    await search.index_tweets([tweet(1, "x"), tweet(1, "new"), tweet(LARGEST, "new")], new_id())
    assert await latest(search, "old") == []
    assert await latest(search, "new") == [LARGEST, 1]
    await search.index_tweets([], new_id())


async def test_people_by_handle_then_beginning_then_bio_then_followers(search: SearchStore) -> None:
    await search.index_people(
        [
            person(1, "x1", bio="friend of ann", followers=900),
            person(2, "Ann", followers=1),
            person(3, "anna", followers=5),
            person(4, "annabel", followers=50),
            person(5, "x5", name="Annie Hall", followers=20),
            person(6, "bob", name="Bob", followers=1_000),
        ],
        new_id(),
    )
    assert await people(search, "ann") == [2, 4, 5, 3, 1]
    assert await people(search, "@ANN") == [2, 4, 5, 3, 1]
    assert await people(search, "annie ha") == [5]
    assert await people(search, "hall") == [5]
    assert await people(search, "friends") == [1]
    assert await people(search, "ann or bob") == [6, 1, 2]
    assert await people(search, "ann -friend") == [2]


async def test_handles_with_underscores_and_lookalikes_of_wildcards(search: SearchStore) -> None:
    await search.index_people([person(1, "a_b"), person(2, "axb"), person(3, "a_bc"), person(LARGEST, "_")], new_id())
    assert await people(search, "a_b") == [1, 3]
    assert await people(search, "a_") == [3, 1]
    assert await people(search, "a%") == [3, 2, 1]
    assert await people(search, "_") == [LARGEST]


async def test_people_are_paged_and_replaced(search: SearchStore) -> None:
    crowd = [person(number, f"crowd{number}", followers=number % 3) for number in range(1, 10)]
    await search.index_people(crowd, new_id())
    await search.index_people(
        [replace(crowd[0], followers_count=7), replace(crowd[1], handle="gone", display_name="")], new_id()
    )
    whole = await search.people("crowd", 100, None)
    assert [hit.id for hit in whole] == [1, 8, 5, 7, 4, 9, 6, 3]
    first = await search.people("crowd", 3, None)
    rest = await search.people("crowd", 100, SearchCursor(first[-1].rank, first[-1].id))
    assert [*first, *rest] == whole


async def test_a_person_is_shown_with_the_matching_bio(search: SearchStore) -> None:
    await search.index_people(
        [person(1, "runner", "Runner", "I <b>run</b>"), person(2, "run", "Run", "nothing")], new_id()
    )
    assert {hit.id: hit.highlight for hit in await search.people("run", 5, None)} == {
        1: "I &lt;b&gt;<em>run</em>&lt;/b&gt;",
        2: None,
    }
