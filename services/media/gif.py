"""GIFs, block by block: how large, and without what says more than the pictures.
https://www.w3.org/Graphics/GIF/spec-gif89a.txt"""

from dataclasses import dataclass

from domain.media import MAX_GIF_PIXELS, Unfit, check_size

EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, 0x3B
COMMENT, APPLICATION = 0xFE, 0xFF
LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
"""The applications' blocks that say how often an animation is repeated; others hold metadata."""


@dataclass(frozen=True, slots=True)
class Gif:
    """`data` has no comments and no metadata."""

    width: int
    height: int
    frames: int
    data: bytes


def read(data: bytes) -> Gif:
    """Raises Unfit for what is damaged or too large."""
    try:
        return _read(data)
    except IndexError as error:
        raise Unfit("The GIF is damaged.") from error


def _read(data: bytes) -> Gif:
    width, height = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    check_size(width, height)
    at = 13 + _table(data[10])
    kept, frames = [data[:at]], 0
    while data[at] != TRAILER:
        end, is_kept = _block(data, at)
        frames += data[at] == IMAGE
        if is_kept:
            kept.append(data[at:end])
        at = end
    if not frames or len(kept[0]) != 13 + _table(data[10]):
        raise Unfit("The GIF has no pictures.")
    if width * height * frames > MAX_GIF_PIXELS:
        message = f"The GIF has {frames} frames of {width} x {height} pixels; "
        raise Unfit(f"{message}{MAX_GIF_PIXELS // 1_000_000} million pixels in all are allowed.")
    return Gif(width, height, frames, b"".join((*kept, b"\x3b")))


def _block(data: bytes, at: int) -> tuple[int, bool]:
    """Where a block ends, and whether it is kept."""
    if data[at] == IMAGE:
        return _skip(data, at + 11 + _table(data[at + 9])), True
    if data[at] != EXTENSION:
        raise Unfit("The GIF is damaged.")
    label = data[at + 1]
    is_kept = label != COMMENT and (label != APPLICATION or data[at + 3 : at + 14] in LOOPS)
    return _skip(data, at + 2), is_kept


def _table(flags: int) -> int:
    """Bytes of the colour table that a descriptor's flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _skip(data: bytes, at: int) -> int:
    """Behind a chain of sub-blocks, which an empty one ends."""
    while data[at]:
        at += 1 + data[at]
    return at + 1
