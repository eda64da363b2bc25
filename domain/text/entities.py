"""Mentions, hashtags and links in a text, none overlapping another."""

from dataclasses import dataclass
from operator import attrgetter
from typing import Final, TypeAlias

import regex

from domain.text.characters import AT_SIGNS, HASH_SIGNS, LATIN_ACCENTS
from domain.text.urls import Url, find_urls


@dataclass(frozen=True, slots=True)
class Mention:
    """A handle after an at sign: text[start:end] is both, in code points. Nobody need have it."""

    start: int
    end: int
    handle: str


@dataclass(frozen=True, slots=True)
class Hashtag:
    """A tag after a hash sign: text[start:end] is both, in code points."""

    start: int
    end: int
    tag: str


@dataclass(frozen=True, slots=True)
class Entities:
    """What a text refers to, each kind in the text's order."""

    mentions: tuple[Mention, ...]
    hashtags: tuple[Hashtag, ...]
    urls: tuple[Url, ...]


_Entity: TypeAlias = Mention | Hashtag | Url

_MENTION: Final = regex.compile(
    rf"(?:^|[^A-Za-z0-9_!#$%&*{AT_SIGNS}]|(?:^|[^A-Za-z0-9_+~.-])[rR][tT]:?)"
    rf"([{AT_SIGNS}]([A-Za-z0-9_]{{1,20}}+))(/[A-Za-z][A-Za-z0-9_-]{{0,24}}+)?+"
    rf"(?=([{AT_SIGNS}{LATIN_ACCENTS}]|://|))"
)
# Joiners, marks and dots that hold words together in Hebrew, Japanese, Tibetan, Catalan ...
_JOINING: Final = "_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c\u00b7"
_IN_TAG: Final = rf"\p{{L}}\p{{M}}\p{{Nd}}{_JOINING}"
_HASHTAG: Final = regex.compile(
    rf"(?:^|[\ufe0e\ufe0f]|[^&{_IN_TAG}])([{HASH_SIGNS}](?![\ufe0f\u20e3])"
    rf"([\p{{Nd}}{_JOINING}]*+[\p{{L}}\p{{M}}][{_IN_TAG}]*+))(?=([{HASH_SIGNS}]|://|))"
)


def extract(text: str) -> Entities:
    """Mentions, hashtags and links of `text`. Of two that overlap the earlier one counts."""
    found: list[_Entity] = [*find_urls(text), *_mentions(text), *_hashtags(text)]
    if len(found) > 1:
        found = _without_overlaps(found)
    return Entities(
        tuple(entity for entity in found if isinstance(entity, Mention)),
        tuple(entity for entity in found if isinstance(entity, Hashtag)),
        tuple(entity for entity in found if isinstance(entity, Url)),
    )


def _mentions(text: str) -> list[Mention]:
    """A handle with a slash and a name names a list of lists, and no person."""
    if not any(sign in text for sign in AT_SIGNS):
        return []
    return [Mention(*match.span(1), match[2]) for match in _MENTION.finditer(text) if not match[3] and not match[4]]


def _hashtags(text: str) -> list[Hashtag]:
    """Tags have a letter at least."""
    if not any(sign in text for sign in HASH_SIGNS):
        return []
    return [Hashtag(*match.span(1), match[2]) for match in _HASHTAG.finditer(text) if not match[3]]


def _without_overlaps(found: list[_Entity]) -> list[_Entity]:
    """In the order of the text."""
    kept: list[_Entity] = []
    for entity in sorted(found, key=attrgetter("start")):
        if not kept or kept[-1].end <= entity.start:
            kept.append(entity)
    return kept
