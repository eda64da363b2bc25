"""Images, GIFs and videos: what may be uploaded, and what of it is served."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Self

from domain.global_id import Kind, encode


class MediaKind(Enum):
    IMAGE = "IMAGE"
    GIF = "GIF"
    VIDEO = "VIDEO"


class MediaState(Enum):
    PENDING = "PENDING"
    READY = "READY"
    REJECTED = "REJECTED"


TYPES = {
    "image/jpeg": ("jpg", MediaKind.IMAGE),
    "image/png": ("png", MediaKind.IMAGE),
    "image/webp": ("webp", MediaKind.IMAGE),
    "image/gif": ("gif", MediaKind.GIF),
    "video/mp4": ("mp4", MediaKind.VIDEO),
}
"""The ending of a file's name and the kind, by MIME type."""

MIME_TYPE_OF = {ending: mime_type for mime_type, (ending, _) in TYPES.items()}

# As at Twitter: https://docs.x.com/x-api/media/quickstart/best-practices
MAX_BYTES = {MediaKind.IMAGE: 5 << 20, MediaKind.GIF: 15 << 20, MediaKind.VIDEO: 512 << 20}
MAX_GIF_PIXELS = 300_000_000
"""Of all its frames together."""
MAX_PIXELS = 50_000_000
"""What a camera makes today. An image takes four bytes a pixel while it is worked on."""
MAX_IMAGES = 4
ALT_TEXT_LENGTH = 1_000
MAX_UNUSED = 100
"""How many media an account may have that are in no tweet yet."""

SERVED_SIDE = 4_096
"""Pixels of the longer side of an image's original, as it is served."""
RENDITION_WIDTHS = (320, 680, 1_200)

UPLOAD_TIME = timedelta(hours=1)
"""How long the bytes may be sent."""
UNUSED_TIME = timedelta(hours=24)
"""After that media are removed that nothing has come to use."""

# Brands of MP4 that browsers play: https://mp4ra.org/registered-types/brands
_MP4_BRANDS = {
    b"isom",
    b"mp41",
    b"mp42",
    b"avc1",
    b"M4V ",
    b"MSNV",
    b"dash",
    *(b"iso%d" % each for each in range(2, 10)),
}


@dataclass(frozen=True, slots=True)
class Media:
    """A row. `is_uploaded`: the bytes are there and looked right; what is made of them is served once it is READY.
    `used_by` is the id of the tweet that it is in, or that of its owner, whose avatar it is. `widths` are those of
    its renditions, rising."""

    id: int
    owner_id: int
    kind: MediaKind
    state: MediaState
    mime_type: str
    byte_size: int
    alt_text: str | None = None
    width: int | None = None
    height: int | None = None
    blurhash: str | None = None
    widths: tuple[int, ...] = ()
    is_uploaded: bool = False
    used_by: int | None = None

    @property
    def global_id(self) -> str:
        return encode(Kind.MEDIA, self.id)

    @property
    def is_avatar(self) -> bool:
        return self.used_by == self.owner_id

    def key(self, width: int | None) -> str:
        """That of the smallest rendition at least so wide, else of the original."""
        fitting = [each for each in self.widths if width is not None and each >= width]
        return rendition_key(self.id, fitting[0]) if fitting else original_key(self.id, self.mime_type)


@dataclass(frozen=True, slots=True)
class Served:
    """What was made of an upload: type and size in pixels of the original, as it is served, and widths of the
    renditions, rising."""

    mime_type: str
    width: int
    height: int
    blurhash: str | None = None
    widths: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class HttpHeader:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """What a client has to send the bytes with."""

    method: str
    url: str
    headers: tuple[HttpHeader, ...]

    @classmethod
    def put(cls, url: str, mime_type: str, byte_size: int) -> Self:
        """To a URL that is signed for this type and size."""
        return cls("PUT", url, (HttpHeader("Content-Type", mime_type), HttpHeader("Content-Length", str(byte_size))))


class Unfit(Exception):
    """Bytes that are not what they should be; the message says why, for the user to read."""


def folder_of(media_id: int) -> str:
    """What the keys of all its files begin with."""
    return f"{media_id}/"


def upload_key(media_id: int) -> str:
    """The bytes as they came, which are never served."""
    return f"{media_id}/upload"


def original_key(media_id: int, mime_type: str) -> str:
    return f"{media_id}/original.{TYPES[mime_type][0]}"


def rendition_key(media_id: int, width: int) -> str:
    return f"{media_id}/{width}.webp"


def sniff(head: bytes) -> str | None:
    """The MIME type that the first 12 bytes of a file tell; None for one that can't be uploaded."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in _MP4_BRANDS:
        return "video/mp4"
    return None


def check_type(head: bytes, claimed: str) -> None:
    """Raises Unfit where the first bytes tell of another type than was claimed."""
    found = sniff(head)
    if found != claimed:
        told = f"is {found}" if found else "is of a type that can't be uploaded"
        raise Unfit(f"What was sent {told}, not {claimed}.")


def check_size(width: int, height: int) -> None:
    """Raises Unfit for an image of no pixel, or of more than are worked on."""
    if width < 1 or height < 1:
        raise Unfit("The image has no pixels.")
    if width * height > MAX_PIXELS:
        raise Unfit(f"The image has {width} x {height} pixels; at most {MAX_PIXELS // 1_000_000} million are allowed.")


def fit_together(kinds: Sequence[MediaKind]) -> bool:
    """Whether one tweet may have these: up to four images, or one GIF, or one video."""
    return len(kinds) <= 1 or (len(kinds) <= MAX_IMAGES and set(kinds) == {MediaKind.IMAGE})
