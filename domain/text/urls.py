"""Links in a text, with or without a protocol, as twitter-text 3.1 finds them, in linear time.

twitter-text matches one expression that tries all ways to divide a host. Here a host is first found as a chain of
labels with their dots, which has one reading only; then the chain's last top-level domain decides where the host ends.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

from domain.text.characters import AT_SIGNS, DIRECTIONAL_MARKS, HASH_SIGNS, LATIN_ACCENTS, NONCHARACTERS, SPACES
from domain.text.tlds import top_level_ends

MAX_URL_LENGTH: Final = 4096
MAX_LABEL_LENGTH: Final = 63
MAX_TCO_SLUG_LENGTH: Final = 40
DEFAULT_PROTOCOL: Final = "https://"


@dataclass(frozen=True, slots=True)
class Url:
    """A link: text[start:end] == url, in code points. The protocol may be absent."""

    start: int
    end: int
    url: str


_PUNCTUATION: Final = re.escape("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_HOST: Final = f"[^{_PUNCTUATION}{SPACES}{DIRECTIONAL_MARKS}{NONCHARACTERS}\x00-\x1f\x7f]"
_LABEL: Final = rf"{_HOST}++(?:[-_]++{_HOST}++)*+"
# Starting nowhere but at the edge of a run keeps it linear: a run that fails is not tried again from its middle.
_CHAIN: Final = re.compile(rf"(?:(?<={_HOST}[-_])|(?<!{_HOST})(?<![-_]))[-_]*+((?:{_LABEL}\.)++)")
_MAY_FOLLOW: Final = rf"(?<![A-Za-z0-9{AT_SIGNS}${HASH_SIGNS}{NONCHARACTERS}])"
_START: Final = re.compile(_MAY_FOLLOW + _HOST)
_PROTOCOL: Final = re.compile(_MAY_FOLLOW + r"[hH][tT][tT][pP][sS]?://\Z")
_ASCII_LABEL: Final = f"[-a-zA-Z0-9{LATIN_ACCENTS}]"
_ASCII_CHAIN: Final = re.compile(rf"(?<!{_ASCII_LABEL})(?:{_ASCII_LABEL}++\.)++")

_PATH: Final = rf"[a-zA-Z\u0400-\u04ff0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{LATIN_ACCENTS}]"
_PATH_END: Final = rf"[a-zA-Z\u0400-\u04ff0-9=_#/+\-{LATIN_ACCENTS}]"
_PARENTHESES: Final = rf"\((?:{_PATH}++|{_PATH}*+\({_PATH}++\){_PATH}*+)\)"
_QUERY: Final = r"\?[a-zA-Z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-zA-Z0-9\-_&=#/]"
_TAIL: Final = re.compile(rf"(?::[0-9]+)?(/(?:{_PATH}*+{_PARENTHESES})*+(?:{_PATH}*{_PATH_END})?)?(?:{_QUERY})?")
_TCO: Final = re.compile(rf"https?://t\.co/([a-z0-9]+)(?:{_QUERY})?", re.ASCII | re.IGNORECASE)
_DOT_TO_IDNA: Final = re.compile("[\u3002\uff0e\uff61]")
