"""Links in a text, with or without a protocol, as twitter-text 3.1 finds them, but in linear time.

twitter-text matches one expression, which tries every way of dividing a host, from every start. Here hosts are found
first, as runs of labels with their dots, which have one reading only; the last top-level domain in such a run then
decides where the domain ends.

Where twitter-text's ports differ, this does as the Ruby one: a domain without a protocol may have underscores, a path
may end with parentheses after any punctuation, and quotation marks end a host.

The expressions need `regex`: until Python 3.11.5 `re` gets possessive quantifiers within others wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import regex

from domain.text.characters import AT_SIGNS, DIRECTIONAL_MARKS, HASH_SIGNS, LATIN_ACCENTS, NONCHARACTERS, SPACES
from domain.text.tlds import may_have_domain, top_level_domains

_MAX_URL: Final = 4096
_MAX_LABEL: Final = 63
_MAX_TCO_SLUG: Final = 40
_PUNYCODE_PREFIX: Final = "xn--"


@dataclass(frozen=True, slots=True)
class Url:
    """A link, with or without a protocol: text[start:end] == url, in code points."""

    start: int
    end: int
    url: str


_NOT_HOST: Final = rf"""!"#$%&'()*+,./:;<=>?@\[\\\]^`{{|}}~{SPACES}{DIRECTIONAL_MARKS}{NONCHARACTERS}\x00-\x1f\x7f"""
_HOST: Final = rf"[^\-_{_NOT_HOST}]"
_LABEL: Final = rf"{_HOST}++(?:[-_]++{_HOST}++)*+"
# The labels of a host that are followed by a dot; group 2 is what may hold the top-level domain after the last dot,
# with the character that ends it.
_LABELS: Final = regex.compile(rf"[-_]*+((?:{_LABEL}\.)++)(?=([^{_NOT_HOST}]*+.?))", regex.DOTALL)
# A run that isn't a host is not tried again from each place inside it: that would take quadratic time.
_RUN: Final = regex.compile(rf"(?<!{_HOST})(?<![-_]){_LABELS.pattern}", regex.DOTALL)
_BOUNDARY: Final = rf"(?<![A-Za-z0-9${AT_SIGNS}{HASH_SIGNS}{NONCHARACTERS}])"
_START: Final = regex.compile(_BOUNDARY + _HOST)
_PROTOCOL: Final = regex.compile(rf"{_BOUNDARY}[hH][tT][tT][pP][sS]?://\Z")
_ASCII: Final = rf"[-_A-Za-z0-9{LATIN_ACCENTS}]"
_ASCII_LABELS: Final = regex.compile(rf"(?<!{_ASCII})(?:{_ASCII}++\.)++(?=([^.]*+))")
_IDEOGRAPHIC_DOTS: Final = regex.compile("[\u3002\uff0e\uff61]")

_PATH: Final = rf"[A-Za-z0-9\u0400-\u04ff{LATIN_ACCENTS}!*';:=+,.$/%#\[\]\-\u2013_~@|&]"
_PATH_END: Final = rf"[A-Za-z0-9\u0400-\u04ff{LATIN_ACCENTS}=_#/+\-]"
_PARENTHESES: Final = rf"\((?!\)){_PATH}*+(?:\({_PATH}++\){_PATH}*+)?+\)"
_QUERY: Final = r"\?[A-Za-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[A-Za-z0-9\-_&=#/]"
# Port, path (group 1), query.
_TAIL: Final = regex.compile(rf"(?::[0-9]+)?(/(?:{_PATH}*+{_PARENTHESES})*+(?:{_PATH}*{_PATH_END})?)?(?:{_QUERY})?")
_TCO: Final = regex.compile(rf"[hH][tT][tT][pP][sS]?://[tT]\.[cC][oO]/([A-Za-z0-9]+)(?:{_QUERY})?")


def find_urls(text: str) -> list[Url]:
    """Links of `text`, in its order."""
    urls: list[Url] = []
    position = 0 if may_have_domain(text) else len(text)
    while labels := _LABELS.match(text, position) or _RUN.search(text, position):
        floor, position = position, labels.end(1)
        earliest, top_level, end = _domain(text, labels.start(1), labels.end(2))
        first = _START.search(text, earliest, top_level)
        tail = _TAIL.match(text, end)
        if first is None or tail is None:
            continue
        # The character after a link bounds the next one, which therefore starts beyond it.
        position = tail.end() + 1
        start = first.start()
        if protocol := _PROTOCOL.search(text, max(floor, start - len("https://")), start):
            urls.extend(_with_protocol(text, protocol.start(), start, tail))
        elif start == 0 or text[start - 1] not in "-_./":
            urls.extend(_without_protocol(text, start, tail))
    return urls


def _domain(text: str, start: int, stop: int) -> tuple[int, int, int]:
    """The longest domain in text[start:stop]: its earliest start, where its top-level domain starts, and its end.

    The label before the top-level domain has no underscore, so that a domain starts after one, if it must. Without a
    top-level domain there is none, which is an empty range.
    """
    top_levels = top_level_domains(text, start, stop)
    for top_level, end in reversed(top_levels):
        if text.find("_", max(start, text.rfind(".", start, top_level - 1)), top_level) < 0:
            return start, top_level, end
    if top_levels:
        top_level, end = top_levels[-1]
        return text.rfind("_", start, top_level) + 1, top_level, end
    return start, start, start


def _with_protocol(text: str, start: int, domain_start: int, tail: regex.Match[str]) -> Iterator[Url]:
    """The link, unless it is invalid; one to t.co ends with its slug and query."""
    url = text[start : tail.end()]
    if not _is_valid(url, text[domain_start : tail.start()], text[start:domain_start]):
        return
    if short := _TCO.match(url):
        if len(short[1]) <= _MAX_TCO_SLUG:
            yield Url(start, start + short.end(), short[0])
    else:
        yield Url(start, tail.end(), url)


def _without_protocol(text: str, start: int, tail: regex.Match[str]) -> Iterator[Url]:
    """A link for each domain in ASCII or Latin letters, as those before and between them are mere prose.

    The path and query belong to a domain that stands right before a path.
    """
    domain = text[start : tail.start()]
    if not _is_valid(text[start : tail.end()], domain, "https://"):
        return
    for from_, to in _ascii_domains(domain):
        end = tail.end() if tail[1] and to == len(domain) else start + to
        yield Url(start + from_, end, text[start + from_ : end])


def _ascii_domains(domain: str) -> Iterator[tuple[int, int]]:
    """Half-open ranges of the domains in ASCII or Latin letters; their top-level domain may be of any script."""
    for labels in _ASCII_LABELS.finditer(domain):
        if top_level := top_level_domains(domain, labels.start(), labels.end(1)):
            yield labels.start(), top_level[-1][1]


def _is_valid(url: str, domain: str, protocol: str) -> bool:
    """Whether the lengths are allowed. A domain that claims to be in Punycode has to hold one in ASCII."""
    if len(protocol) + len(url) > _MAX_URL:
        return False
    if domain.startswith(_PUNYCODE_PREFIX) and next(_ascii_domains(domain), None) is None:
        return False
    return all(len(label) <= _MAX_LABEL and _punycode_length(label) <= _MAX_LABEL for label in domain.split("."))


def _punycode_length(label: str) -> int:
    """Length of a label as IDNA encodes it; ideographic full stops divide it further."""
    parts = _IDEOGRAPHIC_DOTS.split(label)
    encoded = [part if part.isascii() else _PUNYCODE_PREFIX + part.encode("punycode").decode() for part in parts]
    return len(".".join(encoded))
