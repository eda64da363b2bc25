"""Blocks and mutes."""

from collections.abc import Awaitable

from domain.accounts import Session
from domain.graph import User
from domain.page import Connection
from resolvers.arguments import After, First
from resolvers.context import Info
from resolvers.mutations import UserId, act_on_user, mutation
from resolvers.pages import newest_first
from resolvers.payloads import UserPayload
from resolvers.viewers import ViewerField


def viewer_blocks(root: User, info: Info) -> Awaitable[bool | None]:
    return info.context.of_viewer(info, ViewerField.BLOCKS, root.id)


def viewer_mutes(root: User, info: Info) -> Awaitable[bool | None]:
    return info.context.of_viewer(info, ViewerField.MUTES, root.id)


def blocks_viewer(root: User, info: Info) -> Awaitable[bool | None]:
    return info.context.of_viewer(info, ViewerField.BLOCKED_BY, root.id)


def blocked(root: Session, info: Info, first: First = None, after: After = None) -> Awaitable[Connection[User]]:
    graph = info.context.loaders.graph
    return newest_first(info, "Viewer.blocked", graph.blocked, graph.users, root.account_id, first, after)


def muted(root: Session, info: Info, first: First = None, after: After = None) -> Awaitable[Connection[User]]:
    graph = info.context.loaders.graph
    return newest_first(info, "Viewer.muted", graph.muted, graph.users, root.account_id, first, after)


@mutation(UserPayload)
async def block(info: Info, user_id: UserId) -> UserPayload:
    return await act_on_user(info, user_id, info.context.services.walls.block)


@mutation(UserPayload)
async def unblock(info: Info, user_id: UserId) -> UserPayload:
    return await act_on_user(info, user_id, info.context.services.walls.unblock)


@mutation(UserPayload)
async def mute(info: Info, user_id: UserId) -> UserPayload:
    return await act_on_user(info, user_id, info.context.services.walls.mute)


@mutation(UserPayload)
async def unmute(info: Info, user_id: UserId) -> UserPayload:
    return await act_on_user(info, user_id, info.context.services.walls.unmute)
