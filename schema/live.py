"""Subscriptions, over graphql-transport-ws at the same path as queries."""

from collections.abc import AsyncGenerator
from typing import Annotated, TypeAlias

import strawberry

import resolvers.live as resolve
from domain import live
from schema.fields import attribute, describe_enum, stream
from schema.tweets import Tweet

describe_enum(
    live.TimelineResetReason,
    "Why a stream can't go on.",
    TOO_OLD="`after` is older than what is kept.",
    REBUILT="The timeline was built anew, or the viewer's follows, blocks or mutes changed it as a whole.",
    SLOW="The client reads more slowly than tweets arrive.",
)


@strawberry.type(description="A tweet that has reached the timeline.")
class TimelineTweetAdded:
    cursor: str = attribute("Give it to `after` to go on from here.")
    tweet: Tweet | None = attribute("The tweet.")

    @classmethod
    def is_type_of(cls, record: object, _info: object) -> bool:
        return isinstance(record, live.TweetAdded)


@strawberry.type(description="Deleted, or no longer to be seen by this viewer: clients drop it from what they show.")
class TimelineTweetRemoved:
    cursor: str = attribute("Give it to `after` to go on from here.")
    tweet_id: strawberry.ID = attribute("The id that the tweet had.")

    @classmethod
    def is_type_of(cls, record: object, _info: object) -> bool:
        return isinstance(record, live.TweetRemoved)


@strawberry.type(
    description="The stream's last event, after which the server completes it: fetch the timeline again, and subscribe "
    "from its liveCursor."
)
class TimelineReset:
    reason: live.TimelineResetReason = attribute("Why the stream can't go on.")

    @classmethod
    def is_type_of(cls, record: object, _info: object) -> bool:
        return isinstance(record, live.TimelineReset)


TimelineEvent: TypeAlias = Annotated[
    TimelineTweetAdded | TimelineTweetRemoved | TimelineReset,
    strawberry.union("TimelineEvent", description="What happens to a timeline."),
]


@strawberry.type
class LiveSubscription:
    timeline_updates: AsyncGenerator[TimelineEvent, None] = stream(
        resolve.timeline_updates,
        "Tweets as they reach the viewer's home timeline. With `after`, first what was missed since that "
        "cursor, oldest first, then live: each tweet once, none lost, or a TimelineReset.",
    )
    user_tweets: AsyncGenerator[Tweet, None] = stream(
        resolve.user_tweets, "An author's tweets as they are posted. Ends at once where nobody has that handle."
    )
    tweet_updates: AsyncGenerator[Tweet, None] = stream(
        resolve.tweet_updates,
        "A tweet whose counts have changed, at most once a second. Ends when it is gone or can't be seen any more.",
    )
    conversation_updates: AsyncGenerator[Tweet, None] = stream(
        resolve.conversation_updates,
        "Replies anywhere in a conversation as they are posted. Ends at once where the tweet can't be seen.",
    )
    search_updates: AsyncGenerator[Tweet, None] = stream(
        resolve.search_updates, "Tweets that match a search query as they are posted."
    )
