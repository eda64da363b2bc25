"""How queries for people become words of a full text index."""

import re

_OPERATORS = re.compile(r'"|(?:^|\s)-|\bor\b', re.IGNORECASE)
_WORD = re.compile(r"\w+")
_MINUSES = re.compile(r"-(?:\s*-){9,}")


def shortened(query: str) -> str:
    """A query that Postgres takes: it fails at more than 32 negations of negations, which say no more than one or
    two."""
    return _MINUSES.sub(lambda run: "-" if run[0].count("-") % 2 else "--", query)


def beginnings(query: str) -> list[str]:
    """Words each of which must begin a word of the name; none for a query with operators, or with an underscore, at
    which Postgres would cut."""
    if "_" in query or _OPERATORS.search(query):
        return []
    return _WORD.findall(query)


def handle_of(query: str) -> tuple[str, str]:
    """The query as a handle in lower case, and a text that lies behind all handles that begin so."""
    handle = query.strip().removeprefix("@").lower()
    return handle, f"{handle}\U0010ffff" if handle else ""
