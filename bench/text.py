"""What the rules of text cost: `python -m bench.text [TWEETS.tsv.gz]`.

Prints the mean and the 99th percentile of `extract` plus `weighted_length` per tweet, and for texts made to be slow the
time of `extract` at 500,000 and at a million characters with the ratio of the two, which is 2 for linear time.
"""

import gzip
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import fmean, quantiles
from time import perf_counter

from domain.text import extract, weighted_length

TWEETS = Path(__file__).parents[2] / "shared/data/tweets.tsv.gz"
ROUNDS = 5
SIZE = 500_000
# fmt: off
PATTERNS = [
    "@", "@a ", "#", "#a ", "a.", "a. ", "a-.", "co.", ".", "http://", "http://a_b.com ", "/", "(", "a_b.co ",
    "foo.com ", "foo.com/(a", "foo.com/(a(b", "foo.com/~.–.", "foo.com?!", "t.co/a ", "xn--あ.a.", "日a.co", "あ.",
    "\u0300", "a\u0316\u0300", "\u0f73", "👍\u200d", "1\ufe0f",
]
# fmt: on


def seconds(work: Callable[[str], object], text: str) -> float:
    """The shorter of two runs."""
    times = []
    for _ in range(2):
        began = perf_counter()
        work(text)
        times.append(perf_counter() - began)
    return min(times)


def read_and_weigh(text: str) -> None:
    """All that posting a tweet needs."""
    extract(text)
    weighted_length(text)


def tweets(path: Path) -> None:
    """Microseconds per tweet of a file of author<TAB>text, with a header line."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        texts = [line.rstrip("\n").split("\t", 1)[1] for line in lines][1:]
    spent = []
    for text in texts * ROUNDS:
        began = perf_counter()
        read_and_weigh(text)
        spent.append((perf_counter() - began) * 1e6)
    print(f"{len(texts)} tweets, {ROUNDS} times: mean {fmean(spent):.1f} µs, p99 {quantiles(spent, n=100)[98]:.1f} µs")


def doubling() -> None:
    """Seconds for each pattern repeated to SIZE and to twice that."""
    for pattern in PATTERNS:
        text = pattern * (SIZE // len(pattern))
        once, twice, weighing = seconds(extract, text), seconds(extract, text * 2), seconds(weighted_length, text * 2)
        print(
            f"{pattern!a:18} extract {once:.3f} s, {twice:.3f} s: {twice / once:.1f}; weighted_length {weighing:.3f} s"
        )


if __name__ == "__main__":
    tweets(Path(sys.argv[1]) if len(sys.argv) > 1 else TWEETS)
    doubling()
