"""People and following."""

from datetime import datetime
from typing import Annotated

import strawberry

import resolvers.graph as resolve
from domain import graph
from resolvers import payloads
from resolvers.context import Info
from schema.fields import INPUT, attribute, edge
from schema.nodes import Node
from schema.pages import TweetConnection, UserConnection
from schema.refusals import Payload
from schema.scalars import Long


@strawberry.type(description="Somebody, as everybody sees them.")
class User(Node):
    handle: str = attribute("The name that mentions use; unique whatever the case.")
    display_name: str = attribute("The name that is shown.")
    bio: str = attribute("What they say of themselves; empty for nothing.")
    created_at: datetime = attribute("When the account was made.")
    last_seen_at: datetime | None = edge(resolve.last_seen_at, "Null to anybody but oneself.")
    followers_count: Long | None = attribute("How many follow them.")
    following_count: Long | None = attribute("How many they follow.")
    tweets_count: Long | None = edge(resolve.tweets_count, "How many tweets they have, with replies and retweets.")
    followers: UserConnection | None = edge(resolve.followers, "Who follows them, the newest follow first.")
    following: UserConnection | None = edge(resolve.following, "Whom they follow, the newest follow first.")
    tweets: TweetConnection | None = edge(resolve.tweets, "Newest first.")
    likes: TweetConnection | None = edge(resolve.likes, "What they like, the newest like first.")
    viewer_follows: bool | None = edge(resolve.viewer_follows, "Whether the viewer follows them; null for a guest.")
    follows_viewer: bool | None = edge(resolve.follows_viewer, "Whether they follow the viewer; null for a guest.")

    @classmethod
    def is_type_of(cls, record: object, _info: object) -> bool:
        return isinstance(record, graph.User)


@strawberry.input(description="What is to change; what is left out or null stays as it is.")
class UpdateProfileInput:
    display_name: str | None = attribute("1 to 50 characters.", default=None)
    bio: str | None = attribute("At most 160 characters.", default=None)


@strawberry.type(description="The viewer as changed.")
class UpdateProfilePayload(Payload):
    user: User | None = edge(resolve.payload_user, "The viewer.")


@strawberry.type(description="Who is followed now.")
class FollowPayload(Payload):
    user: User | None = edge(resolve.payload_user, "Who is followed.")


@strawberry.type(description="Who is no longer followed.")
class UnfollowPayload(Payload):
    user: User | None = edge(resolve.payload_user, "Who was followed.")


async def update_profile(info: Info, changes: Annotated[UpdateProfileInput, INPUT]) -> payloads.UserPayload:
    return await resolve.update_profile(info, display_name=changes.display_name, bio=changes.bio)


@strawberry.type
class GraphQuery:
    user: User | None = edge(resolve.user, "Who has that handle, whatever its case.")


@strawberry.type
class GraphMutation:
    update_profile: UpdateProfilePayload = edge(update_profile, "Changes what the viewer says of themselves.")
    follow: FollowPayload = edge(resolve.follow, "Idempotent; then the viewer's timeline has their tweets.")
    unfollow: UnfollowPayload = edge(
        resolve.unfollow, "Idempotent; then the viewer's timeline is without their tweets."
    )
