"""Media: reading them, uploading, and what tweets and people show."""

from collections.abc import Awaitable, Sequence
from typing import Annotated

import strawberry

from domain.global_id import Kind
from domain.graph import User
from domain.media import Media
from domain.tweets import Tweet
from resolvers.context import Info, charge
from resolvers.mutations import decode_id, mutation
from resolvers.payloads import MediaPayload, UploadPayload

MediaId = Annotated[strawberry.ID, strawberry.argument(name="mediaId", description="The media's global id.")]
Width = Annotated[int | None, strawberry.argument(description="Pixels that it is to be shown in, at least.")]


def url(root: Media, info: Info, width: Width = None) -> str | None:
    return info.context.services.media.url(root, width)


async def of_tweet(root: Tweet, info: Info) -> Sequence[Media]:
    """Without those that are gone, as they are for a moment after a tweet was deleted."""
    if not root.media_ids:
        return ()
    charge(info, len(root.media_ids))
    return [media for media in await info.context.loaders.media.media.load_many(root.media_ids) if media]


def avatar(root: User, info: Info) -> Awaitable[Media | None] | None:
    return info.context.loaders.media.media.load(root.avatar_id) if root.avatar_id else None


@mutation(UploadPayload)
async def create_media_upload(info: Info, *, mime_type: str, byte_size: int, alt_text: str | None) -> UploadPayload:
    viewer = info.context.require_viewer()
    upload = await info.context.services.media.create_upload(viewer.account_id, mime_type, byte_size, alt_text)
    return UploadPayload(upload=upload)


@mutation(MediaPayload)
async def complete_media_upload(info: Info, media_id: MediaId) -> MediaPayload:
    viewer, number = info.context.require_viewer(), decode_id(Kind.MEDIA, media_id, "mediaId")
    await info.context.services.media.complete(viewer.account_id, number)
    return MediaPayload(media_id=number)


def payload_media(root: MediaPayload, info: Info) -> Awaitable[Media | None] | None:
    return info.context.loaders.media.media.load(root.media_id) if root.media_id else None
