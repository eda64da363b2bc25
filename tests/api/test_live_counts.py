"""A tweet's counts, live over sockets, for accounts and guests."""

import asyncio
import time

from services.live.counts import LOOK_SECONDS
from tests.api.asking import LIKE, TWEET_UPDATES, UNLIKE
from tests.api.listening import Listen, Reader
from tests.conftest import MakeAccount
from tests.support.clients import BLOCK, DELETE_TWEET, PROTECT

TOLD_SECONDS = 5.0
"""More than twice what it takes to look, for a machine that has other things to do."""


async def test_a_like_is_told_soon(reader: Reader, make_account: MakeAccount, listening: Listen) -> None:
    """To each with what they themselves did."""
    author = await make_account()
    tweet = await author.tweet("likeable")
    stream = await listening(reader, TWEET_UPDATES, id=tweet)
    own = await listening(author, TWEET_UPDATES, id=tweet)
    likes = 0
    for mutation, likes in ((LIKE, 1), (UNLIKE, 0)):
        await author.mutate(mutation, id=tweet)
        async with asyncio.timeout(TOLD_SECONDS):
            event = await stream.next()
        told = {"id": tweet, "likeCount": likes, "replyCount": 0}
        assert event == told | {"viewerLikes": False if reader else None}
        assert await own.next() == told | {"viewerLikes": likes == 1}


async def test_many_likes_are_told_together(make_account: MakeAccount, listening: Listen) -> None:
    """At most once a look, and at last all of them."""
    author = await make_account()
    tweet = await author.tweet("likeable")
    fans = [await make_account() for _ in range(8)]
    stream = await listening(None, TWEET_UPDATES, id=tweet)
    began = time.monotonic()
    await asyncio.gather(*(fan.mutate(LIKE, id=tweet) for fan in fans))
    events = await stream.until(lambda event: event["likeCount"] == len(fans))
    looks = (time.monotonic() - began) / LOOK_SECONDS
    counts = [event["likeCount"] for event in events]
    assert counts == sorted(set(counts))
    assert len(counts) <= looks + 1
    await author.tweet("a reply", inReplyToId=tweet)
    assert await stream.next() == {"id": tweet, "likeCount": 8, "replyCount": 1, "viewerLikes": None}


async def test_a_deleted_tweet_is_over(reader: Reader, make_account: MakeAccount, listening: Listen) -> None:
    author = await make_account()
    tweet = await author.tweet("soon gone")
    stream = await listening(reader, TWEET_UPDATES, id=tweet)
    await author.mutate(DELETE_TWEET, id=tweet)
    assert await stream.next() is None


async def test_a_tweet_that_is_hidden_meanwhile_is_over(make_account: MakeAccount, listening: Listen) -> None:
    author, reader, follower = [await make_account() for _ in range(3)]
    await follower.follow(author)
    tweet = await author.tweet("for followers soon")
    told = await listening(follower, TWEET_UPDATES, id=tweet)
    stream = await listening(reader, TWEET_UPDATES, id=tweet)
    await author.mutate(PROTECT, protected=True)
    assert await stream.next() is None
    await follower.mutate(LIKE, id=tweet)
    assert (await told.next())["likeCount"] == 1
    await author.mutate(BLOCK, id=follower.id)
    assert await told.next() is None
