"""Media and uploading them."""

from datetime import datetime
from typing import Annotated

import strawberry

import resolvers.media as resolve
from domain import media
from domain.media import MediaKind, MediaState
from resolvers import payloads
from resolvers.context import Info
from schema.fields import INPUT, attribute, describe_enum, edge
from schema.nodes import Node
from schema.refusals import Payload
from schema.scalars import Long

describe_enum(
    MediaKind,
    "What media are.",
    IMAGE="A picture that does not move: JPEG, PNG or WebP.",
    GIF="A GIF, which may move.",
    VIDEO="A video, MP4.",
)
describe_enum(
    MediaState,
    "How far media have come.",
    PENDING="Not sent yet, or what is served is still made of it.",
    READY="Served.",
    REJECTED="Not what was claimed, too large, or damaged.",
)


@strawberry.type(description="An image, a GIF or a video.")
class Media(Node):
    kind: MediaKind = attribute("What it is.")
    state: MediaState = attribute("How far it has come.")
    mime_type: str = attribute("The type of the original; renditions are WebP.")
    url: str | None = edge(
        resolve.url,
        "A signed address of the original, without the metadata that it came with; null until READY. With `width`, of "
        "the smallest rendition of an image that is at least so wide. It holds for six hours or more.",
    )
    width: int | None = attribute("Pixels of the original; null until READY.")
    height: int | None = attribute("Pixels of the original; null until READY.")
    alt_text: str | None = attribute("What is to be seen, in words; null for none.")
    blurhash: str | None = attribute(
        "What to show while an image or a GIF is loaded: https://blurha.sh; null until READY."
    )

    @classmethod
    def is_type_of(cls, record: object, _info: object) -> bool:
        return isinstance(record, media.Media)


@strawberry.input(description="What is going to be sent.")
class CreateMediaUploadInput:
    mime_type: str = attribute("image/jpeg, image/png, image/webp, image/gif or video/mp4.")
    byte_size: Long = attribute("Bytes: an image has at most 5 MiB, a GIF 15 MiB, a video 512 MiB.")
    alt_text: str | None = attribute("What is to be seen, in words; at most 1,000 characters.", default=None)


@strawberry.type(description="A header of HTTP.")
class HttpHeader:
    name: str = attribute("Its name.")
    value: str = attribute("Its value.")


@strawberry.type(
    description="Send the bytes with this method, to this url, with these headers; then call completeMediaUpload."
)
class MediaUpload:
    media: Media = attribute("What the bytes are for.")
    method: str = attribute("The method of HTTP.")
    url: str = attribute("A signed address.")
    headers: list[HttpHeader] = attribute("They are signed as well; browsers set Content-Length by themselves.")
    expires_at: datetime = attribute("Until when the bytes may be sent.")


@strawberry.type(description="How to send the bytes.")
class CreateMediaUploadPayload(Payload):
    upload: MediaUpload | None = attribute("The request to make.")


@strawberry.type(description="The media that are sent.")
class CompleteMediaUploadPayload(Payload):
    media: Media | None = edge(resolve.payload_media, "READY soon; a tweet may have it at once.")


async def create_media_upload(info: Info, draft: Annotated[CreateMediaUploadInput, INPUT]) -> payloads.UploadPayload:
    return await resolve.create_media_upload(
        info, mime_type=draft.mime_type, byte_size=draft.byte_size, alt_text=draft.alt_text
    )


@strawberry.type
class MediaMutation:
    create_media_upload: CreateMediaUploadPayload = edge(
        create_media_upload,
        "Begins an upload. What is in no tweet and nobody's avatar within 24 hours is removed.",
    )
    complete_media_upload: CompleteMediaUploadPayload = edge(
        resolve.complete_media_upload, "Idempotent; looks at what was sent, and rejects what is not what was claimed."
    )
