"""People and following."""

from datetime import datetime
from typing import Annotated

import strawberry

import resolvers.graph as resolve
import resolvers.media as resolve_media
import resolvers.walls as resolve_walls
from domain import graph
from domain.activity import Activity
from resolvers import payloads
from resolvers.context import Info
from schema.fields import INPUT, attribute, describe_enum, edge
from schema.media import Media
from schema.nodes import Node
from schema.pages import TweetConnection, UserConnection
from schema.refusals import Payload
from schema.scalars import Long

describe_enum(
    Activity,
    "How a reader's timeline is kept. FAMOUS of the five classes is about authors: see User.isFamous.",
    LIVE="Has an open subscription now: the timeline is precomputed and tweets are pushed.",
    ACTIVE="Seen within ACTIVE_DAYS: the timeline is precomputed on every tweet.",
    PASSIVE="Seen within PASSIVE_DAYS: the timeline is rebuilt in batches, not on every tweet.",
    INACTIVE="Not seen for longer: no timeline is kept; it is built when the reader comes back.",
)


@strawberry.type(description="Somebody, as everybody sees them.")
class User(Node):
    handle: str = attribute("The name that mentions use; unique whatever the case.")
    display_name: str = attribute("The name that is shown.")
    bio: str = attribute("What they say of themselves; empty for nothing.")
    avatar: Media | None = edge(resolve_media.avatar, "Their picture; null for none.")
    created_at: datetime = attribute("When the account was made.")
    activity: Activity | None = edge(resolve.activity, "Null to anybody but oneself.")
    is_famous: bool = attribute(
        "Followed by so many that tweets are merged into timelines at read instead of being fanned out."
    )
    is_protected: bool = attribute("Tweets are only for approved followers; a follow becomes a request.")
    last_seen_at: datetime | None = edge(resolve.last_seen_at, "Null to anybody but oneself.")
    followers_count: Long | None = attribute("How many follow them.")
    following_count: Long | None = attribute("How many they follow.")
    tweets_count: Long | None = edge(resolve.tweets_count, "How many tweets they have, with replies and retweets.")
    followers: UserConnection | None = edge(resolve.followers, "Who follows them, the newest follow first.")
    following: UserConnection | None = edge(resolve.following, "Whom they follow, the newest follow first.")
    tweets: TweetConnection | None = edge(resolve.tweets, "Newest first.")
    likes: TweetConnection | None = edge(resolve.likes, "What they like, the newest like first.")
    viewer_follows: bool | None = edge(resolve.viewer_follows, "Whether the viewer follows them; null for a guest.")
    viewer_has_requested: bool | None = edge(
        resolve.viewer_has_requested, "Whether the viewer asks to follow them; null for a guest."
    )
    follows_viewer: bool | None = edge(resolve.follows_viewer, "Whether they follow the viewer; null for a guest.")
    viewer_blocks: bool | None = edge(resolve_walls.viewer_blocks, "Whether the viewer blocks them; null for a guest.")
    viewer_mutes: bool | None = edge(resolve_walls.viewer_mutes, "Whether the viewer mutes them; null for a guest.")
    blocks_viewer: bool | None = edge(
        resolve_walls.blocks_viewer,
        "Whether they block the viewer; null for a guest. Then the profile is shown, and its tweets, likes, followers "
        "and following are empty.",
    )

    @classmethod
    def is_type_of(cls, record: object, _info: object) -> bool:
        return isinstance(record, graph.User)


@strawberry.input(description="What is to change; what is left out or null stays as it is.")
class UpdateProfileInput:
    display_name: str | None = attribute("1 to 50 characters.", default=None)
    bio: str | None = attribute("At most 160 characters.", default=None)
    avatar_media_id: strawberry.ID | None = attribute("An image that was uploaded and is not in use.", default=None)
    is_protected: bool | None = attribute(
        "Whether tweets are only for approved followers; those who follow already are approved.", default=None
    )


@strawberry.type(description="The viewer as changed.")
class UpdateProfilePayload(Payload):
    user: User | None = edge(resolve.payload_user, "The viewer.")


@strawberry.type(description="Who is followed now, or asked.")
class FollowPayload(Payload):
    user: User | None = edge(resolve.payload_user, "Who is followed, or asked: see viewerHasRequested.")


@strawberry.type(description="Who is no longer followed.")
class UnfollowPayload(Payload):
    user: User | None = edge(resolve.payload_user, "Who was followed, or asked.")


@strawberry.type(description="Who follows the viewer now.")
class AcceptFollowRequestPayload(Payload):
    user: User | None = edge(resolve.payload_user, "Who had asked.")


@strawberry.type(description="Whose request is gone.")
class RejectFollowRequestPayload(Payload):
    user: User | None = edge(resolve.payload_user, "Who had asked.")


async def update_profile(info: Info, changes: Annotated[UpdateProfileInput, INPUT]) -> payloads.UserPayload:
    return await resolve.update_profile(
        info,
        display_name=changes.display_name,
        bio=changes.bio,
        avatar_media_id=changes.avatar_media_id,
        is_protected=changes.is_protected,
    )


@strawberry.type
class GraphQuery:
    user: User | None = edge(resolve.user, "Who has that handle, whatever its case.")


@strawberry.type
class GraphMutation:
    update_profile: UpdateProfilePayload = edge(
        update_profile, "Changes what the viewer says of themselves, and for whom their tweets are."
    )
    follow: FollowPayload = edge(
        resolve.follow,
        "Idempotent; then the viewer's timeline has their tweets. Who is protected is asked, and may accept or reject.",
    )
    unfollow: UnfollowPayload = edge(
        resolve.unfollow,
        "Idempotent; then the viewer's timeline is without their tweets. A request is withdrawn.",
    )
    accept_follow_request: AcceptFollowRequestPayload = edge(
        resolve.accept_follow_request, "Has somebody who asked follow the viewer."
    )
    reject_follow_request: RejectFollowRequestPayload = edge(
        resolve.reject_follow_request, "Takes somebody's request to follow the viewer away; they may ask again."
    )
