"""What may be uploaded, and what of it is served."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import OPEN, Access, Boundaries
from domain.graph import User
from domain.media import (
    MAX_PIXELS,
    TYPES,
    Media,
    MediaKind,
    MediaState,
    Unfit,
    check_size,
    check_type,
    fit_together,
    sniff,
)
from domain.tweets import Tweet
from tests.support.pictures import animation, picture, video
from tests.unit.services.people import person
from tests.unit.services.tweets import tweet

OWNER, OTHER = 1, 2
MEDIA = Media(7, OWNER, MediaKind.IMAGE, MediaState.READY, "image/png", 5, widths=(320, 680, 1200))
FILES = {
    "image/jpeg": picture("JPEG", 20, 20),
    "image/png": picture("PNG", 20, 20),
    "image/webp": picture("WEBP", 20, 20),
    "image/gif": animation(20, 20, 2),
    "video/mp4": video(20, 20),
}
IMAGE, GIF, VIDEO = MediaKind


@pytest.mark.parametrize("mime_type", TYPES)
def test_the_first_bytes_tell_the_type(mime_type: str) -> None:
    head = FILES[mime_type][:12]
    assert sniff(head) == mime_type
    check_type(head, mime_type)
    for claimed in TYPES.keys() - {mime_type}:
        with pytest.raises(Unfit, match=f"^What was sent is {mime_type}, not {claimed}.$"):
            check_type(head, claimed)


@pytest.mark.parametrize(
    "head", [b"", b"<svg xmlns=", b"RIFF....WAVE", b"....ftypheic", b"....ftypqt  ", b"\x89PNG", b"%PDF-1.7    "]
)
def test_other_types_are_refused(head: bytes) -> None:
    with pytest.raises(Unfit, match="is of a type that can't be uploaded, not image/png"):
        check_type(head, "image/png")


@pytest.mark.parametrize(("width", "height"), [(1, 1), (MAX_PIXELS, 1), (5_000, 10_000)])
def test_sizes_that_are_worked_on(width: int, height: int) -> None:
    check_size(width, height)


@pytest.mark.parametrize(("width", "height"), [(0, 1), (1, 0), (MAX_PIXELS + 1, 1), (5_001, 10_000)])
def test_sizes_that_are_not(width: int, height: int) -> None:
    with pytest.raises(Unfit):
        check_size(width, height)


@pytest.mark.parametrize(
    ("kinds", "fits"),
    [
        ([], True),
        ([GIF], True),
        ([VIDEO], True),
        ([IMAGE] * 4, True),
        ([IMAGE] * 5, False),
        ([GIF, GIF], False),
        ([IMAGE, VIDEO], False),
    ],
)
def test_what_one_tweet_may_have(kinds: list[MediaKind], fits: bool) -> None:
    assert fit_together(kinds) is fits


@given(st.none() | st.integers(-10, 2_000), st.lists(st.integers(1, 1_500), unique=True, max_size=4).map(sorted))
def test_the_smallest_rendition_that_is_wide_enough(width: int | None, widths: list[int]) -> None:
    wide_enough = [each for each in widths if width is not None and each >= width]
    expected = f"7/{min(wide_enough)}.webp" if wide_enough else "7/original.png"
    assert replace(MEDIA, widths=tuple(widths)).key(width) == expected


IN_TWEET = replace(MEDIA, used_by=50)
AVATAR = replace(MEDIA, used_by=OWNER)
SHOWING = replace(tweet(50, OWNER), media_ids=(6, 7))
FACE = replace(person(OWNER), avatar_id=7)


@pytest.mark.parametrize(
    ("media", "owner", "shown", "sees"),
    [
        (MEDIA, None, None, False),
        (MEDIA, FACE, SHOWING, False),
        (IN_TWEET, None, SHOWING, True),
        (IN_TWEET, FACE, None, False),
        (IN_TWEET, None, replace(SHOWING, id=51), False),
        (IN_TWEET, None, replace(SHOWING, media_ids=(6,)), False),
        (AVATAR, FACE, None, True),
        (AVATAR, replace(FACE, avatar_id=6), None, False),
        (AVATAR, None, SHOWING, False),
    ],
)
def test_who_sees_media(media: Media, owner: User | None, shown: Tweet | None, sees: bool) -> None:
    assert Access(OWNER, OPEN, ()).sees_media(media, None, None) is True
    for viewer in (None, OTHER):
        assert Access(viewer, Boundaries(), ()).sees_media(media, owner, shown) is sees
