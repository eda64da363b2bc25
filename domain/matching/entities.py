"""Hashtags and mentions as words of their own: the words of a text cut them, and "#running" is not "#run"."""

from domain.text import extract


def entity_words(text: str) -> list[str]:
    """A word for each hashtag and mention of a text, whatever the case."""
    entities = extract(text)
    return [
        *(_word("hashtag", hashtag.tag) for hashtag in entities.hashtags),
        *(_word("mention", mention.handle) for mention in entities.mentions),
    ]


def with_entity_words(query: str) -> str:
    """A query with its hashtags and mentions as such words. Quoted parts stay as they are: a phrase is made of the
    text's own words in a row."""
    parts = query.split('"')
    parts[::2] = [_replaced(part) for part in parts[::2]]
    return '"'.join(parts)


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
