"""The cost of timelines in a network, as a function of where authors are famous. Deterministic: nothing is drawn, an
author of each rank has the followers that the power law gives to that rank."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.simulation.assumptions import Assumed, Measured

RANKS_TOGETHER = 0.01
"""How wide a group of ranks is, as a share of the first rank in it: the first hundreds are groups of one."""

DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Authors:
    """So many who have as many followers and post as often each (tweets per second at the peak)."""

    count: int
    followers: float
    tweet_rate: float


@dataclass(frozen=True, slots=True)
class Costs:
    """At the peak, with authors famous from `threshold` followers on. Per tweet: of all tweets, those that are pulled
    with no deliveries. `bound_seconds`: fan-out of the largest tweet that is pushed, after the mean wait for those
    before it."""

    threshold: float
    famous: int
    mean_deliveries: float
    p99_deliveries: float
    deliveries: float
    pulls_per_page: float
    timeline_bytes: float
    pull_index_bytes: float
    workers: int
    redis_by_load: float
    redis_servers: int
    bound_seconds: float


def power_law(users: int, exponent: float, mean_followers: float) -> list[tuple[int, float]]:
    """(count, followers of each) by rank, the most followed first. The r-th of a power law's density exponent a has
    followers in proportion to (users / r) ** (1 / (a - 1)), Zipf's form of it; the mean sets the scale."""
    groups: list[tuple[int, float]] = []
    first = 1
    while first <= users:
        count = min(max(1, int(first * RANKS_TOGETHER)), users - first + 1)
        rank = math.sqrt(first * (first + count - 1))
        groups.append((count, (users / rank) ** (1 / (exponent - 1))))
        first += count
    scale = mean_followers * users / sum(count * followers for count, followers in groups)
    return [(count, followers * scale) for count, followers in groups]


def network(users: int, assumed: Assumed) -> list[Authors]:
    """All accounts, the most followed first, with how often they post."""
    groups = power_law(users, assumed.exponent, assumed.mean_followers)
    weights = [min(followers, assumed.rate_followers) ** assumed.rate_exponent for _, followers in groups]
    tweet_rate = users * assumed.tweets_per_day * assumed.peak / DAY_SECONDS
    unit = tweet_rate / sum(count * weight for (count, _), weight in zip(groups, weights, strict=True))
    return [
        Authors(count, followers, weight * unit) for (count, followers), weight in zip(groups, weights, strict=True)
    ]


def costs(authors: Sequence[Authors], threshold: float, assumed: Assumed, measured: Measured) -> Costs:
    users = sum(each.count for each in authors)
    tweets = sum(each.count * each.tweet_rate for each in authors)
    famous = [each for each in authors if each.followers >= threshold]
    pushed = [
        (each.count * each.tweet_rate, each.followers * assumed.active_edges)
        for each in authors
        if each.followers < threshold
    ]
    deliveries = sum(rate * size for rate, size in pushed)
    follows = sum(each.count * each.followers for each in authors)
    pulls = assumed.followees * sum(each.count * each.followers for each in famous) / follows
    famous_count = sum(each.count for each in famous)
    timeline_bytes = users * (assumed.active + assumed.passive) * measured.list_bytes
    pull_index_bytes = famous_count * measured.list_bytes
    pages = tweets * assumed.reads_per_tweet
    by_load = deliveries / measured.redis_entries + pages * (1 + pulls) / measured.redis_lists
    by_memory = (timeline_bytes + pull_index_bytes) / assumed.redis_bytes
    workers = math.ceil(deliveries / measured.worker_entries / assumed.utilisation) + assumed.spare_workers
    servers = max(1, math.ceil(by_load / assumed.utilisation), math.ceil(by_memory))
    return Costs(
        threshold=threshold,
        famous=famous_count,
        mean_deliveries=deliveries / tweets,
        p99_deliveries=percentile([*pushed, (tweets - sum(rate for rate, _ in pushed), 0.0)], 0.99),
        deliveries=deliveries,
        pulls_per_page=pulls,
        timeline_bytes=timeline_bytes,
        pull_index_bytes=pull_index_bytes,
        workers=workers,
        redis_by_load=by_load,
        redis_servers=servers,
        bound_seconds=slowest(pushed, min(workers * measured.worker_entries, servers * measured.redis_entries)),
    )


def percentile(weighted: Iterable[tuple[float, float]], share: float) -> float:
    """The smallest value that at least such a share of all (weight, value) does not exceed."""
    ordered = sorted(weighted, key=lambda each: each[1])
    wanted = share * sum(weight for weight, _ in ordered)
    reached = 0.0
    for weight, value in ordered:
        reached += weight
        if reached >= wanted:
            return value
    return ordered[-1][1]


def slowest(pushed: Sequence[tuple[float, float]], capacity: float) -> float:
    """Seconds until the largest tweet is delivered, of (tweets per second, deliveries) that share a capacity of
    deliveries per second: the mean wait of a queue with random arrivals (Pollaczek and Khinchine), then its own."""
    if not pushed:
        return 0.0
    busy = sum(rate * size for rate, size in pushed) / capacity
    wait = sum(rate * (size / capacity) ** 2 for rate, size in pushed) / (2 * (1 - busy))
    return wait + max(size for _, size in pushed) / capacity


def within(curve: Iterable[Costs], seconds: float) -> Costs:
    """That of the highest threshold which keeps the bound; the curve rises in thresholds."""
    return [each for each in curve if each.bound_seconds <= seconds][-1]


def cheapest(curve: Iterable[Costs]) -> Costs:
    """That of the lowest threshold which costs Redis least."""
    return min(curve, key=lambda each: each.redis_by_load)
