"""Writing tweets and likes: each fact with its event and all its entries in one logged batch, after which the counts
that it changed are counted again."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

from domain.errors import Unavailable
from domain.tweets import IdempotencyKey, NewTweet
from events import Event
from stores.cassandra import Query, answering
from stores.cassandra.stamps import now_us
from stores.events.cassandra import STATEMENTS as EVENTS
from stores.events.cassandra import logged
from stores.tweets.cassandra.counts import Counted, Recounts
from stores.tweets.cassandra.facts import STATEMENTS, Intent, buried, entries, row
from stores.tweets.cassandra.links import COUNTED, LIKED_BY, LIKES, Entry, bucket_of, month
from stores.tweets.cassandra.reads import TWEETS, TweetReads, is_there, new_tweet

BATCH_BYTES = 4_000
"""Cassandra warns of batches of more than 5 KiB."""
TWEET_BYTES = 600
"""Of a tweet and its entries, without the text."""

FRESH_US = 30_000_000
"""An event whose claim is older is written as if it were new: readers might have done with its minute."""
IMPORT_SECONDS = 20.0
IMPORT_US = 30_000_000
"""How long after its first batch the event of an import can be read: by then the rest is written, or given up."""

_ALL_BUCKETS = "SELECT owner_id, list, bucket FROM buckets WHERE owner_id IN ?"
_LIKE_MARK = "SELECT like_id, liked FROM like_marks WHERE user_id = ? AND month = ? AND tweet_id = ?"
_LIKE = """
    UPDATE like_marks SET like_id = ?, liked = true WHERE user_id = ? AND month = ? AND tweet_id = ? IF liked != true
"""
_UNLIKE = """
    UPDATE like_marks SET liked = false WHERE user_id = ? AND month = ? AND tweet_id = ? IF liked = true AND like_id = ?
