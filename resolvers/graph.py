"""People, their lists, following and asking for it."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated

import strawberry

from domain.accounts import Session
from domain.activity import Activity
from domain.global_id import Kind
from domain.graph import User
from domain.page import Connection
from domain.tweets import Tweet
from resolvers.arguments import After, First
from resolvers.context import Info
from resolvers.mutations import UserId, act_on_user, decode_id, mutation
from resolvers.pages import newest_first
from resolvers.payloads import UserPayload
from resolvers.viewers import ViewerField
from services.accounts import HANDLE

IncludeReplies = Annotated[bool, strawberry.argument(description="Whether replies are in the list too.")]


def user(info: Info, handle: str) -> Awaitable[User | None] | None:
    """Whatever the case. What can't be a handle is nobody's, and not for a store to choke on."""
    return info.context.loaders.graph.users_by_handle.load(handle.lower()) if HANDLE.fullmatch(handle) else None


def last_seen_at(root: User, info: Info) -> datetime | None:
    return root.last_seen_at if info.context.is_viewer(root.id) else None


async def activity(root: User, info: Info) -> Activity | None:
    if not info.context.is_viewer(root.id):
        return None
    return Activity.LIVE if await info.context.loaders.presence.present.load(root.id) else root.activity


def tweets_count(root: User, info: Info) -> Awaitable[int | None]:
    return info.context.loaders.tweets.counts.load(root.id)


def followers(root: User, info: Info, first: First = None, after: After = None) -> Awaitable[Connection[User]]:
    graph = info.context.loaders.graph
    return newest_first(info, "User.followers", graph.followers, graph.users, root.id, first, after)


def following(root: User, info: Info, first: First = None, after: After = None) -> Awaitable[Connection[User]]:
    graph = info.context.loaders.graph
    return newest_first(info, "User.following", graph.following, graph.users, root.id, first, after)


def tweets(
    root: User, info: Info, first: First = None, after: After = None, *, include_replies: IncludeReplies = False
) -> Awaitable[Connection[Tweet]]:
    loaders = info.context.loaders.tweets
    posts = loaders.posts_and_replies if include_replies else loaders.posts
    return newest_first(info, "User.tweets", posts, loaders.tweets, root.id, first, after)


def likes(root: User, info: Info, first: First = None, after: After = None) -> Awaitable[Connection[Tweet]]:
    loaders = info.context.loaders.tweets
    return newest_first(info, "User.likes", loaders.likes, loaders.tweets, root.id, first, after)


def viewer_follows(root: User, info: Info) -> Awaitable[bool | None]:
    return info.context.of_viewer(info, ViewerField.FOLLOWS, root.id)


def viewer_has_requested(root: User, info: Info) -> Awaitable[bool | None]:
    return info.context.of_viewer(info, ViewerField.HAS_REQUESTED, root.id)


def follows_viewer(root: User, info: Info) -> Awaitable[bool | None]:
    return info.context.of_viewer(info, ViewerField.FOLLOWED_BY, root.id)


def follow_requests(root: Session, info: Info, first: First = None, after: After = None) -> Awaitable[Connection[User]]:
    graph = info.context.loaders.graph
    requests = graph.follow_requests
    return newest_first(info, "Viewer.followRequests", requests, graph.users, root.account_id, first, after)


@mutation(UserPayload)
async def follow(info: Info, user_id: UserId) -> UserPayload:
    return await act_on_user(info, user_id, info.context.services.graph.follow)


@mutation(UserPayload)
async def unfollow(info: Info, user_id: UserId) -> UserPayload:
    return await act_on_user(info, user_id, info.context.services.graph.unfollow)


@mutation(UserPayload)
async def accept_follow_request(info: Info, user_id: UserId) -> UserPayload:
    return await act_on_user(info, user_id, info.context.services.graph.accept_follow_request)


@mutation(UserPayload)
async def reject_follow_request(info: Info, user_id: UserId) -> UserPayload:
    return await act_on_user(info, user_id, info.context.services.graph.reject_follow_request)


@mutation(UserPayload)
async def update_profile(
    info: Info, *, display_name: str | None, bio: str | None, avatar_media_id: str | None, is_protected: bool | None
) -> UserPayload:
    viewer_id = info.context.require_viewer().account_id
    avatar_id = None if avatar_media_id is None else decode_id(Kind.MEDIA, avatar_media_id, "avatarMediaId")
    await info.context.services.graph.update_profile(
        viewer_id, display_name=display_name, bio=bio, is_protected=is_protected, avatar_id=avatar_id
    )
    return UserPayload(user_id=viewer_id)


def payload_user(root: UserPayload, info: Info) -> Awaitable[User | None] | None:
    return info.context.loaders.graph.users.load(root.user_id) if root.user_id else None
