"""A text as the words that queries look for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from domain.matching.entities import entity_words
from domain.matching.stems import STOP_WORDS, stem
from domain.matching.tokens import MAX_BYTES, tokens

Phrase: TypeAlias = tuple[tuple[int, str], ...]
"""Words, each with its distance from the first one. Most phrases are of one word."""


@dataclass(frozen=True, slots=True)
class TextWords:
    """A text's words with the places where they stand, in ascending order."""

    places: Mapping[str, Sequence[int]]

    def has(self, phrase: Phrase) -> bool:
        (_, first), *others = phrase
        starts = self.places.get(first, ())
        if not others:
            return bool(starts)
        return any(all(start + distance in self.places.get(word, ()) for distance, word in others) for start in starts)


def words_of(text: str) -> TextWords:
    """The words of a text, turned into stems, and after them its hashtags and mentions."""
    words = [stem(token) if of_letters else token for token, of_letters in tokens(text)]
    words += special_words(text)
    places: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        places.setdefault(word, []).append(place)
    return TextWords(places)


def special_words(text: str) -> list[str]:
    """The hashtags and mentions of a text as words."""
    return [word for word in entity_words(text) if len(word) <= MAX_BYTES]


def phrase_of(text: str, *, without_stop_words: bool) -> Phrase:
    """The words of part of a query. Stop words that are left out keep their places; empty if there are no others."""
    found = [
        (place, stem(token) if of_letters else token)
        for place, (token, of_letters) in enumerate(tokens(text))
        if not (without_stop_words and of_letters and token in STOP_WORDS)
    ]
    return tuple((place - found[0][0], word) for place, word in found)
