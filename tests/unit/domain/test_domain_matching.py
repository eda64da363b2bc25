"""Which queries a text matches. That this is what search finds is tested in tests/contract/test_matching.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.matching import QuerySet, compile_query, words_of

VOCABULARY = ["run", "running", "hills", "tea", "the", "up", "#run", "#tea", "@ann", "or", "-", '"', "well-known"]
texts = st.lists(st.sampled_from(VOCABULARY), max_size=8).map(" ".join)
queries = st.one_of(
    st.lists(st.sampled_from(VOCABULARY), max_size=6).map(" ".join),
    st.lists(st.sampled_from(["run", "-run", "or tea", "tea", '"the hills"', "-@ann", "or -up"]), max_size=5).map(
        " ".join
    ),
)


def matches(query: str, text: str) -> bool:
    return compile_query(query).matches(words_of(text))


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("", {}),
        ("The runners run", {"the": [0], "runner": [1], "run": [2]}),
        ("well-known", {"well-known": [0], "well": [1], "known": [2]}),
        ("http://x.org/Run!", {"x.org/run!": [0], "x.org": [1], "/run!": [2]}),
        ("#Run @Ann", {"run": [0], "ann": [1], "hashtag072756e": [2], "mention0616e6e": [3]}),
        ("-5 +3.4 1e5 1.2.3 3rd", {"-5": [0], "+3.4": [1], "1e5": [2], "1.2.3": [3], "3rd": [4]}),
        ("it's and/or <b>&amp;</b> a_b", {"it": [0], "s": [1], "and/or": [2], "a": [3], "b": [4]}),
        ("ÄRGER ΣΊΣΥΦΟΣ İzmir 東京 👍", {"arger": [0], "σισυφοσ": [1], "izmir": [2], "東京": [3]}),
        ("x" * 2047 + " tea", {"tea": [0]}),
        ("running" * 200 + " tea", {"running" * 200: [0], "tea": [1]}),
        ("adding organizations", {"add": [0], "organ": [1]}),
    ],
)
def test_words_of_a_text(text: str, places: dict[str, list[int]]) -> None:
    assert words_of(text).places == places


@pytest.mark.parametrize(
    ("query", "matching"),
    [
        ("run", "abc"),
        ("running hills", "a"),
        ("run -hills", "bc"),
        ("--run", ""),
        ("run --hills", "a"),
        ("hills or shoes", "ab"),
        ("hills OR run shoes", "ab"),
        ("hills or the", "a"),
        ("hills or -shoes", ""),
        ("hills or", "a"),
        ('"running up"', "a"),
        ('"up running"', ""),
        ('"up hills"', ""),
        ('run "up the hill', "a"),
        ('the "running up"', "a"),
        ('the "in old shoes"', ""),
        ("the run", "abc"),
        ("#run", "c"),
        ("-#run run", "ab"),
        ("@ann", "c"),
        ("ann", "c"),
        ("(run) & !hills | <shoes", ""),
        ("the", ""),
        ('"the"', "a"),
        ("-run", ""),
        ("", ""),
        (' "" - ', ""),
    ],
)
def test_queries(query: str, matching: str) -> None:
    found = {"a": "Running up the hills", "b": "I run in old shoes", "c": "a #run with @Ann", "d": "swimming"}
    assert "".join(name for name, text in found.items() if matches(query, text)) == matching


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tea run", "running teas the"),
        ("tea or run", "RUN or tea or run"),
        ("tea -run", "-run tea --tea"),
        ("-tea", "of the"),
    ],
)
def test_queries_for_the_same_are_equal(one: str, other: str) -> None:
    assert compile_query(one) == compile_query(other)


def test_a_set_of_queries() -> None:
    asked: QuerySet[str] = QuerySet()
    for handle, query in {"a": "tea", "b": "teas", "c": "tea or milk", "d": "the", "e": "tea -milk"}.items():
        asked.add(handle, compile_query(query))
    assert len(asked) == 5
    assert asked.matching("Tea!") == {"a", "b", "c", "e"}
    assert asked.matching("tea with milk") == {"a", "b", "c"}
    assert asked.matching("milk") == {"c"}
    assert asked.matching("the") == set()
    asked.remove("a")
    asked.remove("c")
    asked.remove("d")
    assert len(asked) == 2
    assert asked.matching("tea") == {"b", "e"}
    asked.add("a", compile_query("milk"))
    assert asked.matching("tea with milk") == {"a", "b"}


def test_a_handle_is_there_once() -> None:
    asked: QuerySet[int] = QuerySet()
    asked.add(1, compile_query("tea"))
    with pytest.raises(ValueError, match="there already: 1"):
        asked.add(1, compile_query("milk"))
    assert asked.matching("milk") == set()
    with pytest.raises(KeyError):
        asked.remove(2)
    asked.remove(1)
    assert asked.matching("tea") == set()


@given(kept=st.lists(queries, max_size=12), removed=st.lists(queries, max_size=6), texts=st.lists(texts, max_size=5))
def test_a_set_finds_what_each_query_alone_does(kept: list[str], removed: list[str], texts: list[str]) -> None:
    asked: QuerySet[int] = QuerySet()
    compiled = [compile_query(query) for query in [*kept, *removed]]
    for handle, query in enumerate(compiled):
        asked.add(handle, query)
    for handle in range(len(kept), len(compiled)):
        asked.remove(handle)
    for text in texts:
        words = words_of(text)
        alone = {handle for handle, query in enumerate(compiled[: len(kept)]) if query.matches(words)}
        assert asked.matching(text) == alone


@given(text=st.text(st.characters(exclude_characters='"'), max_size=60), query=st.text(max_size=60))
def test_any_text_is_found_by_itself_as_a_phrase_and_any_text_is_a_query(text: str, query: str) -> None:
    words = words_of(text)
    assert compile_query(f'"{text}"').matches(words) == bool(words.places)
    assert isinstance(compile_query(query).matches(words), bool)
