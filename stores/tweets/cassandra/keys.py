"""What is claimed before it is written, each by a conditional statement: idempotency keys, forgotten after 24 hours; an
author's one retweet of a tweet; and the tweets of imports that run at once.

A claim of the first two holds the whole fact. Whoever finds one whose tweet is not there - its writer is at it still,
or died - writes that very fact, so that the tweet comes once, whoever writes it.
"""

from collections.abc import Sequence
from typing import ClassVar

from domain.tweets import IdempotencyKey
from stores.cassandra import CassandraStore, Query
from stores.tweets import IdempotencyConflict
from stores.tweets.cassandra.facts import Intent
from stores.tweets.cassandra.links import month

_CLAIM_KEY = """
    INSERT INTO idempotency_keys (account_id, key, input_hash, tweet_id, intent) VALUES (?, ?, ?, ?, ?)
    IF NOT EXISTS USING TTL 86400
"""
_KEY = "SELECT tweet_id, input_hash FROM idempotency_keys WHERE account_id = ? AND key = ?"

_CLAIM_RETWEET = """
    INSERT INTO retweet_marks (user_id, month, tweet_id, retweet_id, intent) VALUES (?, ?, ?, ?, ?) IF NOT EXISTS
"""
_CLAIM_RETWEET_ANEW = """
    UPDATE retweet_marks SET retweet_id = ?, intent = ? WHERE user_id = ? AND month = ? AND tweet_id = ?
    IF retweet_id = ?
"""
_CLAIM_IMPORT = "INSERT INTO import_claims (tweet_id, event_id) VALUES (?, ?) IF NOT EXISTS USING TTL 60"


class Claims(CassandraStore):
    port = "tweets"
    statements: ClassVar[tuple[str, ...]] = (_CLAIM_KEY, _KEY, _CLAIM_RETWEET, _CLAIM_RETWEET_ANEW, _CLAIM_IMPORT)

    async def _claim_key(self, key: IdempotencyKey, intent: Intent) -> Intent:
        """The fact that the key stands for: this one, unless it stood for another. Raises IdempotencyConflict."""
        arguments = key.account_id, key.key, key.input_hash, intent.tweet.id, intent.packed()
        [held] = await self._claim(Query(_CLAIM_KEY, arguments))
        if held["[applied]"]:
            return intent
        if held["input_hash"] != key.input_hash:
            raise IdempotencyConflict(key.key)
        return Intent.unpack(held["intent"])

    async def _claimed(self, key: IdempotencyKey) -> int | None:
        """The id of the tweet that a key stands for, whether or not it was written. Raises IdempotencyConflict."""
        rows = await self._rows(_KEY, key.account_id, key.key)
        for tweet_id, input_hash in rows:
            if input_hash != key.input_hash:
                raise IdempotencyConflict(key.key)
            return int(tweet_id)
        return None

    async def _claim_retweet(self, intent: Intent, deleted_id: int | None) -> Intent:
        """The retweet that the author has claimed last: this one, if there was none but that which is deleted."""
        original_id = intent.tweet.retweet_of_id
        assert original_id is not None
        mark = intent.tweet.author_id, month(original_id), original_id
        if deleted_id is None:
            claim = Query(_CLAIM_RETWEET, (*mark, intent.tweet.id, intent.packed()))
        else:
            claim = Query(_CLAIM_RETWEET_ANEW, (intent.tweet.id, intent.packed(), *mark, deleted_id))
        [held] = await self._claim(claim)
        return intent if held["[applied]"] else Intent.unpack(held["intent"])

    async def _claim_import(self, tweet_ids: Sequence[int], event_id: int) -> list[int]:
        """Those of the tweets that nobody else has claimed just now."""
        answers = await self._claim(*(Query(_CLAIM_IMPORT, (tweet_id, event_id)) for tweet_id in tweet_ids))
        return [
            tweet_id
            for tweet_id, held in zip(tweet_ids, answers, strict=True)
            if held["[applied]"] or held["event_id"] == event_id
        ]
