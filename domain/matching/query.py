"""Queries with the syntax of web search engines, as `websearch_to_tsquery` of PostgreSQL reads them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

import regex

from domain.matching.entities import with_entity_words
from domain.matching.tokens import ALPHANUMERIC
from domain.matching.words import Phrase, TextWords, phrase_of

_SPACE: Final = r"\t-\r "
_IGNORED: Final = rf"[{_SPACE}!&|()<]*+"
_OPERAND: Final = regex.compile(
    rf'(?P<minuses>(?:{_IGNORED}-)*+){_IGNORED}(?:"(?P<quoted>[^"]*+)"?|(?P<bare>[^{_SPACE}"][^{_SPACE}!&|()<":]*+))'
)
# At the end of a query it is a word like any other.
_OR: Final = regex.compile(
    rf"{_IGNORED}[oO][rR](?![-_{ALPHANUMERIC}])(?=.[{_SPACE}]*+[^{_SPACE}])",
    regex.DOTALL,
)

_Term: TypeAlias = tuple[int, Phrase]
"""A phrase and how many minus signs stand before it: two cancel each other out."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """What a text must have and must not have; `wanted` is never empty."""

    wanted: tuple[Phrase, ...]
    unwanted: tuple[Phrase, ...]

    def matches(self, words: TextWords) -> bool:
        return all(map(words.has, self.wanted)) and not any(map(words.has, self.unwanted))


@dataclass(frozen=True, slots=True)
class Query:
    """A query that is read: texts match it that match one of its alternatives. It may have none, which nothing matches.

    Those that ask for the same, in whatever order and inflection, are equal.
    """

    alternatives: frozenset[Alternative]

    def matches(self, words: TextWords) -> bool:
        return any(alternative.matches(words) for alternative in self.alternatives)

    @property
    def wanted(self) -> frozenset[str]:
        """The words that are looked for, each by itself."""
        phrases = (phrase for alternative in self.alternatives for phrase in alternative.wanted)
        return frozenset(word for phrase in phrases for _, word in phrase)


def compile_query(query: str) -> Query:
    """Any text is a query. One with an alternative of stop words alone is as if it weren't there; one with an
    alternative of negations alone matches nothing, since nearly everything would."""
    return read_query(with_entity_words(query), english(query))


def english(query: str) -> Callable[[str], Phrase]:
    """How the parts of a query of tweets are read: stop words count in one with a phrase alone."""
    return partial(phrase_of, without_stop_words='"' not in query)


def read_query(query: str, read: Callable[[str], Phrase]) -> Query:
    """As compile_query, with the words that `read` makes of each part, and with none for hashtags and mentions."""
    alternatives = [
        [(minuses, phrase) for minuses, part in parts if (phrase := read(part))] for parts in _alternatives(query)
    ]
    alternatives = [terms for terms in alternatives if terms]
    if not all(any(minuses == 0 for minuses, _ in terms) for terms in alternatives):
        return Query(frozenset())
    return Query(frozenset(map(_alternative, alternatives)))


def _alternatives(query: str) -> Iterator[list[tuple[int, str]]]:
    """The parts between one "or" and the next, each with the number of its minus signs."""
    parts: list[tuple[int, str]] = []
    position = 0
    while operand := _OPERAND.match(query, position):
        parts.append((operand["minuses"].count("-"), operand["quoted"] or operand["bare"] or ""))
        position = operand.end()
        if either := _OR.match(query, position):
            yield parts
            parts, position = [], either.end()
    yield parts


def _alternative(terms: Sequence[_Term]) -> Alternative:
    return Alternative(
        wanted=tuple(sorted({phrase for minuses, phrase in terms if minuses % 2 == 0})),
        unwanted=tuple(sorted({phrase for minuses, phrase in terms if minuses % 2})),
    )
