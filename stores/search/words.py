"""What a query looks for, and what of it is shown."""

import re
from functools import partial

from domain.matching import Query, english, read_query
from domain.matching.folding import folded
from domain.matching.words import phrase_of

_OPERATORS = re.compile(r'"|(?:^|\s)-|\bor\b', re.IGNORECASE)
_WORD = re.compile(r"\w+")
_MINUSES = re.compile(r"-(?:\s*-){9,}")


def shortened(query: str) -> str:
    """A query that Postgres takes: it fails at more than 32 negations of negations, which say no more than one or
    two."""
    return _MINUSES.sub(lambda run: "-" if run[0].count("-") % 2 else "--", query)


def shown(query: str) -> frozenset[str]:
    """The words to be marked in the tweets that are found."""
    return read_query(query, english(query)).wanted


def about(query: str) -> Query:
    """The query as it is asked of people's bios."""
    return read_query(query, partial(phrase_of, without_stop_words=True))


def beginnings(query: str) -> list[str]:
    """Words each of which must begin a word of the name; none for a query with operators, or with an underscore, at
    which Postgres would cut."""
    if "_" in query or _OPERATORS.search(query):
        return []
    return _WORD.findall(folded(query))


def handle_of(query: str) -> tuple[str, str]:
    """The query as a handle in lower case, and a text that lies behind all handles that begin so."""
    handle = folded(query).strip().removeprefix("@").lower()
    return handle, f"{handle}\U0010ffff" if handle else ""
