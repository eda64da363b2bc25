"""Tweets and likes: writing, and looking up."""

import asyncio
from dataclasses import replace

import pytest

from domain.page import Link, Window
from domain.tweets import IdempotencyKey, NewTweet, Tweet
from stores.events import EventLog
from stores.tweets import IdempotencyConflict, TweetStore
from tests.contract.makers import LARGEST, UNICODE, event, logged, new_id, tweet

KEY = IdempotencyKey(1, UNICODE, b"hash")


async def create(tweets: TweetStore, new: NewTweet) -> int:
    assert await tweets.create(new, event()) == new.id
    return new.id


async def test_a_tweet_comes_back_as_it_was_written(tweets: TweetStore, events: EventLog) -> None:
    created = event()
    new = NewTweet(1, 2, 3, UNICODE, 4, 5, None, LARGEST)
    assert await tweets.create(new, created) == 1
    expected = Tweet(1, 2, 3, UNICODE, 4, 5, None, None, LARGEST, False, 0, 0, 0, 0)
    assert await tweets.tweets([1, 2, 1]) == {1: expected}
    assert await logged(events) == [created.id]


async def test_a_retweet_names_the_author_of_its_original(tweets: TweetStore) -> None:
    root = await create(tweets, tweet(1))
    new = replace(tweet(2, text="", retweet_of=root), pulled=True)
    await tweets.retweet(new, event())
    expected = Tweet(new.id, new.event_id, 2, "", new.id, None, root, 1, None, True, 0, 0, 0, 0)
    assert await tweets.tweets([new.id]) == {new.id: expected}


async def test_media_ids_are_kept_in_their_order_however_it_is_written(tweets: TweetStore) -> None:
    with_media = [replace(tweet(1), media_ids=media_ids) for media_ids in ((LARGEST, 1, 2), (3,), (5, 4))]
    await tweets.create(with_media[0], event())
    await tweets.create(with_media[1], event(), KEY)
    await tweets.create_missing([with_media[2], tweet(1)], event())
    found = await tweets.tweets(await tweets.ids_by_authors([1], Window(9)))
    assert {tweet_id: one.media_ids for tweet_id, one in found.items() if one.media_ids} == {
        new.id: new.media_ids for new in with_media
    }


async def test_whether_it_is_pulled_is_kept_however_it_is_written(tweets: TweetStore) -> None:
    pulled = [tweet(1, pulled=True) for _ in range(3)]
    await tweets.create(pulled[0], event())
    await tweets.create(pulled[1], event(), KEY)
    await tweets.create_missing([pulled[2], tweet(1)], event())
    await tweets.create_missing([replace(pulled[2], pulled=False)], event())
    assert await tweets.pulled_ids(1, Window(9)) == [new.id for new in reversed(pulled)]
    found = await tweets.tweets(await tweets.ids_by_authors([1], Window(9)))
    assert {tweet_id for tweet_id, one in found.items() if one.pulled} == {new.id for new in pulled}


async def test_counts_of_every_kind(tweets: TweetStore) -> None:
    root = await create(tweets, tweet(1))
    reply = await create(tweets, tweet(2, reply_to=root))
    await create(tweets, tweet(2, reply_to=reply, quote_of=root))
    await tweets.retweet(tweet(3, text="", retweet_of=root), event())
    assert await tweets.like(root, 3, new_id()) is True
    found = await tweets.tweets([root, reply])
    assert [(t.like_count, t.retweet_count, t.reply_count, t.quote_count) for t in (found[root], found[reply])] == [
        (1, 1, 1, 1),
        (0, 0, 1, 0),
    ]
    assert await tweets.tweet_counts([1, 2, 3, 4]) == {1: 1, 2: 2, 3: 1, 4: 0}


