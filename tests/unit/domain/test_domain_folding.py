"""Letters without their accents."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.matching.folding import folded


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Crème brûlée, ÀÉÎÕÜ", "Creme brulee, AEIOU"),
        ("Tiếng Việt ở Đà Nẵng", "Tieng Viet o Da Nang"),
        ("Łódź, Århus, Ñandú, ışık", "Lodz, Arhus, Nandu, isik"),
        ("Ἀθῆναι, ὁδός", "Αθηναι, οδοσ"),
        ("größe, œuvre", "große, œuvre"),
        ("мой, が", "мой, が"),
        ("x\u0301", "x\u0301"),
        ("plain #text 1", "plain #text 1"),
    ],
)
def test_accents_of_latin_and_greek_letters_go(text: str, plain: str) -> None:
    assert folded(normalize("NFC", text)) == normalize("NFC", plain)


@given(st.text())
def test_every_character_stays_where_it_is(text: str) -> None:
    plain = folded(text)
    assert len(plain) == len(text)
    assert folded(plain) == plain
