"""The top-level domains, from the Public Suffix List as the package `publicsuffixlist` ships it.

Of the packages that carry such a list, this one has no dependencies, is released whenever the list changes, and its
data is a plain file in the wheel, so that nothing is fetched or cached. Only the last labels are needed, so the file
is read here, in a few milliseconds, without the package's matcher.
"""

import re
from importlib.resources import files
from typing import Final


def _top_level_domains() -> frozenset[str]:
    """Last label of every rule in the list's ICANN section; what its private section names lies below these."""
    rules = files("publicsuffixlist").joinpath("public_suffix_list.dat").read_text(encoding="utf-8")
    icann = rules.partition("===BEGIN ICANN DOMAINS===")[2].partition("===END ICANN DOMAINS===")[0]
    return frozenset(line.rpartition(".")[2] for line in icann.splitlines() if line and not line.startswith("//"))


TOP_LEVEL_DOMAINS: Final = _top_level_domains()


def _international() -> str:
    """Alternation of the domains that aren't ASCII, the longest first, as one domain may begin with another."""
    domains = {domain for domain in TOP_LEVEL_DOMAINS if not domain.isascii()}
    spellings = {form for domain in domains for form in (domain, domain.upper(), domain.capitalize())}
    return "|".join(sorted(spellings, key=lambda spelling: (-len(spelling), spelling)))


# A top-level domain ends before whatever isn't a letter, digit, @, + or - of ASCII: "example.comです" has one. ASCII
# words are only candidates, to be looked up in the set: that is faster than an alternation of 1,300 words.
_CANDIDATE: Final = re.compile(
    rf"\.(?![\x00-@])((?:{_international()}|([A-Za-z]{{2,}}))(?![0-9A-Za-z@+-])|[xX][nN]--[-0-9A-Za-z]+)"
)


def may_have_domain(text: str) -> bool:
    """Whether anything in `text` looks like a top-level domain; quick, since most texts have nothing of the sort."""
    return _CANDIDATE.search(text) is not None


def top_level_domains(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Top-level domains in text[start:end], each after a dot of it, as half-open ranges of code points, in order."""
    return [
        candidate.span(1)
        for candidate in _CANDIDATE.finditer(text, start, end)
        if candidate[2] is None or candidate[2].lower() in TOP_LEVEL_DOMAINS
    ]
