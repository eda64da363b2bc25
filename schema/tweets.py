"""Tweets and acting on them."""

from datetime import datetime
from typing import Annotated

import strawberry

import resolvers.media as resolve_media
import resolvers.tweets as resolve
from domain import tweets
from resolvers import payloads
from resolvers.context import Info
from schema.fields import INPUT, attribute, edge
from schema.graph import User
from schema.media import Media
from schema.nodes import Node
from schema.pages import TweetConnection, UserConnection
from schema.refusals import Payload
from schema.scalars import Long


@strawberry.type(description="A mention of a handle, which need not be anybody's.")
class MentionEntity:
    start: int = attribute("Where it begins.")
    end: int = attribute("Where what follows it begins.")
    handle: str = attribute("The handle as it is written, without the at sign.")
    user: User | None = edge(resolve.mentioned_user, "Who has that handle; null where nobody has.")


@strawberry.type(description="A hashtag.")
class HashtagEntity:
    start: int = attribute("Where it begins.")
    end: int = attribute("Where what follows it begins.")
    tag: str = attribute("The tag as it is written, without the hash sign.")


@strawberry.type(description="A link.")
class UrlEntity:
    start: int = attribute("Where it begins.")
    end: int = attribute("Where what follows it begins.")
    url: str = attribute("The address as it is written.")


@strawberry.type(description="Half-open ranges [start, end) in Unicode code points of Tweet.text.")
class Entities:
    mentions: list[MentionEntity] = attribute("In the order of the text.")
    hashtags: list[HashtagEntity] = attribute("In the order of the text.")
    urls: list[UrlEntity] = attribute("In the order of the text.")


@strawberry.type(description="A post, reply, quote or retweet.")
class Tweet(Node):
    text: str = attribute(
        "At most 280 by the twitter-text v3 weights (a URL counts 23, CJK and emoji 2). Empty for a pure retweet."
    )
    author: User | None = edge(resolve.author, "Who posted it.")
    created_at: datetime = attribute("When it was posted.")
    entities: Entities = edge(resolve.entities, "What the text refers to.")
    media: list[Media] | None = edge(resolve_media.of_tweet, "Up to four images, or one GIF, or one video, in order.")
    in_reply_to_global_id: strawberry.ID | None = attribute(
        "Stays when the tweet that was answered is deleted or may not be seen; inReplyTo is then null.",
        name="inReplyToId",
    )
    in_reply_to: "Tweet | None" = edge(resolve.in_reply_to, "The tweet that it answers.")
    conversation_root: "Tweet | None" = edge(
        resolve.conversation_root,
        "The tweet that the conversation began with; itself for a tweet that is no reply.",
    )
    retweet_of: "Tweet | None" = edge(resolve.retweet_of, "The original, of a pure retweet.")
    quote_of_global_id: strawberry.ID | None = attribute(
        "Stays when the tweet that was quoted is deleted or may not be seen; quoteOf is then null.", name="quoteOfId"
    )
    quote_of: "Tweet | None" = edge(resolve.quote_of, "The tweet that it quotes.")
    like_count: Long | None = attribute("How many like it.")
    retweet_count: Long | None = attribute("How many retweeted it.")
    reply_count: Long | None = attribute("How many answer it directly.")
    quote_count: Long | None = attribute("How many quote it.")
    ancestors: TweetConnection | None = edge(
        resolve.ancestors,
        "The tweets above this one in its conversation, oldest first; `last` counts from this one upwards.",
    )
    quotes: TweetConnection | None = edge(resolve.quotes, "The tweets that quote it, newest first.")
    replies: TweetConnection | None = edge(resolve.replies, "The tweets that answer it directly, newest first.")
    liked_by: UserConnection | None = edge(resolve.liked_by, "Who likes it, the newest like first.")
    retweeted_by: UserConnection | None = edge(resolve.retweeted_by, "Who retweeted it, the newest retweet first.")
    viewer_likes: bool | None = edge(resolve.viewer_likes, "Whether the viewer likes it; null for a guest.")
    viewer_retweeted: bool | None = edge(resolve.viewer_retweeted, "Whether the viewer retweeted it; null for a guest.")

    @classmethod
    def is_type_of(cls, record: object, _info: object) -> bool:
        return isinstance(record, tweets.Tweet)


@strawberry.input(description="A new tweet.")
class CreateTweetInput:
    text: str = attribute("1 to 280 weighted characters, stored as sent; with media it may be empty.", default="")
    in_reply_to_id: strawberry.ID | None = attribute("The tweet to answer.", default=None)
    quote_of_id: strawberry.ID | None = attribute("The tweet to quote.", default=None)
    media_ids: list[strawberry.ID] | None = attribute(
        "Up to four images, or one GIF, or one video; uploaded, and in no other tweet.", default=None
    )
    idempotency_key: str | None = attribute(
        "Sent again with the same key (per account, for 24 hours), the first tweet comes back and none is added; the "
        "same key with another input is a CONFLICT.",
        default=None,
    )


@strawberry.type(description="The new tweet.")
class CreateTweetPayload(Payload):
    tweet: Tweet | None = edge(resolve.payload_tweet, "The tweet, or the one that the same key made before.")


@strawberry.type(description="The tweet that is deleted.")
class DeleteTweetPayload(Payload):
    deleted_tweet_id: strawberry.ID | None = attribute("Its id.")


@strawberry.type(description="The tweet that is liked.")
class LikePayload(Payload):
    tweet: Tweet | None = edge(resolve.payload_tweet, "The tweet acted on.")


@strawberry.type(description="The tweet that is no longer liked.")
class UnlikePayload(Payload):
    tweet: Tweet | None = edge(resolve.payload_tweet, "The tweet acted on.")


@strawberry.type(description="retweet is the new one; tweet is the original.")
class RetweetPayload(Payload):
    retweet: Tweet | None = edge(resolve.payload_retweet, "The new retweet, or the one that there was.")
    tweet: Tweet | None = edge(resolve.payload_tweet, "The original.")


@strawberry.type(description="The tweet that is no longer retweeted.")
class UnretweetPayload(Payload):
    tweet: Tweet | None = edge(resolve.payload_tweet, "The original.")
    removed_retweet_id: strawberry.ID | None = attribute("The retweet that was; null where there was none.")


async def create_tweet(info: Info, draft: Annotated[CreateTweetInput, INPUT]) -> payloads.TweetPayload:
    return await resolve.create_tweet(
        info,
        text=draft.text,
        in_reply_to_id=draft.in_reply_to_id,
        quote_of_id=draft.quote_of_id,
        media_ids=draft.media_ids,
        idempotency_key=draft.idempotency_key,
    )


@strawberry.type
class TweetQuery:
    tweet: Tweet | None = edge(resolve.tweet, "The tweet of that id; null where it is not found or not to be seen.")


@strawberry.type
class TweetMutation:
    create_tweet: CreateTweetPayload = edge(create_tweet, "Posts a tweet, a reply or a quote.")
    delete_tweet: DeleteTweetPayload = edge(resolve.delete_tweet, "Deletes a tweet of the viewer's.")
    like: LikePayload = edge(resolve.like, "Idempotent; liking a pure retweet acts on its original.")
    unlike: UnlikePayload = edge(resolve.unlike, "Idempotent; for a pure retweet it acts on its original.")
    retweet: RetweetPayload = edge(resolve.retweet, "Idempotent; retweeting a pure retweet acts on its original.")
    unretweet: UnretweetPayload = edge(resolve.unretweet, "Idempotent; for a pure retweet it acts on its original.")