async def test_only_missing_tweets_are_added(tweets: TweetStore, events: EventLog) -> None:
    first, second = event(), event()
    root, reply, quote = tweet(1, tweet_id=LARGEST - 2), tweet(2, tweet_id=LARGEST - 1), tweet(3, tweet_id=LARGEST)
    reply, quote = replace(reply, in_reply_to_id=root.id), replace(quote, quote_of_id=root.id)
    await tweets.create(root, first)
    assert sorted(await tweets.create_missing([quote, root, reply], second)) == [reply.id, quote.id]
    assert await tweets.create_missing([quote, root, reply], event()) == []
    assert await tweets.create_missing([], event()) == []
    found = (await tweets.tweets([root.id]))[root.id]
    assert (found.reply_count, found.quote_count) == (1, 1)
    assert await tweets.tweet_counts([1, 2, 3]) == {1: 1, 2: 1, 3: 1}
    assert await logged(events) == [first.id, second.id]


async def test_a_tweet_that_is_written_again_is_counted_once(tweets: TweetStore, events: EventLog) -> None:
    new, created = tweet(1), event()
    await tweets.create(new, created)
    assert await tweets.create(new, event()) == new.id
    retweet, retweeted = tweet(1, text="", retweet_of=new.id), event()
    assert await tweets.retweet(retweet, retweeted) == retweet.id
    assert await tweets.retweet(retweet, event()) == retweet.id
    assert (await tweets.tweets([new.id]))[new.id].retweet_count == 1
    assert await tweets.tweet_counts([1]) == {1: 2}
    assert await logged(events) == [created.id, retweeted.id]


async def test_the_same_key_makes_one_tweet(tweets: TweetStore, events: EventLog) -> None:
    first, second, created = tweet(1), tweet(1), event()
    assert await tweets.made_with(KEY) is None
    assert await tweets.create(first, created, KEY) == first.id
    assert await tweets.create(second, event(), KEY) == first.id
    assert await tweets.made_with(KEY) == first.id
    assert list(await tweets.tweets([first.id, second.id])) == [first.id]
    assert await tweets.tweet_counts([1]) == {1: 1}
    assert await logged(events) == [created.id]


async def test_a_key_with_another_input_is_a_conflict(tweets: TweetStore) -> None:
    first, second = tweet(1), tweet(1)
    other = replace(KEY, input_hash=b"other")
    await tweets.create(first, event(), KEY)
    with pytest.raises(IdempotencyConflict):
        await tweets.create(second, event(), other)
    with pytest.raises(IdempotencyConflict):
        await tweets.made_with(other)
    assert await tweets.tweets([second.id]) == {}
    elsewhere = replace(other, account_id=2)
    assert await tweets.create(second, event(), elsewhere) == second.id
    assert await tweets.made_with(KEY) == first.id


async def test_a_key_outlives_its_tweet(tweets: TweetStore) -> None:
    first = tweet(1)
    await tweets.create(first, event(), KEY)
    await tweets.delete(first.id, event())
    assert await tweets.made_with(KEY) == first.id
    assert await tweets.create(tweet(1), event(), KEY) == first.id


async def test_of_many_with_one_key_at_once_one_writes(tweets: TweetStore, events: EventLog) -> None:
    news = [tweet(1) for _ in range(16)]
    made = await asyncio.gather(*(tweets.create(new, event(), KEY) for new in news))
    assert len(set(made)) == 1
    assert list(await tweets.tweets([new.id for new in news])) == made[:1]
    assert await tweets.tweet_counts([1]) == {1: 1}
    assert len(await logged(events)) == 1


async def test_retweeting_twice_is_retweeting_once(tweets: TweetStore, events: EventLog) -> None:
    root = await create(tweets, tweet(1))
    before = await logged(events)
    retweets, told = [tweet(2, text="", retweet_of=root) for _ in range(8)], [event() for _ in range(8)]
    made = await asyncio.gather(*(tweets.retweet(new, one) for new, one in zip(retweets, told, strict=True)))
    assert len(set(made)) == 1
    assert await tweets.retweets_of(root, 10) == [(made[0], 2)]
    assert await tweets.retweet_ids(2, [root, 9]) == {root: made[0]}
    assert await tweets.retweet_ids(1, [root]) == {}
    written = [one.id for new, one in zip(retweets, told, strict=True) if new.id == made[0]]
    assert await logged(events) == [*before, *written]


