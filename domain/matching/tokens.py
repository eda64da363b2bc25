"""The tokens of a text as the default parser of PostgreSQL cuts them.

https://www.postgresql.org/docs/18/textsearch-parsers.html names the types of tokens; what each of them takes is what
the parser does, which is checked against Postgres itself in tests/contract/test_matching.py. The parser prefers what is
longer and more special: an email address to a host, a host to a file name, that to a word.

Repetitions that could be tried again from each of their own parts have bounds, so that the time is linear. Comments and
quotes within tags have none, but only links make a text long, and these have no "<".
"""

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final

import regex

from domain.matching.folding import folded

MAX_BYTES: Final = 2046
"""Longer tokens are no words."""

ALPHANUMERIC: Final = r"\p{L}\p{Nd}\p{Alphabetic}"
"""What a word can begin with, for use inside the brackets of a regular expression."""

_IN_WORD: Final = rf"{ALPHANUMERIC}\p{{Mn}}\p{{Me}}\p{{Cf}}"
_LETTER: Final = rf"(?![0-9])[{ALPHANUMERIC}]"
_NUMBERED_WORD: Final = rf"(?![0-9]++(?![{_IN_WORD}]))(?=[{_IN_WORD}]*?[0-9])[{ALPHANUMERIC}][{_IN_WORD}]*+"
_COMPOUND: Final = (
    rf"(?![0-9]++(?![{_IN_WORD}]))[{ALPHANUMERIC}][{_IN_WORD}]*+"
    rf"(?:-(?:{_LETTER}|[0-9]++[{_IN_WORD}])[{_IN_WORD}]*+)++"
)

_SCIENTIFIC: Final = r"[0-9]++[eE][-+]?[0-9]++"
_DECIMAL: Final = r"[0-9]++\.[0-9]++(?:(?:\.[0-9]++)++|[eE][-+]?[0-9]++)?"
_SIGNED: Final = r"[-+](?![0-9]++\.[0-9]++\.[0-9])[0-9]++(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?"

_LABEL: Final = "[A-Za-z0-9]++"
_LABELS: Final = rf"{_LABEL}(?:[-_.]{_LABEL}){{0,15}}"
_HOST: Final = rf"(?!{_SCIENTIFIC}){_LABELS}\.[A-Za-z]{{2,}}+(?![0-9])(?::[0-9]++)?"
_EMAIL: Final = rf"(?:{_LABELS}+|{_NUMBERED_WORD})@{_HOST}"
_URL_PATH: Final = r"/[!#-;=?-\[\]_a-z~]++"

_UP: Final = r"(?:\.{1,2}/|~/){0,16}"
_END: Final = r"\.\.(?=[/\s]|\Z)"
_IN_FILE: Final = rf"(?:[A-Za-z0-9_-]++|\.(?=[A-Za-z0-9_])|/{_UP}[.~]?[A-Za-z0-9_])*+(?:/{_UP}{_END})?"
_PATH: Final = rf"/{_UP}(?:[.~]?[A-Za-z0-9_]{_IN_FILE}|{_END})"
_FILE: Final = (
    rf"(?:[A-Za-z]++|{_NUMBERED_WORD})(?:{_PATH}|\.[A-Za-z0-9_]{_IN_FILE})"
    rf"|[0-9]++{_PATH}|(?:\.{{1,2}}|~)?{_PATH}|~[A-Za-z0-9_]{_IN_FILE}|{_END}"
)

_ENTITY: Final = rf"&(?:\#[0-9]++|\#[xX][0-9A-Fa-f]++|[A-Za-z:_][{ALPHANUMERIC}:_.-]*+);"
_IN_TAG: Final = r"""(?:[A-Za-z0-9=_\#/:.&?%~\s-]|'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+")*+>"""
_TAG: Final = (
    r"<(?i:script|style)(?=[\s>]).*?(?:</(?i:script|style)(?=[\s>])|\Z)"
    rf"|<(?:/[A-Za-z]|[A-Za-z:_])[{ALPHANUMERIC}:_.-]*+(?:/?>|\s{_IN_TAG})"
    rf"|<!--.*?-->|<(?:![Dd]|\?x){_IN_TAG}"
)

# Sequences of blanks end before these, as something might begin there.
_BLANKS: Final = rf"[^{ALPHANUMERIC}<+&/-]*+"

# Most tokens are taken by one of the first two lines. What has no name is no word.
_TOKEN: Final = regex.compile(
    rf"""(?P<word>[A-Za-z]++(?![{_IN_WORD}./_@:-]))
    |[^{ALPHANUMERIC}<+&/~.-]{_BLANKS}
    |{_TAG}
    |{_ENTITY}
    |(?P<other>{_SCIENTIFIC}|{_SIGNED}|{_EMAIL})
    |(?P<host>{_HOST})(?P<path>{_URL_PATH})?
    |(?P<file>{_DECIMAL}|{_FILE})
    |(?P<compound>{_COMPOUND})(?:-(?=[0-9]))?
    |[A-Za-z]++://
    |(?P<numbered>{_NUMBERED_WORD}|[0-9]++)
    |(?P<letters>[{ALPHANUMERIC}][{_IN_WORD}]*+)
    |.{_BLANKS}""",
    regex.VERBOSE | regex.DOTALL,
)
_DIGIT: Final = regex.compile("[0-9]")
_OF_LETTERS: Final = frozenset({"word", "letters", "compound"})


def tokens(text: str) -> Iterator[tuple[str, bool]]:
    """The tokens of `text` that are words, in their order, in lower case and without accents, and whether each is of
    letters alone.

    What has parts is followed by them: "well-known" by "well" and "known", "x.org/a" by "x.org" and "/a".
    """
    for token, _, of_letters in located(text):
        yield token, of_letters


def located(text: str) -> Iterator[tuple[str, int, bool]]:
    """As `tokens`, with where each begins; it is as long in the text."""
    for match in _TOKEN.finditer(folded(text)):
        kind = match.lastgroup
        if kind is None:
            continue
        of_letters = kind in _OF_LETTERS
        for token, start in _with_parts(match, kind):
            if len(token) * 4 <= MAX_BYTES or len(token.encode()) <= MAX_BYTES:
                yield _lower(token), start, of_letters and not _DIGIT.search(token)


def _with_parts(match: regex.Match[str], kind: str) -> Iterable[tuple[str, int]]:
    if kind == "path":
        host, path = match["host"], match["path"]
        start = match.start("host")
        return (host + path, start), (host, start), (path, start + len(host))
    whole, start = match[kind], match.start(kind)
    if kind == "compound":
        parts = whole.split("-")
        starts = accumulate((len(part) + 1 for part in parts[:-1]), initial=start)
        return (whole, start), *zip(parts, starts, strict=True)
    return ((whole, start),)


def _lower(token: str) -> str:
    """Character by character, as Postgres does: no letter becomes two, and a sigma at the end is like any other."""
    return token.lower() if token.isascii() else "".join([character.lower()[0] for character in token])
