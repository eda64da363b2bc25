"""Tweets: what they refer to, who acted on them, and acting on them."""

from collections.abc import Awaitable, Sequence
from functools import lru_cache
from typing import Annotated

import strawberry

from domain.global_id import Kind, decode_as, encode
from domain.graph import User
from domain.page import Connection
from domain.text import Entities, Mention, extract
from domain.tweets import Tweet
from resolvers.arguments import After, Before, First, Id, Last
from resolvers.context import Info, charge
from resolvers.graph import user
from resolvers.mutations import decode_id, mutation
from resolvers.pages import newest_first, oldest_first
from resolvers.payloads import DeleteTweetPayload, RetweetPayload, TweetPayload, UnretweetPayload
from resolvers.viewers import ViewerField
from services.tweets import TweetDraft

TweetId = Annotated[strawberry.ID, strawberry.argument(name="tweetId", description="The tweet's global id.")]
MaybeTweet = Awaitable[Tweet | None] | None

_extract = lru_cache(maxsize=4096)(extract)
"""A tweet that is asked for by many, or under many aliases, is parsed once."""


def tweet(info: Info, tweet_id: Id) -> MaybeTweet:
    return _load(info, decode_as(Kind.TWEET, tweet_id))


def author(root: Tweet, info: Info) -> Awaitable[User | None]:
    return info.context.loaders.graph.users.load(root.author_id)


def in_reply_to(root: Tweet, info: Info) -> MaybeTweet:
    return _load(info, root.in_reply_to_id)


def conversation_root(root: Tweet, info: Info) -> Tweet | MaybeTweet:
    return root if root.conversation_id == root.id else _load(info, root.conversation_id)


def retweet_of(root: Tweet, info: Info) -> MaybeTweet:
    return _load(info, root.retweet_of_id)


def quote_of(root: Tweet, info: Info) -> MaybeTweet:
    return _load(info, root.quote_of_id)


def entities(root: Tweet, info: Info) -> Entities:
    found = _extract(root.text)
    charge(info, len(found.mentions) + len(found.hashtags) + len(found.urls))
    return found


def mentioned_user(root: Mention, info: Info) -> Awaitable[User | None] | None:
    return user(info, root.handle)


def ancestors(root: Tweet, info: Info, last: Last = None, before: Before = None) -> Awaitable[Connection[Tweet]]:
    loaders = info.context.loaders.tweets
    return oldest_first(info, "Tweet.ancestors", loaders.ancestors, loaders.tweets, root.id, last, before)


def quotes(root: Tweet, info: Info, first: First = None, after: After = None) -> Awaitable[Connection[Tweet]]:
    loaders = info.context.loaders.tweets
    return newest_first(info, "Tweet.quotes", loaders.quotes, loaders.tweets, root.id, first, after)


def replies(root: Tweet, info: Info, first: First = None, after: After = None) -> Awaitable[Connection[Tweet]]:
    loaders = info.context.loaders.tweets
    return newest_first(info, "Tweet.replies", loaders.replies, loaders.tweets, root.id, first, after)


def liked_by(root: Tweet, info: Info, first: First = None, after: After = None) -> Awaitable[Connection[User]]:
    loaders = info.context.loaders
    seen = loaders.graph.guard.seen
    return newest_first(info, "Tweet.likedBy", loaders.tweets.liked_by, seen, root.id, first, after)


def retweeted_by(root: Tweet, info: Info, first: First = None, after: After = None) -> Awaitable[Connection[User]]:
    loaders = info.context.loaders
    seen = loaders.graph.guard.seen
    return newest_first(info, "Tweet.retweetedBy", loaders.tweets.retweeted_by, seen, root.id, first, after)


def viewer_likes(root: Tweet, info: Info) -> Awaitable[bool | None]:
    return info.context.of_viewer(info, ViewerField.LIKES, root.id)


def viewer_retweeted(root: Tweet, info: Info) -> Awaitable[bool | None]:
    return info.context.of_viewer(info, ViewerField.RETWEETED, root.id)


@mutation(TweetPayload)
async def create_tweet(
    info: Info,
    *,
    text: str,
    in_reply_to_id: str | None,
    quote_of_id: str | None,
    media_ids: Sequence[str] | None,
    idempotency_key: str | None,
) -> TweetPayload:
    viewer = info.context.require_viewer()
    draft = TweetDraft(
        text=text,
        in_reply_to_id=None if in_reply_to_id is None else decode_id(Kind.TWEET, in_reply_to_id, "inReplyToId"),
        quote_of_id=None if quote_of_id is None else decode_id(Kind.TWEET, quote_of_id, "quoteOfId"),
        media_ids=tuple(decode_id(Kind.MEDIA, each, "mediaIds") for each in media_ids or ()),
        idempotency_key=idempotency_key,
    )
    return TweetPayload(tweet_id=await info.context.services.tweets.create(viewer.account_id, draft))


@mutation(DeleteTweetPayload)
async def delete_tweet(info: Info, tweet_id: Id) -> DeleteTweetPayload:
    viewer = info.context.require_viewer()
    await info.context.services.tweets.delete(viewer.account_id, decode_id(Kind.TWEET, tweet_id, "id"))
    return DeleteTweetPayload(deleted_tweet_id=tweet_id)


@mutation(TweetPayload)
async def like(info: Info, tweet_id: TweetId) -> TweetPayload:
    viewer, number = info.context.require_viewer(), decode_id(Kind.TWEET, tweet_id, "tweetId")
    return TweetPayload(tweet_id=await info.context.services.tweets.like(viewer.account_id, number))


@mutation(TweetPayload)
async def unlike(info: Info, tweet_id: TweetId) -> TweetPayload:
    viewer, number = info.context.require_viewer(), decode_id(Kind.TWEET, tweet_id, "tweetId")
    return TweetPayload(tweet_id=await info.context.services.tweets.unlike(viewer.account_id, number))


@mutation(RetweetPayload)
async def retweet(info: Info, tweet_id: TweetId) -> RetweetPayload:
    viewer, number = info.context.require_viewer(), decode_id(Kind.TWEET, tweet_id, "tweetId")
    retweet_id, original_id = await info.context.services.tweets.retweet(viewer.account_id, number)
    return RetweetPayload(retweet_id=retweet_id, tweet_id=original_id)


@mutation(UnretweetPayload)
async def unretweet(info: Info, tweet_id: TweetId) -> UnretweetPayload:
    viewer, number = info.context.require_viewer(), decode_id(Kind.TWEET, tweet_id, "tweetId")
    original_id, removed_id = await info.context.services.tweets.unretweet(viewer.account_id, number)
    removed = encode(Kind.TWEET, removed_id) if removed_id else None
    return UnretweetPayload(tweet_id=original_id, removed_retweet_id=removed)


def payload_tweet(root: TweetPayload, info: Info) -> MaybeTweet:
    return _load(info, root.tweet_id)


def payload_retweet(root: RetweetPayload, info: Info) -> MaybeTweet:
    return _load(info, root.retweet_id)


def _load(info: Info, tweet_id: int | None) -> MaybeTweet:
    return info.context.loaders.tweets.tweets.load(tweet_id) if tweet_id else None
