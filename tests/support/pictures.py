"""Files to upload."""

import struct
from io import BytesIO
from typing import Any

from PIL import ExifTags, Image, TiffImagePlugin

PLACE = "a place that nobody is to know"


def picture(kind: str, width: int, height: int, colour: str = "teal", **options: Any) -> bytes:
    """An image of one colour, whose top is white; `kind` as Pillow names it."""
    image = Image.new("RGB", (width, height), colour)
    image.paste("white", (0, 0, width, 16))
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def photo(width: int, height: int, orientation: int = 1) -> bytes:
    """A JPEG as a phone makes it: with its place in the EXIF, and turned."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.ImageDescription] = PLACE
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = tuple(
        TiffImagePlugin.IFDRational(each) for each in (51, 30, 26)
    )
    return picture("JPEG", width, height, exif=exif, comment=PLACE.encode())


def animation(width: int, height: int, frames: int) -> bytes:
    """A GIF with a comment."""
    images = [Image.new("RGB", (width, height), (0, 0, 255 * each // frames)) for each in range(frames)]
    out = BytesIO()
    images[0].save(out, "GIF", save_all=True, append_images=images[1:], loop=0, duration=40, comment=PLACE.encode())
    return out.getvalue()


def box(kind: bytes, *content: bytes) -> bytes:
    """A box of an MP4."""
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def track(handler: bytes, width: int = 0, height: int = 0, *, turned: bool = False, more: bytes = b"") -> bytes:
    matrix = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30) if turned else (65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
    header = box(b"tkhd", bytes(40), struct.pack(">9i2I", *matrix, width << 16, height << 16))
    return box(b"trak", header, box(b"mdia", box(b"hdlr", bytes(8), handler, bytes(13))), more)


def video(
    width: int, height: int, *, turned: bool = False, frames: bytes = bytes(1000), index_first: bool = False
) -> bytes:
    """As a phone makes it: with its place in the film's metadata and in a track of its own."""
    place = PLACE.encode()
    tracks = (
        track(b"soun"),
        track(b"vide", width, height, turned=turned, more=box(b"udta", place)),
        track(b"meta", more=box(b"note", place)),
    )
    moov = box(b"moov", box(b"mvhd", bytes(100)), *tracks, box(b"udta", place), box(b"meta", place))
    parts = [moov, box(b"mdat", frames)] if index_first else [box(b"mdat", frames), moov]
    return b"".join((box(b"ftyp", b"isom", bytes(4), b"isommp41"), *parts, box(b"uuid", bytes(16), place)))
