"""How texts and queries become words of a full text index of Postgres."""

import re

from domain.text import extract

_OPERATORS = re.compile(r'"|(?:^|\s)-|\bor\b', re.IGNORECASE)
_WORD = re.compile(r"\w+")


def entity_words(text: str) -> str:
    """A word for each hashtag and mention of a text, whatever the case."""
    entities = extract(text)
    return " ".join(
        [
            *(_word("hashtag", hashtag.tag) for hashtag in entities.hashtags),
            *(_word("mention", mention.handle) for mention in entities.mentions),
        ]
    )


def with_entity_words(query: str) -> str:
    """A query with its hashtags and mentions as such words. Quoted parts stay as they are: a phrase is made of the
    text's own words in a row."""
    parts = query.split('"')
    parts[::2] = [_replaced(part) for part in parts[::2]]
    return '"'.join(parts)


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


def _replaced(part: str) -> str:
    entities = extract(part)
    found = [(hashtag.start, hashtag.end, _word("hashtag", hashtag.tag)) for hashtag in entities.hashtags]
    found += [(mention.start, mention.end, _word("mention", mention.handle)) for mention in entities.mentions]
    for start, end, word in sorted(found, reverse=True):
        part = f"{part[:start]}{word} {part[end:]}"
    return part


def _word(kind: str, name: str) -> str:
    """Letters and digits mixed: the parser of Postgres keeps those in one piece, and no dictionary cuts them."""
    return f"{kind}0{name.casefold().encode().hex()}"
