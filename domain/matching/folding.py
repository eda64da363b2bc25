"""Letters without their accents: "cafe" finds "café", whichever of the two was typed."""

from collections.abc import Iterator
from itertools import chain
from typing import Final
from unicodedata import name, normalize

_SCRIPTS: Final = ("LATIN ", "GREEK ")
"""In others a mark makes another letter: и and й."""

_ACCENTED: Final = chain(range(0x00C0, 0x0250), range(0x0370, 0x0400), range(0x1E00, 0x2000))
"""The blocks of letters that Unicode has both in one piece and as letter and marks."""

_OTHERS: Final = dict(zip("ØøŁłĐđĦħŦŧıς", "OoLlDdHhTtiσ", strict=True))
"""Unicode takes these for letters without marks, their readers for others with one; and ς is the σ at a word's end."""


def _folds() -> Iterator[tuple[str, str]]:
    for letter in map(chr, _ACCENTED):
        base, *marks = list(normalize("NFD", letter))
        if marks and name(base).startswith(_SCRIPTS):
            yield letter, base


_FOLDS: Final = str.maketrans(dict(_folds()) | _OTHERS)


def folded(text: str) -> str:
    """As long as `text`, so that what is found in one is at the same place in the other: marks that are characters of
    their own stay."""
    return text if text.isascii() else text.translate(_FOLDS)
