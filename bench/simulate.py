"""What timelines cost in networks of a million and of a hundred million accounts, and where authors should be famous:
`python -m bench.simulate [--redis-entries N] [--worker-entries N] [--redis-lists N] [--list-bytes N]`.

A cost model, no run: constants measured by the other benchmarks, degrees that others published (bench/simulation).
Prints tables and draws docs/fan-out-cost.svg.
"""

import argparse
import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from bench.simulation.assumptions import Assumed, Measured
from bench.simulation.model import Authors, Costs, cheapest, costs, network, within
from bench.simulation.plot import BOUND, Mark, Panel, draw

NETWORKS = {"1 million": 1_000_000, "100 million": 100_000_000}
THRESHOLDS = [digit * 10**power for power in range(3, 8) for digit in (1, 2, 5)]
PER_DECADE = 20
FINELY = [10 ** (step / PER_DECADE) for step in range(3 * PER_DECADE, 8 * PER_DECADE + 1)]
BOUND_SECONDS = 5.0
DEFAULT = 10_000
"""STARLING_FAMOUS_FOLLOWERS where it is not set."""

PLOT = Path(__file__).parents[1] / "docs" / "fan-out-cost.svg"
HEADINGS = (
    "famous from",
    "authors",
    "mean/tweet",
    "p99/tweet",
    "entries/s",
    "pulls/page",
    "workers",
    "Redis load",
    "servers",
    "slowest, s",
)


def line(each: Costs) -> str:
    return (
        f"{each.threshold:>12,.0f}{each.famous:>12,}{each.mean_deliveries:>12.1f}{each.p99_deliveries:>12,.0f}"
        f"{each.deliveries:>12,.0f}{each.pulls_per_page:>12.2f}{each.workers:>12}{each.redis_by_load:>12.2f}"
        f"{each.redis_servers:>12}{each.bound_seconds:>12.2f}"
    )


def report(name: str, authors: Sequence[Authors], assumed: Assumed, measured: Measured) -> list[Panel]:
    """Prints a network's table; its curves."""
    largest = authors[0].followers
    curve = [costs(authors, threshold, assumed, measured) for threshold in FINELY]
    tweets = sum(each.count * each.tweet_rate for each in authors)
    print(f"\n{name} accounts, at the peak: {tweets:,.1f} tweets/s, {tweets * assumed.reads_per_tweet:,.0f} pages/s")
    print(f"the most followed has {largest:,.0f} followers; an active reader follows {assumed.followees:.0f}")
    print("".join(f"{heading:>12}" for heading in HEADINGS))
    for threshold in (each for each in THRESHOLDS if each < 2.5 * largest):
        print(line(costs(authors, threshold, assumed, measured)))
    tell_classes(authors, assumed, measured)
    bound = within(curve, BOUND_SECONDS)
    best = cheapest(each for each in curve if each.bound_seconds <= BOUND_SECONDS)
    if bound is curve[-1]:
        print(f"{BOUND_SECONDS:.0f} s bound: kept without famous authors ({bound.bound_seconds:.1f} s)")
    else:
        print(f"{BOUND_SECONDS:.0f} s bound: famous from {rounded(bound)} followers on, {bound.workers} workers")
    print(f"least load of Redis within the bound: famous from {rounded(best)} followers on")
    marks = [Mark(DEFAULT, "default")]
    if bound is not curve[-1]:
        marks.append(Mark(bound.threshold, f"{BOUND_SECONDS:.0f} s bound", BOUND))
    return [
        panel(f"{name} accounts: entries/s at the peak", curve, [each.deliveries for each in curve], marks),
        panel(f"{name} accounts: pull indexes per page", curve, [each.pulls_per_page for each in curve], marks),
    ]


def tell_classes(authors: Sequence[Authors], assumed: Assumed, measured: Measured) -> None:
    """What the classes of readers and authors save."""
    default = costs(authors, DEFAULT, assumed, measured)
    for_all = replace(assumed, active=1.0, passive=0.0, active_follows=1.0)
    everyone = costs(authors, math.inf, for_all, measured)
    print(
        f"with classes, famous from {DEFAULT:,}: {default.deliveries:,.0f} entries/s instead of "
        f"{everyone.deliveries:,.0f}, timelines of {default.timeline_bytes / 1e9:,.1f} GB instead of "
        f"{everyone.timeline_bytes / 1e9:,.1f}; pull indexes of {default.pull_index_bytes / 1e6:,.1f} MB"
    )


def calibrate(assumed: Assumed, measured: Measured) -> None:
    """The model beside what is known of Twitter, which kept timelines of those seen within 30 days."""
    kept = replace(assumed, active=assumed.active + assumed.passive)
    twitter = costs(network(505_000_000, kept), math.inf, kept, measured)
    print(f"Twitter of 2013 in this model: {twitter.mean_deliveries:.0f} deliveries per tweet; it told of 75")


def rounded(each: Costs) -> str:
    """A threshold in two digits."""
    return f"{float(f'{each.threshold:.2g}'):,.0f}"


def panel(title: str, curve: Sequence[Costs], values: Sequence[float], marks: Sequence[Mark]) -> Panel:
    return Panel(title, "famous from so many followers on", [each.threshold for each in curve], values, marks)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plot", type=Path, default=PLOT)
    for name, value in asdict(Measured()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=value)
    given = vars(parser.parse_args(arguments))
    plot: Path = given.pop("plot")
    assumed, measured = Assumed(), Measured(**given)
    calibrate(assumed, measured)
    reports = [report(name, network(users, assumed), assumed, measured) for name, users in NETWORKS.items()]
    plot.write_text(draw([each for row in zip(*reports, strict=True) for each in row], columns=len(NETWORKS)), "utf-8")
    print(f"\ndrawn: {plot.name}")


if __name__ == "__main__":
    main()