"""

_logger = logging.getLogger(__name__)


class TweetWrites(TweetReads, Recounts):
    statements: ClassVar[tuple[str, ...]] = (*STATEMENTS, *EVENTS, _ALL_BUCKETS, _LIKE_MARK, _LIKE, _UNLIKE)

    async def create(self, tweet: NewTweet, event: Event, key: IdempotencyKey | None = None) -> int:
        return await self._to_the_end(self._create(tweet, event, key))

    async def create_missing(self, tweets: Sequence[NewTweet], event: Event) -> Sequence[int]:
        return await self._to_the_end(self._create_missing(tweets, event))

    async def retweet(self, tweet: NewTweet, event: Event) -> int:
        return await self._to_the_end(self._retweet(tweet, event))

    async def delete(self, tweet_id: int, event: Event) -> bool:
        return await self._to_the_end(self._delete(tweet_id, event))

    async def like(self, tweet_id: int, user_id: int, like_id: int) -> bool:
        return await self._to_the_end(self._like(tweet_id, user_id, like_id))

    async def unlike(self, tweet_id: int, user_id: int) -> bool:
        return await self._to_the_end(self._unlike(tweet_id, user_id))

    async def _create(self, tweet: NewTweet, event: Event, key: IdempotencyKey | None) -> int:
        with self._database.stamps.stamped() as stamp:
            intent = Intent(tweet, event, stamp)
            if key:
                intent = await self._claim_key(key, intent)
            if (key and intent.tweet is tweet) or not await self._written([intent.tweet.id]):
                await self._carry_out(intent)
        return intent.tweet.id

    async def _retweet(self, tweet: NewTweet, event: Event) -> int:
        with self._database.stamps.stamped() as stamp:
            intent = Intent(tweet, event, stamp)
            held = await self._claim_retweet(intent, None)
            while (is_there := (await self._written([held.tweet.id])).get(held.tweet.id)) is False:
                held = await self._claim_retweet(intent, held.tweet.id)
            if is_there is None:
                await self._carry_out(held)
        return held.tweet.id

    async def _carry_out(self, intent: Intent) -> None:
        """Writes the fact, also somebody else's."""
        stamps = self._database.stamps
        is_fresh = now_us() - intent.stamp < FRESH_US
        with stamps.held(intent.stamp) if is_fresh else stamps.stamped() as stamp:
            buckets = await self._buckets_of(entries(intent.tweet))
            await self._write([*_written(intent.tweet, buckets), *logged(intent.event, stamp)])
        await self._count(buckets)

    async def _create_missing(self, tweets: Sequence[NewTweet], event: Event) -> Sequence[int]:
        written = await self._written([tweet.id for tweet in tweets])
        missing = [tweet for tweet in tweets if tweet.id not in written]
        if not missing:
            return []
        claimed = await self._claim_import([tweet.id for tweet in missing], event.id)
        buckets = await self._buckets_of(entry for tweet in missing for entry in entries(tweet))
        await self._write_many(missing, buckets, event)
        await self._count(buckets)
        return claimed

    async def _write_many(self, tweets: Sequence[NewTweet], buckets: Mapping[Entry, int], event: Event) -> None:
        """Also those that another import has claimed: it may have died. Where one batch can't hold all, the event comes
        with the first, since each must have one, and is read when all are there."""
        first, *others = _batches(tweets)
        with self._database.stamps.stamped() as stamp:
            told = logged(event, stamp + IMPORT_US if others else stamp)
            async with answering(self.port), asyncio.timeout(IMPORT_SECONDS):
                await self._write([*(query for tweet in first for query in _written(tweet, buckets)), *told])
                await asyncio.gather(
                    *(self._write([query for tweet in batch for query in _written(tweet, buckets)]) for batch in others)
                )

    async def _delete(self, tweet_id: int, event: Event) -> bool:
        """Of two who delete it at once, both may, and tell of it: to consumers that is the same."""
        found = [row for row in await self._among(TWEETS, [tweet_id]) if is_there(row)]
        if not found:
            return False
        buckets = await self._buckets_of(entries(new_tweet(found[0])))
        with self._database.stamps.stamped() as stamp:
            hidden = [entry.hidden(bucket) for entry, bucket in buckets.items()]
            await self._write([buried(tweet_id), *hidden, *logged(event, stamp)])
        await self._count(buckets)
        return True

    async def _like(self, tweet_id: int, user_id: int, like_id: int) -> bool:
        """Writes the entries of a like that was there as well: who claimed it may have died before."""
        mark = user_id, month(tweet_id), tweet_id
        [held] = await self._claim(Query(_LIKE, (like_id, *mark)))
        held_id, liked = like_id, True
        if not held["[applied]"]:
            [(held_id, liked)] = await self._rows(_LIKE_MARK, *mark)
        if liked:
            buckets = await self._buckets_of(_like_entries(tweet_id, user_id, held_id))
            await self._write([query for entry, bucket in buckets.items() for query in entry.added(bucket)])
            await self._count(buckets)
        return bool(held_id == like_id)

    async def _unlike(self, tweet_id: int, user_id: int) -> bool:
        mark = user_id, month(tweet_id), tweet_id
        for like_id, liked in await self._rows(_LIKE_MARK, *mark):
            held = (await self._claim(Query(_UNLIKE, (*mark, like_id))))[0] if liked else {"[applied]": False}
            if held.get("liked"):  # again, meanwhile
                return await self._unlike(tweet_id, user_id)
            buckets = await self._buckets_of(_like_entries(tweet_id, user_id, like_id))
            await self._write([entry.hidden(bucket) for entry, bucket in buckets.items()])
            await self._count(buckets)
            return bool(held["[applied]"])
        return False

    async def _buckets_of(self, among: Iterable[Entry]) -> dict[Entry, int]:
        """The entries, each with the bucket in which it is or will be."""
        among = list(among)
        there: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0])
        owners = [entry.owner_id for entry in among if not entry.links.by_month]
        for owner_id, table, bucket in await self._among(_ALL_BUCKETS, owners):
            there[owner_id, table] += [bucket] if bucket else []
        return {entry: bucket_of(entry.links, there[entry.owner_id, entry.links.table], entry.id) for entry in among}

    async def _count(self, buckets: Mapping[Entry, int]) -> None:
        """What was written is written, whatever becomes of its counts: the next write mends them."""
        try:
            await self._recount(
                Counted(entry.links, entry.owner_id, bucket)
                for entry, bucket in buckets.items()
                if entry.links in COUNTED
            )
        except Unavailable as unavailable:
            _logger.warning("counts stay behind: %s", unavailable)


def _written(tweet: NewTweet, buckets: Mapping[Entry, int]) -> Iterator[Query]:
    """The writes of a tweet and its entries."""
    yield row(tweet)
    for entry in entries(tweet):
        yield from entry.added(buckets[entry])


def _like_entries(tweet_id: int, user_id: int, like_id: int) -> list[Entry]:
    return [Entry(LIKES, user_id, like_id, tweet_id), Entry(LIKED_BY, tweet_id, like_id, user_id)]


def _batches(tweets: Iterable[NewTweet]) -> list[list[NewTweet]]:
    """As many in one as Cassandra takes without a warning."""
    batches: list[list[NewTweet]] = []
    size = BATCH_BYTES
    for tweet in tweets:
        weight = TWEET_BYTES + len(tweet.text.encode())
        if size + weight > BATCH_BYTES:
            batches.append([])
            size = 0
        batches[-1].append(tweet)
        size += weight
    return batches
