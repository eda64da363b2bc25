"""Videos: how large, and without what tells of places."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.media import Unfit
from services.media import mp4
from tests.support.pictures import PLACE, box, track, video

FTYP = box(b"ftyp", b"isom", bytes(8))


async def size(data: bytes) -> tuple[int, int]:
    async def read(start: int, length: int) -> bytes:
        return data[start : start + length]

    return await mp4.size(read, len(data))


@pytest.mark.parametrize("index_first", [False, True])
@pytest.mark.parametrize(("turned", "expected"), [(False, (640, 360)), (True, (360, 640))])
async def test_the_size_as_it_is_shown(index_first: bool, turned: bool, expected: tuple[int, int]) -> None:
    assert await size(video(640, 360, turned=turned, index_first=index_first)) == expected


async def test_a_long_box() -> None:
    long = struct.pack(">I4sQ", 1, b"mdat", 16 + 5) + b"01234"
    assert await size(FTYP + long + box(b"moov", track(b"vide", 8, 4))) == (8, 4)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        FTYP,
        FTYP + box(b"moov"),
        FTYP + box(b"moov", track(b"soun")),
        FTYP + box(b"moov", track(b"vide", 0, 4)),
        FTYP + box(b"moov", track(b"vide", 8, 4))[:-9],
        FTYP + box(b"free") * 40 + box(b"moov", track(b"vide", 8, 4)),
        FTYP + box(b"moov", box(b"free") * 1_001, track(b"vide", 8, 4)),
        FTYP + struct.pack(">I4s", 4, b"moov"),
        FTYP + struct.pack(">I4sQ", 1, b"moov", 1 << 62),
        FTYP + struct.pack(">I4s", 16, b"moov") + struct.pack(">I4s", 9_999, b"trak"),
    ],
)
async def test_what_has_no_size_is_unfit(data: bytes) -> None:
    with pytest.raises(Unfit):
        await size(data)


@pytest.mark.parametrize("index_first", [False, True])
def test_places_are_taken_out_and_nothing_moves(tmp_path: Path, index_first: bool) -> None:
    data = video(640, 360, frames=bytes(range(256)) * 10, index_first=index_first)
    path = tmp_path / "video"
    path.write_bytes(data)
    mp4.strip(path)
    stripped = path.read_bytes()
    assert PLACE.encode() in data
    assert PLACE.encode() not in stripped
    assert len(stripped) == len(data)
    assert stripped.index(bytes(range(256)) * 10) == data.index(bytes(range(256)) * 10)
    assert [kind for kind in (b"vide", b"soun", b"tkhd", b"mvhd") if stripped.count(kind) == 0] == []
    assert [stripped.count(kind) for kind in (b"udta", b"uuid", b"meta")] == [0, 0, 0]
    mp4.strip(path)
    assert path.read_bytes() == stripped


def test_what_is_damaged_is_unfit(tmp_path: Path) -> None:
    path = tmp_path / "video"
    for data in (FTYP + b"\x00", FTYP + struct.pack(">I4s", 99, b"mdat"), FTYP + box(b"free") * 100_001):
        path.write_bytes(data)
        with pytest.raises(Unfit):
            mp4.strip(path)


@given(st.binary(max_size=80))
async def test_any_bytes_have_a_size_or_are_unfit(noise: bytes) -> None:
    try:
        width, height = await size(FTYP + box(b"moov", track(b"vide", 8, 4)[:60], noise))
    except Unfit:
        return
    assert width > 0 < height
