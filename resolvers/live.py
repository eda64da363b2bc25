"""Subscriptions. Each resolver gives a stream, which transport listens to; a refusal comes before there is one."""

from typing import Annotated

import strawberry

from domain.global_id import Kind, decode_as
from domain.live import Stream
from resolvers.arguments import After, Id
from resolvers.context import Info
from resolvers.search import Query

RootId = Annotated[strawberry.ID, strawberry.argument(name="rootId", description="A tweet of the conversation.")]


async def timeline_updates(info: Info, after: After = None) -> Stream:
    viewer = info.context.require_viewer()
    return await info.context.services.live.timeline_updates(viewer.account_id, after)


async def user_tweets(info: Info, handle: str) -> Stream:
    return await info.context.services.live.user_tweets(info.context.viewer_id, handle)


async def conversation_updates(info: Info, root_id: RootId) -> Stream:
    return await info.context.services.live.conversation_updates(info.context.viewer_id, decode_as(Kind.TWEET, root_id))


async def search_updates(info: Info, query: Query) -> Stream:
    return await info.context.services.live.search_updates(info.context.viewer_id, query)


async def tweet_updates(info: Info, tweet_id: Id) -> Stream:
    return await info.context.services.live.tweet_updates(info.context.viewer_id, decode_as(Kind.TWEET, tweet_id))
