"""Words as they lie in an index, and texts with some of them marked."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.matching import words_of
from stores.search.texts import marked, names, stems


def shown(text: str, *wanted: str) -> str | None:
    return marked(text, *stems(text), wanted)


def test_stems_with_their_places() -> None:
    text = "Running the well-known x.org/a #Hills"
    words, places = stems(text)
    assert words == "run the well-known well known x.org/a x.org /a hill"
    assert [text[start:end] for start, end in zip(places[::2], places[1::2], strict=True)] == [
        "Running",
        "the",
        "well-known",
        "well",
        "known",
        "x.org/a",
        "x.org",
        "/a",
        "Hills",
    ]
    assert stems("the friend of Ann", without_stop_words=True)[0] == "- friend - ann"
    assert stems("") == ("", [])
    assert names("Ann_B The Running") == "ann b the running"


@pytest.mark.parametrize(
    ("text", "wanted", "html_text"),
    [
        ("Running & run <b>", ["run"], "<em>Running</em> &amp; <em>run</em> &lt;b&gt;"),
        ("well-known", ["known"], "well-<em>known</em>"),
        ("well-known", ["well-known", "known"], "<em>well-known</em>"),
        ("see x.org/a", ["x.org"], "see <em>x.org</em>/a"),
        ('"tea" it\'s', ["tea"], '"<em>tea</em>" it\'s'),
        ("tea", ["milk"], None),
        ("", ["tea"], None),
        ("İİ tea", ["tea"], "İİ <em>tea</em>"),
    ],
)
def test_wanted_words_are_marked(text: str, wanted: list[str], html_text: str | None) -> None:
    assert shown(text, *wanted) == html_text


@given(text=st.text(st.sampled_from("ab-./<>&'\" \n#@:.éİß日👩\u0301"), max_size=40), whole=st.booleans())
def test_nothing_but_marks_is_added(text: str, whole: bool) -> None:
    words = [*words_of(text).places]
    found = shown(text, *(words if whole else words[:1]))
    if found is not None:
        assert html.unescape(re.sub("</?em>", "", found)) == text
        assert re.sub("[^<]*<em>[^<]+</em>", "", found).count("<em>") == 0


@given(text=st.text(st.sampled_from("ab-./<>&'\" \n#@:.éİß日👩\u0301"), max_size=40))
def test_words_are_those_of_the_matcher(text: str) -> None:
    words, places = stems(text)
    found = words.split(" ") if words else []
    assert len(places) == 2 * len(found)
    assert [word for word, at in words_of(text).places.items() for _ in at if word in found] == sorted(
        found, key=list(words_of(text).places).index
    )
