"""The matcher of queries agrees with the search store about which tweets a query finds."""

import random
from collections.abc import Iterator, Sequence
from itertools import product

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.matching import compile_query, words_of
from domain.matching.stems import STOP_WORDS, stem
from domain.tweets import Tweet
from stores.search import SearchStore
from tests.contract.makers import examples, new_id
from tests.support import network

NONE = (None, None, None, None, False, 0, 0, 0, 0)

WORDS = "run running runs Run add adding organization organizing largely happily the of and not or to don't it's I"
OTHERS = (
    "größe ÜBER Σίσυφος İzmir naïve cafe\u0301 東京 🏃 👩‍👩‍👧 ❤\ufe0f 3 1,000 -5 +3.4 1e5 1.2.3 3rd 50/50 100% 10:30"
)
ACCENTED = "café cafe Café's Łódź Lodz café-bar café.org cafe.org é@x.org ../café #café #cafe ἀδελφός αδελφος"
ENTITIES = "#run #running #Run_club #東京 #größe @ann @Ann @ann_b ann@x.org @ann/list #1"
COMPOUNDS = (
    "well-known up-to-date run-3 run-3rd r2-d2 and/or w/ run_up e.g. U.S. /run/up ~/run ../run run...up .. run--up"
)
LINKS = "http://x.org x.org/run https://x.org:80/run?up=1#a www.run.up run.org. run.org-up t.co/a1B2 x.org/größe"
MARKUP = "<b>run</b> <br/> &amp; & <3 <- <!--run--> <script>run</script> &#39; 'run' “run” (run) *run* run! run, | \\"
ATOMS = [atom for atoms in (WORDS, OTHERS, ACCENTED, ENTITIES, COMPOUNDS, LINKS, MARKUP) for atom in atoms.split()]
OPERATORS = ["or", "OR", "-", "--", '"', ":", "!", "|", "(", ")"]

# Where either has seen another Unicode, the classes of some characters differ; these were there long before.
CHARACTERS = "abeE019 -+._/@:#&;<>'\"~!?=%,()|\\\n\tßéİΣ東🏃\u0301\u200d\ufe0f٣"

texts = st.lists(st.sampled_from(ATOMS), min_size=1, max_size=8).map(" ".join)
joined = st.lists(st.sampled_from([*ATOMS, *CHARACTERS]), min_size=1, max_size=8).map("".join)
characters = st.text(CHARACTERS, min_size=1, max_size=12)
any_texts = st.one_of(texts, joined, characters)
queries = st.lists(st.sampled_from([*ATOMS, *OPERATORS]), min_size=1, max_size=6).map(" ".join)
any_queries = st.one_of(texts, queries, joined, characters)


async def found(search: SearchStore, query: str, first: int, number: int) -> set[int]:
    """The tweets from the first on that a query finds, which are the newest of all."""
    return {hit.id for hit in await search.latest_tweets(query, number, None) if hit.id >= first}


async def index(search: SearchStore, bodies: Sequence[str]) -> list[int]:
    ids = [new_id() for _ in bodies]
    tweets = [Tweet(each, each, 1, body, each, *NONE) for each, body in zip(ids, bodies, strict=True)]
    await search.index_tweets(tweets, new_id())
    return ids


@settings(examples, max_examples=100)
@given(
    bodies=st.lists(any_texts, min_size=1, max_size=20),
    asked=st.lists(any_queries, min_size=1, max_size=15),
)
async def test_the_matcher_finds_what_the_store_finds(search: SearchStore, bodies: list[str], asked: list[str]) -> None:
    """The texts themselves are queries too, so that there is always something to find."""
    ids = await index(search, bodies)
    words = [words_of(body) for body in bodies]
    for query in [*asked, *bodies, *(f'"{body}"' for body in bodies[:5])]:
        compiled = compile_query(query)
        expected = await found(search, query, ids[0], len(bodies))
        assert {each for each, text in zip(ids, words, strict=True) if compiled.matches(text)} == expected, query


def queries_about(bodies: Sequence[str], number: int) -> Iterator[str]:
    """Made of the texts' own words, the same every time."""
    chance = random.Random(1)
    for _ in range(number):
        query = ""
        for _ in range(chance.randint(1, 3)):
            words = chance.choice(bodies).split()
            at = chance.randrange(len(words))
            quoted = " ".join(words[at : at + 2]).replace('"', "")
            query += chance.choice([words[at], words[at], f"-{words[at]}", f"or {words[at]}", f'"{quoted}"']) + " "
        yield query


@pytest.mark.skipif(not network.DATA.is_dir(), reason=f"there is no {network.DATA}")
async def test_they_agree_about_real_tweets(search: SearchStore) -> None:
    bodies = [text for _, text in network.read_network(follows=0, tweets=1_000).tweets]
    ids = await index(search, bodies)
    words = [words_of(body) for body in bodies]
    hits = 0
    for query in queries_about(bodies, 100):
        compiled = compile_query(query)
        expected = await found(search, query, ids[0], len(bodies))
        assert {each for each, text in zip(ids, words, strict=True) if compiled.matches(text)} == expected, query
        hits += len(expected)
    assert hits > 500


ROOTS = """
    add aff agg all at ebb egg end err inn odd off ass past organ inter gener univers geolog biolog archaeolog run hop
    hope agree sky dying happy nation rel argu connect cry say enjoy fluent conspir succ proce exce earl herring
"""
ENDINGS = """
    - s es ed ing ly y ies ied ier eed eedly edly ingly ness iness ful fulness less lessly ment ation ational ate ator
    ize izer izing ization al ally alli ic ical icity ous ously ousli ive iveness ivity able ably ability ance ence ent
    ant ism ist logist logi li bli er ers or t tion sion us ss sses eye yed
"""


async def test_stems_and_stop_words_are_those_of_postgres(postgres_url: str) -> None:
    words = sorted(STOP_WORDS | {root + ending.strip("-") for root, ending in product(ROOTS.split(), ENDINGS.split())})
    connection = await asyncpg.connect(postgres_url)
    try:
        sql = "SELECT ts_lexize('english_stem', word) FROM unnest($1::text[]) WITH ORDINALITY AS t (word, n) ORDER BY n"
        stems = [row[0] for row in await connection.fetch(sql, words)]
    finally:
        await connection.close()
    assert [[] if word in STOP_WORDS else [stem(word)] for word in words] == stems
