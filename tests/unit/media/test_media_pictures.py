"""Images: what is looked at before they are decoded, and what is made of them."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from domain.media import Served, Unfit
from services.media import pictures
from tests.support.pictures import PLACE, animation, photo, picture

KINDS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "made"
    made.mkdir()
    return made


def render(data: bytes, mime_type: str, folder: Path) -> tuple[Served, dict[str, Image.Image]]:
    """What is served, and the pictures made, by their names."""
    sent = folder.with_name("sent")
    sent.write_bytes(data)
    served = pictures.render(sent, mime_type, folder)
    return served, {path.name: Image.open(BytesIO(path.read_bytes())) for path in folder.iterdir()}


def claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says that it has so many pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize("mime_type", KINDS)
def test_every_kind_keeps_its_kind(mime_type: str, folder: Path) -> None:
    served, made = render(picture(KINDS[mime_type], 700, 350), mime_type, folder)
    assert (served.mime_type, served.width, served.height, served.widths) == (mime_type, 700, 350, (320, 680))
    assert {name: (image.format, image.size) for name, image in made.items()} == {
        "original": (KINDS[mime_type], (700, 350)),
        "320": ("WEBP", (320, 160)),
        "680": ("WEBP", (680, 340)),
    }


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_upright_and_tell_nothing(orientation: int, folder: Path) -> None:
    """Where the white edge is, by the meaning of each orientation."""
    sides = {1: "top", 2: "top", 3: "bottom", 4: "bottom", 5: "left", 6: "right", 7: "right", 8: "left"}
    served, made = render(photo(400, 200, orientation), "image/jpeg", folder)
    wide, high = (400, 200) if orientation < 5 else (200, 400)
    assert (served.width, served.height) == (wide, high)
    middles = {
        "top": (wide // 2, 4),
        "bottom": (wide // 2, high - 5),
        "left": (4, high // 2),
        "right": (wide - 5, high // 2),
    }
    image = made["original"].convert("L")
    assert [side for side, at in middles.items() if image.getpixel(at) > 240] == [sides[orientation]]  # type: ignore[operator]
    for name in made:
        assert PLACE.encode() not in (folder / name).read_bytes()
        assert dict(made[name].getexif()) == {}


def test_transparency_stays(folder: Path) -> None:
    out = BytesIO()
    Image.new("RGBA", (400, 400), (255, 0, 0, 0)).convert("P").save(out, "PNG", transparency=0)
    _, made = render(out.getvalue(), "image/png", folder)
    assert [image.convert("RGBA").getpixel((9, 9))[3] for image in made.values()] == [0, 0]  # type: ignore[index]


def test_a_profile_of_colours_stays(folder: Path) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    _, made = render(picture("JPEG", 400, 300, icc_profile=profile), "image/jpeg", folder)
    assert [image.info["icc_profile"] for image in made.values()] == [profile, profile]


def test_cmyk_becomes_rgb(folder: Path) -> None:
    out = BytesIO()
    Image.new("CMYK", (50, 50)).save(out, "JPEG", icc_profile=b"of CMYK")
    served, made = render(out.getvalue(), "image/jpeg", folder)
    assert (made["original"].mode, served.widths) == ("RGB", ())
    assert "icc_profile" not in made["original"].info


def test_a_large_photo_is_served_smaller(folder: Path) -> None:
    served, made = render(picture("JPEG", 6_000, 3_000), "image/jpeg", folder)
    assert (served.width, served.height) == made["original"].size == (4_096, 2_048)
    assert served.widths == (320, 680, 1_200)


def test_bombs_are_found_by_their_headers() -> None:
    assert pictures.check(claiming(10_000, 5_000), "image/png") == (10_000, 5_000)
    for size in ((10_000, 5_001), (100_000, 100_000)):
        with pytest.raises(Unfit, match="The image has more than 50 million pixels"):
            pictures.check(claiming(*size), "image/png")


def test_what_is_damaged_is_unfit(folder: Path) -> None:
    whole = picture("JPEG", 400, 300)
    assert pictures.check(whole[:-50], "image/jpeg") == (400, 300)
    for data, mime_type in ((whole[:-50], "image/jpeg"), (claiming(40, 40), "image/png")):
        with pytest.raises(Unfit, match="The image is damaged"):
            render(data, mime_type, folder)
    for data, mime_type in ((whole, "image/png"), (b"", "image/jpeg"), (whole[:20], "image/jpeg")):
        with pytest.raises(Unfit, match="The image is damaged"):
            pictures.check(data, mime_type)


def test_a_placeholder_shows_the_colours(tmp_path: Path) -> None:
    import blurhash

    [[colour]] = blurhash.decode(pictures.placeholder(Image.new("RGB", (900, 10), (10, 200, 90))), 1, 1)
    assert [abs(got - wanted) < 20 for got, wanted in zip(colour, (10, 200, 90), strict=True)] == [True] * 3
    moving = tmp_path / "gif"
    moving.write_bytes(animation(64, 64, 3))
    assert pictures.first_frame_placeholder(moving) == pictures.placeholder(Image.new("RGB", (64, 64), (0, 0, 0)))
