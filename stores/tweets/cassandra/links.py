"""The lists that authors and tweets have: a table each, all of one shape, cut into buckets so that no partition grows
without bound.

What belongs to a person is cut by month. What belongs to a tweet may come all at once, and mostly is little: it begins
with one bucket, and gets another whenever the newest is full. A bucket is named by the first id that belongs to it.
That lies a while ahead when the bucket is made, so that whoever writes an id beyond it has seen the bucket: ids are
minted before the buckets are looked up.
"""

# ruff: noqa: S608 - statements are composed of constants alone; values are arguments

import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.page import Window
from domain.snowflake import MAX_ID, compose, created_at, milliseconds
from stores.cassandra import Query

FULL = 2_000
"""Entries at which a tweet's list gets another bucket. Each write counts one bucket."""
AHEAD_MS = 10_000
"""Longer than a call takes, and clocks differ."""

BUCKETS = "SELECT owner_id, bucket FROM buckets WHERE owner_id IN ? AND list = ?"
_ADD_BUCKET = "INSERT INTO buckets (owner_id, list, bucket) VALUES (?, ?, ?)"


@dataclass(frozen=True, slots=True)
class LinkList:
    """`table` holds it. `by_month`: cut by month. `counted`: the column of tweets that has the sum of its entries."""

    table: str
    by_month: bool = False
    counted: str | None = None

    @property
    def add(self) -> str:
        return (
            f"INSERT INTO {self.table} (owner_id, bucket, id, node_id, gone) VALUES (?, ?, ?, ?, false) "
            "USING TIMESTAMP ?"
        )

    @property
    def hide(self) -> str:
        return f"UPDATE {self.table} USING TIMESTAMP ? SET gone = true WHERE owner_id = ? AND bucket = ? AND id = ?"

    @property
    def count(self) -> str:
        return f"SELECT count(*) FROM {self.table} WHERE owner_id = ? AND bucket = ? AND gone = false ALLOW FILTERING"

    def page(self, *, ascending: bool) -> str:
        """Within a partition, what is gone is filtered out where it lies."""
        return (
            f"SELECT id, node_id, owner_id FROM {self.table} "
            "WHERE owner_id IN ? AND bucket = ? AND id > ? AND id <= ? AND gone = false "
            f"ORDER BY id {'ASC' if ascending else 'DESC'} PER PARTITION LIMIT ? ALLOW FILTERING"
        )

    @property
    def statements(self) -> tuple[str, ...]:
        return self.add, self.hide, self.count, self.page(ascending=False), self.page(ascending=True)


TWEETS = LinkList("tweets_by_author", by_month=True)
POSTS = LinkList("posts_by_author", by_month=True)
PULLED = LinkList("pulled_by_author", by_month=True)
LIKES = LinkList("likes_by_user", by_month=True)
LIKED_BY = LinkList("likes_by_tweet", counted="likes")
RETWEETS = LinkList("retweets_by_tweet", counted="retweets")
REPLIES = LinkList("replies_by_tweet", counted="replies")
QUOTES = LinkList("quotes_by_tweet", counted="quotes")

LISTS = (TWEETS, POSTS, PULLED, LIKES, LIKED_BY, RETWEETS, REPLIES, QUOTES)
COUNTED = frozenset((TWEETS, LIKED_BY, RETWEETS, REPLIES, QUOTES))
"""Those whose buckets are counted."""

STATEMENTS = (BUCKETS, _ADD_BUCKET, *(cql for links in LISTS for cql in links.statements))


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list: sorted by `id`, leading to `node_id`."""

    links: LinkList
    owner_id: int
    id: int
    node_id: int

    def added(self, bucket: int) -> Iterator[Query]:
        """The writes that add it, the same however often."""
        yield Query(self.links.add, (self.owner_id, bucket, self.id, self.node_id, written_us(self.id)))
        if self.links.by_month:
            yield new_bucket(self.links, self.owner_id, bucket)

    def hidden(self, bucket: int) -> Query:
        """The write that takes it away for good, whether it comes before or after those that add it."""
        return Query(self.links.hide, (written_us(self.id) + 1, self.owner_id, bucket, self.id))


def new_bucket(links: LinkList, owner_id: int, bucket: int) -> Query:
    return Query(_ADD_BUCKET, (owner_id, links.table, bucket))


def next_bucket() -> int:
    """The name of one that begins a while from now."""
    return compose(int(time.time() * 1000) + AHEAD_MS, 0, 0)


def written_us(snowflake: int) -> int:
    """The time of the cells that an id's fact has written, in microseconds."""
    return milliseconds(snowflake) * 1000


def month(snowflake: int) -> int:
    """Months since the year 0."""
    at = created_at(snowflake)
    return at.year * 12 + at.month - 1


def bucket_of(links: LinkList, buckets: Sequence[int], key: int) -> int:
    """Where an id belongs. `buckets`: those that the list has, in their order."""
    return month(key) if links.by_month else buckets[bisect_right(buckets, key) - 1]


def bounds(window: Window) -> tuple[int, int]:
    """A window as (low, last), for low < key <= last: that way each bound fits into 64 bits."""
    return window.low or 0, MAX_ID if window.high is None else window.high - 1


class Walk:
    """Reads on in one owner's list, from one end of a window to the other, bucket by bucket."""

    def __init__(self, links: LinkList, owner_id: int, buckets: Sequence[int], window: Window) -> None:
        """`buckets`: all that the list has, in their order."""
        self.owner_id = owner_id
        self.found: list[tuple[int, int]] = []
        """(id, node id) of what was read, in the window's order."""
        self._low, self._last = bounds(window)
        self._ascending = window.ascending
        within = [bucket for bucket in buckets if self._reaches(links, bucket)] if self._low < self._last else []
        if not links.by_month:
            # It has what lies between its name and the next one's.
            within = within[max(bisect_right(within, self._low + 1) - 1, 0) :]
        self._left = within[::-1] if window.ascending else within

    @property
    def more(self) -> bool:
        """Whether there is anything left to be read."""
        return bool(self._left)

    @property
    def next(self) -> tuple[int, int, int]:
        """(bucket, low, last) of what is left there. Only while there is more."""
        return self._left[-1], self._low, self._last

    def take(self, rows: Sequence[tuple[int, int]], limit: int) -> None:
        """At most so many of the next. What is left lies beyond it, or else in the next bucket."""
        self.found += rows
        if len(rows) < limit:
            self._left.pop()
        elif self._ascending:
            self._low = rows[-1][0]
        else:
            self._last = rows[-1][0] - 1

    def may_hold(self, key: int) -> bool:
        """Whether an id that comes before this one in the window's order may be left; of a list cut by month."""
        if not self.more:
            return False
        if self._ascending:
            return self._low + 1 < key and self._left[-1] <= month(key)
        return self._last > key and self._left[-1] >= month(key)

    def _reaches(self, links: LinkList, bucket: int) -> bool:
        if links.by_month:
            return month(self._low) <= bucket <= month(self._last)
        return bucket <= self._last
