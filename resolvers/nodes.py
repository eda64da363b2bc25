"""Objects by their global ids."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from domain.errors import BadUserInput
from domain.global_id import Kind, decode
from domain.graph import User
from domain.media import Media
from domain.page import MAX_SIZE
from domain.tweets import Tweet
from resolvers.arguments import Id
from resolvers.context import Info, charge

MaybeNode = Awaitable[Tweet | None] | Awaitable[User | None] | Awaitable[Media | None] | None

Ids = Annotated[list[strawberry.ID], strawberry.argument(description=f"Global ids, at most {MAX_SIZE}.")]


def node(info: Info, node_id: Id) -> MaybeNode:
    """None for what is no id of a Node, too."""
    match decode(node_id):
        case Kind.TWEET, number:
            return info.context.loaders.tweets.tweets.load(number)
        case Kind.USER, number:
            return info.context.loaders.graph.users.load(number)
        case Kind.MEDIA, number:
            return info.context.loaders.media.seen.load(number)
    return None


def nodes(info: Info, ids: Ids) -> list[MaybeNode]:
    if len(ids) > MAX_SIZE:
        raise BadUserInput(f"ids: at most {MAX_SIZE} at a time, not {len(ids)}.")
    charge(info, len(ids))
    return [node(info, each) for each in ids]
