"""Blocking and muting."""

import strawberry

import resolvers.graph as resolve_graph
import resolvers.walls as resolve
from schema.fields import edge
from schema.graph import User
from schema.refusals import Payload


@strawberry.type(description="Who is blocked now.")
class BlockPayload(Payload):
    user: User | None = edge(resolve_graph.payload_user, "Who is blocked.")


@strawberry.type(description="Who is no longer blocked.")
class UnblockPayload(Payload):
    user: User | None = edge(resolve_graph.payload_user, "Who was blocked.")


@strawberry.type(description="Who is muted now.")
class MutePayload(Payload):
    user: User | None = edge(resolve_graph.payload_user, "Who is muted.")


@strawberry.type(description="Who is no longer muted.")
class UnmutePayload(Payload):
    user: User | None = edge(resolve_graph.payload_user, "Who was muted.")


@strawberry.type
class WallMutation:
    block: BlockPayload = edge(
        resolve.block,
        "Idempotent; then neither sees more than the other's profile, and follows and requests between them are gone.",
    )
    unblock: UnblockPayload = edge(resolve.unblock, "Idempotent; the follows that there were don't come back.")
    mute: MutePayload = edge(resolve.mute, "Idempotent; keeps somebody out of the viewer's timeline, and no more.")
    unmute: UnmutePayload = edge(resolve.unmute, "Idempotent; then the timeline has their tweets again.")
