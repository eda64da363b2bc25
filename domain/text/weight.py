"""How long a text counts as, and what it must not contain: version 3 of twitter-text's configuration."""

import re
from typing import Final
from unicodedata import normalize

import regex

from domain.text.urls import find_urls

MAX_WEIGHT: Final = 280
"""The weight that a tweet's text may have at most."""

_FORBIDDEN: Final = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff\ufeff\ufffe\uffff]")

# Whatever lies outside of twitter-text's ranges of light characters counts twice.
_HEAVY: Final = re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]+")
_HEAVY_CHARACTER: Final = "\uffff"
_LIGHT_URL: Final = " " * 23

# No text of more code points weighs 280 or less: 12 links of 4,096 each and 140 emoji of 35 are fewer.
_LONGEST: Final = 2**16

# Emoji sequences by the form that UTS #51 gives them, rather than a list of those in use, so that new ones need no
# new release. The longest in use have four parts and six tags; without such bounds a chain of any length would count 2.
_PART: Final = (
    r"(?:\p{Emoji_Modifier_Base}\p{Emoji_Modifier}"
    r"|\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f"
    r"|[\p{Extended_Pictographic}--[©®]]\ufe0f?|[©®]\ufe0f)"
)
_EMOJI: Final = regex.compile(
    rf"\p{{Regional_Indicator}}{{2}}|[0-9#*]\ufe0f?\u20e3|{_PART}(?:\u200d{_PART}){{0,3}}", regex.VERSION1
)

# Canonical ordering takes quadratic time in a run of combining marks. Texts have at most 30 in a row (the Stream-Safe
# Text Format, UAX #15), so that marks beyond that can be left as they are.
_STREAM_SAFE: Final = regex.compile(r"\p{M}{0,30}+(?:\P{M}++\p{M}{0,30}+)*+")


def weighted_length(text: str) -> int:
    """Weight of `text` in its NFC form: a link 23, an emoji 2, other characters 1 or, from U+1100 on mostly, 2.

    A text of more than 65,536 code points, which is far too long, is counted as if it had no links and emoji.
    """
    if not text.isascii():
        text = "".join(normalize("NFC", part) for part in _STREAM_SAFE.findall(text))
    if len(text) <= _LONGEST:
        text = _with_light_urls(text)
        if _HEAVY.search(text):
            text = _EMOJI.sub(_HEAVY_CHARACTER, text)
    return len(text) + sum(map(len, _HEAVY.findall(text)))


def _with_light_urls(text: str) -> str:
    """`text` with every link replaced by as many light characters as it counts."""
    parts: list[str] = []
    end = 0
    for url in find_urls(text):
        parts += text[end : url.start], _LIGHT_URL
        end = url.end
    return "".join((*parts, text[end:]))


def forbidden_character(text: str) -> str | None:
    """The first character that no text may have, as "U+FFFE"; None when there is none.

    Forbidden are U+FFFE, U+FEFF and U+FFFF as in twitter-text, and besides the control characters below U+0020 other
    than line feed, and lone surrogates, which UTF-8 can't encode. Marks of direction are allowed.
    """
    found = _FORBIDDEN.search(text)
    return f"U+{ord(found[0]):04X}" if found else None
