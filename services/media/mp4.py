"""MP4: how large a video's picture is, and how what tells of places and devices is taken out. Boxes are a tree of sizes
and names: https://developer.apple.com/documentation/quicktime-file-format"""

import struct
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from domain.media import Unfit

HEAD_BYTES = 16
MOOV_BYTES = 16 << 20
"""A film of an hour has an index of about a megabyte."""
BOXES_BEFORE_MOOV = 32
BOXES_IN_MOOV = 1_000
BOXES = 100_000
"""A stream that was recorded in fragments has a few per second."""
PARENTS = {b"trak", b"mdia"}
METADATA = {b"udta", b"meta", b"uuid"}
MEDIA = {b"vide", b"soun", b"text", b"sbtl", b"subt", b"clcp"}
"""The kinds of tracks that are kept; others tell of places and movements."""

Read = Callable[[int, int], Awaitable[bytes]]
"""A part of the file, by start and length."""


@dataclass(frozen=True, slots=True)
class Box:
    """`body` and `end` are offsets, as `start` is."""

    kind: bytes
    start: int
    body: int
    end: int

    def __contains__(self, other: "Box") -> bool:
        return self.body <= other.start and other.end <= self.end


async def size(read: Read, length: int) -> tuple[int, int]:
    """Width and height of the picture, as it is shown. Raises Unfit."""
    at = 0
    for _ in range(BOXES_BEFORE_MOOV):
        if at >= length:
            break
        box = _box(await read(at, HEAD_BYTES), at, length)
        if box.kind == b"moov":
            if box.end - box.body > MOOV_BYTES:
                break
            return _picture(await read(box.body, box.end - box.body))
        at = box.end
    raise Unfit("The video has no index of its pictures.")


def strip(path: Path) -> None:
    """Takes the metadata out of a file, in place: what held them is marked as free, so that nothing moves. Raises
    Unfit."""
    length, at = path.stat().st_size, 0
    with path.open("r+b") as file:
        for _ in range(BOXES):
            if at == length:
                return
            file.seek(at)
            box = _box(file.read(HEAD_BYTES), at, length)
            if box.kind == b"moov":
                _strip_moov(file, box)
            elif box.kind in METADATA:
                _free(file, box)
            at = box.end
    raise Unfit("The video has too many parts.")


def _strip_moov(file: BinaryIO, moov: Box) -> None:
    if moov.end - moov.body > MOOV_BYTES:
        raise Unfit("The video's index is too large.")
    file.seek(moov.body)
    content = file.read(moov.end - moov.body)
    boxes = _within(content)
    for box in boxes:
        if box.kind in METADATA or (box.kind == b"trak" and _handler(content, boxes, box) not in MEDIA):
            _free(file, Box(box.kind, moov.body + box.start, moov.body + box.body, moov.body + box.end))


def _free(file: BinaryIO, box: Box) -> None:
    file.seek(box.start + 4)
    file.write(b"free")
    file.seek(box.body)
    for at in range(box.body, box.end, 1 << 20):
        file.write(bytes(min(1 << 20, box.end - at)))


def _picture(moov: bytes) -> tuple[int, int]:
    boxes = _within(moov)
    for trak in boxes:
        if trak.kind == b"trak" and _handler(moov, boxes, trak) == b"vide":
            for box in boxes:
                if box.kind == b"tkhd" and box in trak:
                    return _shown_size(moov[box.body : box.end])
    raise Unfit("The video has no pictures.")


def _shown_size(header: bytes) -> tuple[int, int]:
    """Of a track's header: it ends in a matrix of nine numbers, width and height, the last two in 1/65,536. Where the
    matrix turns the picture by a quarter, the two change places."""
    if len(header) < 44:
        raise Unfit("The video is damaged.")
    across, _, _, _, along, _, _, _, _, width, height = struct.unpack(">9i2I", header[-44:])
    shown = width >> 16, height >> 16
    if not all(shown):
        raise Unfit("The video has no pictures.")
    return (shown[1], shown[0]) if across == along == 0 else shown


def _handler(moov: bytes, boxes: Sequence[Box], trak: Box) -> bytes:
    """What kind of media a track has."""
    for box in boxes:
        if box.kind == b"hdlr" and box in trak:
            return moov[box.body + 8 : box.body + 12]
    return b""


def _within(moov: bytes) -> Sequence[Box]:
    """The boxes in the index, and in those of them that are parents. Raises Unfit."""
    found: list[Box] = []
    parts = [(0, len(moov))]
    while parts:
        at, end = parts.pop()
        while at + 8 <= end:
            box = _box(moov[at : at + HEAD_BYTES], at, end)
            found.append(box)
            if len(found) > BOXES_IN_MOOV:
                raise Unfit("The video has too many parts.")
            if box.kind in PARENTS:
                parts.append((box.body, box.end))
            at = box.end
    return found


def _box(head: bytes, start: int, limit: int) -> Box:
    """The box that begins at an offset, and ends before the limit. Raises Unfit."""
    if len(head) < 8:
        raise Unfit("The video is damaged.")
    length, kind = struct.unpack(">I4s", head[:8])
    body = start + 8
    if length == 1 and len(head) == HEAD_BYTES:
        length, body = struct.unpack(">Q", head[8:])[0], start + 16
    end = limit if length == 0 else start + length
    if not body <= end <= limit:
        raise Unfit("The video is damaged.")
    return Box(kind, start, body, end)
