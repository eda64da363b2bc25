"""No text makes the rules slow: 16 times the length takes about 16 times as long, where quadratic rules take 256."""

from collections.abc import Callable
from time import process_time

import pytest

from domain.text import extract, forbidden_character, weighted_length

# fmt: off
PATTERNS = [
    "@", "@a ", "RT@", "#", "#a ", "#1", "# ", "\u00b7", "a.", "a. ", "a-", "a-.", "a_", "co.", ".", "xn--",
    "a.xn--b.", "http://", "http://a_b.com ", "/", "(", "a_b.co ", "foo.com ", "@foo.com ", "foo.com/",
    "foo.com/(a", "foo.com/(a(b", "foo.com/(a)", "foo.com/~.–.", "foo.com/!", "foo.com?!", "foo.com?a", "t.co/a ",
    "あ", "xn--あ.a.", "日a.co", "日.日a.co", "あ.", "あ" * 30 + ".com ", "日_", "ᄀ", "각ᆨ", "\u0300",
    "a\u0316\u0300", "\u0f73", "👍", "👍\u200d", "1\ufe0f", "🇫",
]
# fmt: on
SHORT, LONG = 4_096, 65_536
LEAST = 0.000_5
"""Seconds below which the clock's grain and the machine's moods outweigh the work."""


def seconds(work: Callable[[str], object], pattern: str, size: int) -> float:
    text = (pattern * size)[:size]
    times = []
    for _ in range(3):
        began = process_time()
        work(text)
        times.append(process_time() - began)
    return min(times)


@pytest.mark.parametrize("work", [extract, weighted_length, forbidden_character])
@pytest.mark.parametrize("pattern", PATTERNS, ids=ascii)
def test_the_time_grows_with_the_length(pattern: str, work: Callable[[str], object]) -> None:
    assert seconds(work, pattern, LONG) < 64 * max(LEAST, seconds(work, pattern, SHORT))
