"""What the cost model stands on: what was measured here, what others published, and what is assumed, each by name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """One machine's constants, each a lower bound: clients ran beside the server on two cores."""

    redis_entries: float = 150_000
    """Entries per second that one Redis takes into timelines, by pages of 1,000 (bench/fanout)."""

    worker_entries: float = 100_000
    """Entries per second that one worker process delivers, paging through the graph included (bench/fanout)."""

    redis_lists: float = 15_000
    """Whole lists of 800 ids per second that one Redis gives to readers, 20 in a pipeline."""

    list_bytes: float = 8_100
    """Redis memory of a full timeline or pull index, all that is kept beside it included (bench/fanout)."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """The network and its people."""

    exponent: float = 2.276
    """Of the power law of followers: Kwak, Lee, Park, Moon, "What is Twitter, a social network or a news media?" (WWW
    2010), 41.7 million accounts; it holds up to 100,000 followers, beyond which there are more accounts still."""

    mean_followers: float = 45.5
    """23 billion follows of 505 million accounts in July 2012: Gabielkov, Rao, Legout, "Studying social networks at
    scale" (SIGMETRICS 2014, arXiv:1404.1355). Kwak et al. had 35 in 2009."""

    tweets_per_day: float = 0.5
    """By an account of any class: 400 million a day (Krikorian, "Timelines at scale", 2013) of 500 to 900 million."""

    rate_exponent: float = 0.5
    """Tweets grow with the square root of followers: 2.4 a day with 100 followers, 10.2 with 1,800 (Sysomos, 2009)."""

    rate_followers: float = 1_800
    """Where that growth is taken to end: the last point of that study."""

    active: float = 0.18
    """Share of accounts seen within 7 days. 241 of 974 million were seen within 30 days at the end of 2013."""

    passive: float = 0.07
    """Share of accounts seen within 30 days, but not within 7."""

    live: float = 0.01
    """Share of accounts with a subscription open: part of the active, and no work for fan-out beyond theirs."""

    active_follows: float = 2.5
    """How many people an active reader follows, in means of all: 117 was the median of those who posted within 30 days
    (Bruner, "Tweets loud and quiet", 2013)."""

    reads_per_tweet: float = 50
    """300,000 timelines read for 6,000 tweets (Krikorian, 2013)."""

    peak: float = 2
    """The busiest time, in means of all day."""

    utilisation: float = 0.5
    """How busy workers and Redis servers may be at the peak."""

    redis_bytes: float = 32e9
    """Memory of one Redis server."""

    spare_workers: int = 1
    """One that may fail."""

    @property
    def active_edges(self) -> float:
        """Share of follows whose follower is active: those alone that fan-out reads."""
        return self.active * self.active_follows

    @property
    def followees(self) -> float:
        """How many people an active reader follows."""
        return self.mean_followers * self.active_follows
