"""GIFs, block by block."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from domain.media import Unfit
from services.media import gif
from tests.support.pictures import PLACE, animation

MOVING = animation(40, 30, 5)
XMP = b"\x21\xff\x0bXMP DataXMP" + bytes([4]) + b"xyz!" + b"\x00"


def frames_of(data: bytes) -> list[bytes]:
    with Image.open(BytesIO(data)) as image:
        return [frame.convert("RGB").tobytes() for frame in ImageSequence.Iterator(image)]


def test_an_animation_without_its_comments() -> None:
    found = gif.read(MOVING)
    assert (found.width, found.height, found.frames) == (40, 30, 5)
    assert PLACE.encode() in MOVING
    assert PLACE.encode() not in found.data
    assert frames_of(found.data) == frames_of(MOVING)
    with Image.open(BytesIO(found.data)) as image:
        assert (image.info["loop"], image.info["duration"]) == (0, 40)
    assert gif.read(found.data) == found


def test_metadata_of_applications_and_what_follows_the_end_is_dropped() -> None:
    plain = gif.read(MOVING).data
    assert gif.read(plain[:-1] + XMP + b"\x3bMZ and more").data == plain


@pytest.mark.parametrize("at", [0, 10, 13, 40, len(MOVING) // 2, len(MOVING) - 1])
def test_what_ends_too_early_is_unfit(at: int) -> None:
    with pytest.raises(Unfit):
        gif.read(MOVING[:at])


def test_a_bomb_is_unfit() -> None:
    """A frame takes thirty bytes, whatever it says of its size."""
    head, frame = b"GIF89a" + (7_000).to_bytes(2, "little") * 2 + bytes(3), b"\x2c" + bytes(9) + b"\x02\x01\x00\x00"
    assert gif.read(head + frame * 6 + b"\x3b").frames == 6
    with pytest.raises(Unfit, match="7 frames of 7000 x 7000 pixels; 300 million pixels in all are allowed"):
        gif.read(head + frame * 7 + b"\x3b")


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_unfit(noise: bytes) -> None:
    try:
        found = gif.read(MOVING[:13] + noise)
    except Unfit:
        return
    assert len(found.data) <= 13 + len(noise)