async def test_a_retweet_that_was_deleted_can_be_made_again(tweets: TweetStore) -> None:
    root = await create(tweets, tweet(1))
    first, second = (tweet(2, text="", retweet_of=root) for _ in range(2))
    assert await tweets.retweet(first, event()) == first.id
    assert await tweets.delete(first.id, event()) is True
    assert await tweets.retweet_ids(2, [root]) == {}
    assert await tweets.retweet(second, event()) == second.id
    assert (await tweets.tweets([root]))[root].retweet_count == 1


async def test_a_deleted_tweet_is_gone_and_no_longer_counted(tweets: TweetStore, events: EventLog) -> None:
    root = await create(tweets, tweet(1))
    reply = await create(tweets, tweet(2, reply_to=root, quote_of=root))
    before = await logged(events)
    deleted = event()
    assert await tweets.delete(reply, deleted) is True
    assert await tweets.delete(reply, event()) is False
    assert await tweets.delete(new_id(), event()) is False
    found = await tweets.tweets([root, reply])
    assert [(t.id, t.reply_count, t.quote_count) for t in found.values()] == [(root, 0, 0)]
    assert await tweets.tweet_counts([1, 2]) == {1: 1, 2: 0}
    assert await tweets.replies([root], Window(5)) == {root: []}
    assert await tweets.quotes([root], Window(5)) == {root: []}
    assert await tweets.by_author([2], Window(5), include_replies=True) == {2: []}
    assert await tweets.ids_by_authors([1, 2], Window(5)) == [root]
    assert await logged(events) == [*before, deleted.id]


async def test_retweets_go_with_their_original_and_stay_to_be_cleaned_up(tweets: TweetStore) -> None:
    root = await create(tweets, tweet(1))
    retweet = tweet(2, text="", retweet_of=root)
    await tweets.retweet(retweet, event())
    lost = tweet(3, text="", retweet_of=new_id())
    await tweets.retweet(lost, event())
    await tweets.delete(root, event())
    assert await tweets.tweets([root, retweet.id, lost.id]) == {}
    assert await tweets.retweets_of(root, 5) == [(retweet.id, 2)]
    assert await tweets.delete(retweet.id, event()) is True
    assert await tweets.retweets_of(root, 5) == []


async def test_counts_never_fall_below_zero(tweets: TweetStore) -> None:
    """An answer to, a quote and a like of what is deleted by then, taken back afterwards."""
    root = await create(tweets, tweet(1))
    await tweets.delete(root, event())
    reply = await create(tweets, tweet(2, reply_to=root, quote_of=root))
    assert await tweets.like(root, 2, new_id()) is True
    assert await tweets.delete(reply, event()) is True
    assert await tweets.unlike(root, 2) is True
    assert await tweets.unlike(root, 2) is False
    assert await tweets.tweet_counts([1, 2]) == {1: 0, 2: 0}


async def test_liking_twice_is_liking_once(tweets: TweetStore) -> None:
    root = await create(tweets, tweet(1))
    like_ids = [new_id() for _ in range(8)]
    added = await asyncio.gather(*(tweets.like(root, 2, like_id) for like_id in like_ids))
    assert sorted(added) == [False] * 7 + [True]
    kept = like_ids[added.index(True)]
    assert await tweets.likes([2], Window(5)) == {2: [Link(kept, root)]}
    assert await tweets.liked_by([root], Window(5)) == {root: [Link(kept, 2)]}
    removed = await asyncio.gather(*(tweets.unlike(root, 2) for _ in range(8)))
    assert sorted(removed) == [False] * 7 + [True]
    assert (await tweets.tweets([root]))[root].like_count == 0
