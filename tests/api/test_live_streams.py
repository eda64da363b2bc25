"""An author's tweets and a conversation's replies, live over sockets, for accounts and guests."""

import pytest

from tests.api.asking import TWEET_UPDATES
from tests.api.listening import Listen, Reader, ids_until, subscribed
from tests.conftest import MakeAccount
from tests.support.clients import (
    ACCEPT,
    BLOCK,
    DELETE_TWEET,
    FOLLOW,
    PROTECT,
    UNBLOCK,
    UNFOLLOW,
    Account,
    Subscription,
)
from tests.support.servers import RunningServer

USER_TWEETS = "subscription($handle: String!) { userTweets(handle: $handle) { id text author { id } } }"
CONVERSATION = """subscription($id: ID!) { conversationUpdates(rootId: $id) {
  id text inReplyToId conversationRoot { id } } }"""


async def test_an_authors_tweets(reader: Reader, make_account: MakeAccount, listening: Listen) -> None:
    author, other = await make_account(), await make_account()
    stream = await listening(reader, USER_TWEETS, handle=author.handle.upper())
    first = await author.tweet("one")
    await other.tweet("of another")
    second = await author.tweet("two", inReplyToId=first)
    theirs = {"author": {"id": author.id}}
    assert await stream.next() == {"id": first, "text": "one"} | theirs
    assert await stream.next() == {"id": second, "text": "two"} | theirs


async def tell(author: Account, text: str, witness: Subscription) -> str:
    """Posts a tweet which the witness has to see: then it is decided who else does."""
    tweet_id = await author.tweet(text)
    assert (await witness.next())["id"] == tweet_id
    return tweet_id


async def test_a_protected_author_is_told_of_to_followers_alone(make_account: MakeAccount, listening: Listen) -> None:
    """From when the request is accepted until they unfollow."""
    author, reader, follower = [await make_account() for _ in range(3)]
    await follower.follow(author)
    await author.mutate(PROTECT, protected=True)
    told = await listening(follower, USER_TWEETS, handle=author.handle)
    stream = await listening(reader, USER_TWEETS, handle=author.handle)
    guest = await listening(None, USER_TWEETS, handle=author.handle)
    await tell(author, "for followers", told)
    await reader.mutate(FOLLOW, id=author.id)
    await tell(author, "asked, not accepted", told)
    await author.mutate(ACCEPT, id=reader.id)
    shown = await tell(author, "accepted", told)
    await reader.mutate(UNFOLLOW, id=author.id)
    await tell(author, "unfollowed", told)
    await author.mutate(PROTECT, protected=False)
    last = await tell(author, "for all", told)
    assert await ids_until(stream, last) == [shown, last]
    assert await ids_until(guest, last) == [last]


@pytest.mark.parametrize("blocks", ["author", "reader"])
async def test_a_blocked_author_is_silent(blocks: str, make_account: MakeAccount, listening: Listen) -> None:
    author, reader = await make_account(), await make_account()
    one, other = (author, reader) if blocks == "author" else (reader, author)
    stream = await listening(reader, USER_TWEETS, handle=author.handle)
    guest = await listening(None, USER_TWEETS, handle=author.handle)
    before = await tell(author, "before", guest)
    await one.mutate(BLOCK, id=other.id)
    await tell(author, "blocked", guest)
    await one.mutate(UNBLOCK, id=other.id)
    after = await tell(author, "after", guest)
    assert await ids_until(stream, after) == [before, after]


@pytest.mark.parametrize("handle", ["nobody_has_this", "not a handle", "", "x" * 10_000])
async def test_tweets_of_nobody_are_over_at_once(running_server: RunningServer, reader: Reader, handle: str) -> None:
    async with subscribed(running_server.url, reader, USER_TWEETS, handle=handle) as stream:
        assert await stream.next() is None


async def test_replies_to_replies(reader: Reader, make_account: MakeAccount, listening: Listen) -> None:
    author, other = await make_account(), await make_account()
    root = await author.tweet("the root")
    stream = await listening(reader, CONVERSATION, id=root)
    reply = await other.tweet("a reply", inReplyToId=root)
    await other.tweet("a quote", quoteOfId=root)
    await other.tweet("of another conversation", inReplyToId=await other.tweet("another root"))
    answer = await author.tweet("a reply to the reply", inReplyToId=reply)
    within = {"conversationRoot": {"id": root}}
    assert await stream.next() == {"id": reply, "text": "a reply", "inReplyToId": root} | within
    assert await stream.next() == {"id": answer, "text": "a reply to the reply", "inReplyToId": reply} | within


async def test_any_tweet_names_its_conversation(make_account: MakeAccount, listening: Listen) -> None:
    author = await make_account()
    root = await author.tweet("the root")
    reply = await author.tweet("a reply", inReplyToId=root)
    stream = await listening(None, CONVERSATION, id=reply)
    other = await author.tweet("another reply", inReplyToId=root)
    assert (await stream.next())["id"] == other


@pytest.mark.parametrize("query", [CONVERSATION, TWEET_UPDATES], ids=["conversation", "tweet"])
async def test_what_is_hidden_is_over_at_once(
    running_server: RunningServer, make_account: MakeAccount, query: str
) -> None:
    author, blocked, other = [await make_account() for _ in range(3)]
    root = await author.tweet("the root")
    await author.mutate(BLOCK, id=blocked.id)
    async with subscribed(running_server.url, blocked, query, id=root) as stream:
        assert await stream.next() is None
    await author.mutate(PROTECT, protected=True)
    for reader in (other, None):
        async with subscribed(running_server.url, reader, query, id=root) as stream:
            assert await stream.next() is None


@pytest.mark.parametrize("query", [CONVERSATION, TWEET_UPDATES], ids=["conversation", "tweet"])
async def test_what_there_is_not_is_over_at_once(
    running_server: RunningServer, reader: Reader, make_account: MakeAccount, query: str
) -> None:
    author = await make_account()
    deleted = await author.tweet("soon gone")
    await author.mutate(DELETE_TWEET, id=deleted)
    for tweet_id in (deleted, author.id, "", "no id"):
        async with subscribed(running_server.url, reader, query, id=tweet_id) as stream:
            assert await stream.next() is None
