"""Texts as they lie in the index: as the words that Starling itself makes of them.

Elasticsearch cuts at blanks and does nothing else. So a search finds what Postgres would find, and what the matcher of
live searches finds, to the last oddity; and where the words stand is known when a hit is to be shown.
"""

import html
from collections.abc import Collection, Iterator, Sequence

from domain.matching.stems import STOP_WORDS, stem
from domain.matching.tokens import located, tokens

GAP = "-"
"""Stands where a word was left out, and is none itself: the index keeps its place free."""


def stems(text: str, *, without_stop_words: bool = False) -> tuple[str, list[int]]:
    """The stems of a text's words in their order, with blanks between them, and where each word begins and ends."""
    words: list[str] = []
    places: list[int] = []
    for token, start, of_letters in located(text):
        left_out = without_stop_words and of_letters and token in STOP_WORDS
        words.append(GAP if left_out else stem(token) if of_letters else token)
        places += start, start + len(token)
    return " ".join(words), places


def names(text: str) -> str:
    """The words of a text as they are, in lower case, with blanks between them."""
    return " ".join(token for token, _ in tokens(text))


def marked(text: str, words: str, places: Sequence[int], wanted: Collection[str]) -> str | None:
    """A text as HTML, with those of its words in `<em>` that are wanted; None if none is. `words` and `places` are what
    `stems` made of it."""
    parts: list[str] = []
    end = 0
    for start, stop in _found(words, places, wanted):
        if start >= end:  # a word's parts come after it
            parts += _escaped(text[end:start]), "<em>", _escaped(text[start:stop]), "</em>"
            end = stop
    return "".join((*parts, _escaped(text[end:]))) if parts else None


def _found(words: str, places: Sequence[int], wanted: Collection[str]) -> Iterator[Sequence[int]]:
    for number, word in enumerate(words.split(" ")):
        if word in wanted:
            yield places[2 * number : 2 * number + 2]


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)
