"""Tweets and people as documents, each with a version that decides which of two writes is the newer one."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from domain.graph import User
from domain.matching import special_words
from domain.snowflake import EPOCH_MS, milliseconds
from domain.tweets import Tweet, doublings
from stores.search.texts import names, stems

Operation = dict[str, Any]

REMOVED_VERSION = 1 << 62
"""Above every time at which a tweet can have been read."""

RECENCY_MS = 7 * 86_400_000
"""A tweet that is so much newer ranks as one whose engagement is twice as large."""


def tweet_operations(tweets: Sequence[Tweet], read_at: int) -> Iterator[tuple[Operation, Operation]]:
    for tweet in {tweet.id: tweet for tweet in tweets}.values():
        yield _index(tweet.id, read_at), _tweet(tweet)


def removals(tweet_ids: Sequence[int]) -> Iterator[tuple[Operation, Operation]]:
    """What was removed keeps a document, without words, so that what arrives late does not bring it back."""
    for tweet_id in set(tweet_ids):
        yield _index(tweet_id, REMOVED_VERSION), {"id": tweet_id, "removed": True}


def person_operations(people: Sequence[User], read_at: int) -> Iterator[tuple[Operation, Operation]]:
    for person in {person.id: person for person in people}.values():
        yield _index(person.id, read_at), _person(person)


def _index(document_id: int, version: int) -> Operation:
    return {"index": {"_id": str(document_id), "version": version, "version_type": "external_gte"}}


def _tweet(tweet: Tweet) -> Operation:
    words, places = stems(tweet.text)
    return {
        "id": tweet.id,
        "text": tweet.text,
        "words": " ".join(chain([words], special_words(tweet.text))),
        "places": places,
        "standing": standing(tweet),
    }


def standing(tweet: Tweet) -> float:
    """What recency and engagement are worth, whatever is looked for: one for each week since 2006, and one for each
    doubling of the engagement."""
    return (milliseconds(tweet.id) - EPOCH_MS) / RECENCY_MS + doublings(tweet.engagement)


def _person(person: User) -> Operation:
    words, places = stems(person.bio, without_stop_words=True)
    return {
        "id": person.id,
        "handle": person.handle.lower(),
        "names": names(f"{person.handle} {person.display_name}"),
        "text": person.bio,
        "words": words,
        "places": places,
        "followers": person.followers_count,
    }
