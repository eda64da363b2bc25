"""How long texts count as, and which characters they must not have."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.text import MAX_WEIGHT, forbidden_character, weighted_length

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
KISS = "\U0001f468\U0001f3fd\u200d\u2764\ufe0f\u200d\U0001f48b\u200d\U0001f468\U0001f3ff"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("This is a test.", 15),
        ("a\nb", 3),
        ("é", 1),
        ("e\u0301", 1),
        ("\u1112\u1161\u11ab", 2),
        ("日本語", 6),
        ("저찀쯿쿿", 8),
        ("\u10ff\u1100", 3),
        ("\u2000\u200d\u200e\u2010\u201f\u2020\u2032\u2037\u2038", 12),
        ("\U00010000\U0010ffff", 4),
        ("http://test.com", 23),
        ("test.com", 23),
        ("Test https://test.com test https://test.com test.com test", 86),
        ("http://a.com/" + "b" * 1_000, 23),
        ("日本a.com", 27),
    ],
)
def test_weights(text: str, weight: int) -> None:
    assert weighted_length(text) == weight


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("👍", 2),
        ("👍🏿", 2),
        ("☺", 2),
        ("☺\ufe0f", 2),
        ("☺\ufe0e", 4),
        ("©", 1),
        ("©\ufe0f", 2),
        ("1\ufe0f\u20e3", 2),
        ("1\u20e3", 2),
        ("1\ufe0f", 3),
        ("🇫🇷", 2),
        ("🇫🇷🇩🇪", 4),
        ("🇫", 2),
        (FAMILY, 2),
        (KISS, 2),
        (SCOTLAND, 2),
        (f"{FAMILY}{KISS}", 4),
        (f"{FAMILY}\u200d{FAMILY}", 5),
        ("👍\u200d", 3),
        ("👍👍a👍", 7),
        ("👍https://a.com👍", 27),
    ],
)
def test_an_emoji_counts_two_however_many_code_points_it_has(text: str, weight: int) -> None:
    assert weighted_length(text) == weight


def test_the_limit() -> None:
    assert weighted_length("の" * 140) == weighted_length("a" * 280) == MAX_WEIGHT
    assert weighted_length(KISS * 140) == MAX_WEIGHT
    assert weighted_length("http://a.com " * 11 + "a" * 16) == MAX_WEIGHT


def test_far_too_long_texts_are_counted_without_links_and_emoji() -> None:
    assert weighted_length("a.com " * 10_922) == 24 * 10_922
    assert weighted_length("a.com " * 10_923) == 6 * 10_923
    assert weighted_length("あ" * 333_333) == 666_666


def test_combining_marks_are_counted_in_linear_time() -> None:
    assert weighted_length("a" + "\u0300\u0316" * 5_000) == 10_000
    assert weighted_length("a\u0316" + "\u0300" * 30) == 31


@given(
    st.text(alphabet=st.one_of(st.characters(), st.sampled_from("ae\u0301\u0316\u0f73각ᆨ👍\u200d\ufe0f. ")), max_size=30)
)
def test_the_weight_is_that_of_the_normal_form(text: str) -> None:
    assert weighted_length(text) == weighted_length(normalize("NFC", text)) == weighted_length(normalize("NFD", text))


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_space_adds_one(left: str, right: str) -> None:
    assert weighted_length(f"{left} {right}") == weighted_length(left) + 1 + weighted_length(right)


@pytest.mark.parametrize(
    ("text", "character"),
    [
        ("", None),
        ("a\nb", None),
        ("\u202aא\u202c\u2066\u2069\u200e\u200f\u061c", None),
        ("\x7f\x80\x9f\ufdd0\ufffd\U0001ffff\U0010ffff", None),
        ("a\ufffe\ufeff", "U+FFFE"),
        ("\ufeffa", "U+FEFF"),
        ("a\uffff", "U+FFFF"),
        ("a\x00", "U+0000"),
        ("a\tb", "U+0009"),
        ("a\r\nb", "U+000D"),
        ("\x1f", "U+001F"),
        ("\ud800", "U+D800"),
        ("a\udfff", "U+DFFF"),
    ],
)
def test_forbidden_characters(text: str, character: str | None) -> None:
    assert forbidden_character(text) == character


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_the_first_forbidden_character_is_told(text: str) -> None:
    forbidden = [*range(10), *range(11, 32), *range(0xD800, 0xE000), 0xFEFF, 0xFFFE, 0xFFFF]
    first = next((f"U+{ord(character):04X}" for character in text if ord(character) in forbidden), None)
    assert forbidden_character(text) == first
