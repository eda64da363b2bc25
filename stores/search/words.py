"""How queries for people become words of a full text index of Postgres."""

import re

_OPERATORS = re.compile(r'"|(?:^|\s)-|\bor\b', re.IGNORECASE)
_WORD = re.compile(r"\w+")
_MINUSES = re.compile(r"-(?:\s*-){9,}")


def shortened(query: str) -> str:
    """A query that Postgres takes: it fails at more than 32 negations of negations, which say no more than one or
    two."""
    return _MINUSES.sub(lambda run: "-" if run[0].count("-") % 2 else "--", query)


def beginnings(query: str) -> str:
    """What to_tsquery takes for "each of these words begins a word of the name"; empty for a query with operators, or
    with an underscore, at which Postgres would cut."""
    if "_" in query or _OPERATORS.search(query):
        return ""
    return " & ".join(f"'{word}':*A" for word in _WORD.findall(query))


def handle_of(query: str) -> tuple[str, str]:
    """The query as a handle in lower case, and a text that lies behind all handles that begin so."""
    handle = query.strip().removeprefix("@").lower()
    return handle, f"{handle}\U0010ffff" if handle else ""
