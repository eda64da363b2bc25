"""The top-level domains, from the Public Suffix List as the package `publicsuffixlist` ships it.

Of the packages that carry such a list, this one has no dependencies, is released whenever the list changes, and its
data is a plain file in the wheel, so that nothing is fetched or cached. Only the last labels are needed here: reading
the file takes a few milliseconds, the package's own parser fifty.
"""

import re
from importlib.resources import files
from typing import Final


def _top_level_domains() -> frozenset[str]:
    """Last label of every rule in the list's ICANN section: without the private one, which has no domains of its own."""
    rules = files("publicsuffixlist").joinpath("public_suffix_list.dat").read_text(encoding="utf-8")
    icann = rules.partition("===BEGIN ICANN DOMAINS===")[2].partition("===END ICANN DOMAINS===")[0]
    return frozenset(
        line.rpartition(".")[2].lower() for line in icann.splitlines() if line and not line.startswith("//")
    )


TOP_LEVEL_DOMAINS: Final = _top_level_domains()


def _international() -> str:
    """Alternation of the domains that aren't ASCII, the longest first, as one domain may begin with another."""
    domains = {domain for domain in TOP_LEVEL_DOMAINS if not domain.isascii()}
    spellings = {form for domain in domains for form in (domain, domain.upper(), domain.capitalize())}
    return "|".join(map(re.escape, sorted(spellings, key=len, reverse=True)))


# What may be a top-level domain after a dot. It ends before whatever isn't a letter, digit, @, + or -, even before
# letters of other scripts: "example.comです" has one. ASCII words are candidates, to be looked up in the set, which is
# faster than an alternation of 1,300.
_SITE: Final = re.compile(
    rf"(?<=\.)(?:(?:{_international()}|[A-Za-z]{{2,}}+)(?![0-9A-Za-z@+-])|[xX][nN]--[-0-9A-Za-z]+)"
)


def top_level_ends(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Top-level domains whose dot lies in text[start:end], as half-open ranges in code points, in the text's order."""
    found = []
    for site in _SITE.finditer(text, start):
        if site.start() > end:
            break
        name = site[0]
        if not name.isascii() or "-" in name or name.lower() in TOP_LEVEL_DOMAINS:
            found.append(site.span())
    return found
