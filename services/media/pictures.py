"""Images, by Pillow: what they are, and what is made of them. All of it takes its time and belongs into a thread."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import blurhash
from PIL import Image, ImageOps

from domain.media import MAX_PIXELS, RENDITION_WIDTHS, SERVED_SIDE, Served, Unfit, check_size

# Also in the frames and tiles that a header does not tell of.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF"}
QUALITY = {"JPEG": {"quality": 90, "progressive": True}, "PNG": {}, "WEBP": {"quality": 90}}
RENDITION_QUALITY = 80
PLACEHOLDER_SIDE = 32
"""Pixels that a blurhash is reckoned from: it has twelve components, and shows no detail."""


def check(data: bytes, mime_type: str) -> tuple[int, int]:
    """Width and height, by the header alone. Raises Unfit."""
    with _decoding(), Image.open(BytesIO(data), formats=[FORMATS[mime_type]]) as image:
        check_size(*image.size)
        return image.size


def render(path: Path, mime_type: str, folder: Path) -> Served:
    """Makes an original without metadata, upright and not too large, and the renditions that are narrower: `original`
    and `WIDTH` in the folder. Raises Unfit."""
    kind = FORMATS[mime_type]
    with _decoding(), Image.open(path, formats=[kind]) as opened:
        check_size(*opened.size)
        opened.draft("RGB", (SERVED_SIDE, SERVED_SIDE))  # a JPEG is decoded no larger than it is needed
        image = _upright(opened)
    profile = image.info.get("icc_profile")  # of the metadata, what colours mean without which they look wrong
    image.save(folder / "original", kind, icc_profile=profile, **QUALITY[kind])
    widths = tuple(width for width in RENDITION_WIDTHS if width < image.width)
    for width in widths:
        smaller = image.resize((width, max(1, round(image.height * width / image.width))), Image.Resampling.LANCZOS)
        smaller.save(folder / str(width), "WEBP", quality=RENDITION_QUALITY, icc_profile=profile)
    return Served(mime_type, *image.size, placeholder(image), widths)


def first_frame_placeholder(path: Path) -> str:
    """The blurhash of an animation. Raises Unfit."""
    with _decoding(), Image.open(path, formats=["GIF"]) as image:
        check_size(*image.size)
        return placeholder(image.convert("RGBA"))


def placeholder(image: Image.Image) -> str:
    """Its blurhash; what is transparent counts as white."""
    small = image.resize((PLACEHOLDER_SIDE, PLACEHOLDER_SIDE), Image.Resampling.BOX).convert("RGBA")
    flat = Image.new("RGB", small.size, "white")
    flat.paste(small, mask=small.getchannel("A"))
    data = flat.tobytes()
    pixels = [data[at : at + 3] for at in range(0, len(data), 3)]
    rows = [pixels[at : at + PLACEHOLDER_SIDE] for at in range(0, len(pixels), PLACEHOLDER_SIDE)]
    encoded: str = blurhash.encode(rows, components_x=4, components_y=3)
    return encoded


def _upright(image: Image.Image) -> Image.Image:
    """As its EXIF says that it is to be seen, in 8 bits of RGB, with transparency where there is some. It is made
    smaller first: from then on a copy costs little."""
    profile = image.info.get("icc_profile") if image.mode in {"RGB", "RGBA"} else None
    mode = "RGBA" if image.has_transparency_data else "RGB"
    converted = image if image.mode == mode else image.convert(mode)
    converted.thumbnail((SERVED_SIDE, SERVED_SIDE), Image.Resampling.LANCZOS)
    turned = ImageOps.exif_transpose(converted)
    turned.info = {"icc_profile": profile}
    return turned


@contextmanager
def _decoding() -> Iterator[None]:
    """Raises Unfit for whatever a decoder makes of bytes that are damaged, which may be any exception."""
    try:
        yield
    except (Unfit, MemoryError):
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Unfit(f"The image has more than {MAX_PIXELS // 1_000_000} million pixels.") from error
    except Exception as error:
        raise Unfit("The image is damaged.") from error
