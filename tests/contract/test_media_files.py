"""The files of media, in a folder and in a bucket."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from domain.errors import Unavailable
from stores.media import MediaFiles, s3
from stores.media.local import LocalFiles
from tests.support.buckets import new_bucket, new_url
from tests.support.clients import http_client

SOON = timedelta(minutes=5)


@pytest.fixture
async def in_folder(tmp_path: Path) -> MediaFiles:
    return LocalFiles(tmp_path / "media", "http://127.0.0.1:1")


@pytest.fixture
async def in_bucket() -> AsyncIterator[MediaFiles]:
    async with new_bucket() as url:
        await s3.prepare(url, ["https://app.example.org"])
        async with s3.open_client(s3.Bucket.of(url)) as client:
            yield s3.S3Files(client, s3.Bucket.of(url))


@pytest.fixture(params=["in_folder", pytest.param("in_bucket", marks=pytest.mark.s3)])
def files(request: pytest.FixtureRequest) -> MediaFiles:
    made: MediaFiles = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def given(tmp_path: Path) -> Path:
    path = tmp_path / "given"
    path.write_bytes(b"0123456789")
    return path


async def test_a_file_is_there_as_it_was_stored(files: MediaFiles, given: Path, tmp_path: Path) -> None:
    await files.store("1/original.jpg", given, "image/jpeg")
    assert await files.size("1/original.jpg") == 10
    assert await files.read("1/original.jpg", 2, 3) == b"234"
    assert await files.read("1/original.jpg", 8, 9) == b"89"
    assert await files.read("1/original.jpg", 10, 5) == b""
    assert await files.download("1/original.jpg", tmp_path / "copy") is True
    assert (tmp_path / "copy").read_bytes() == b"0123456789"
    (tmp_path / "copy").write_bytes(b"new")
    await files.store("1/original.jpg", tmp_path / "copy", "image/jpeg")
    assert await files.read("1/original.jpg", 0, 99) == b"new"
    await files.ping()


async def test_a_file_that_is_not_there(files: MediaFiles, tmp_path: Path) -> None:
    assert await files.size("1/upload") is None
    assert await files.read("1/upload", 0, 9) == b""
    assert await files.download("1/upload", tmp_path / "copy") is False
    assert not (tmp_path / "copy").exists()
    await files.delete("1/")


async def test_a_large_file(files: MediaFiles, tmp_path: Path) -> None:
    """In several parts, where there are parts."""
    content = secrets.token_bytes(1 << 20) * 20
    (tmp_path / "large").write_bytes(content)
    await files.store("1/original.mp4", tmp_path / "large", "video/mp4")
    assert await files.size("1/original.mp4") == len(content)
    assert await files.download("1/original.mp4", tmp_path / "copy") is True
    assert (tmp_path / "copy").read_bytes() == content


async def test_all_of_a_prefix_is_removed_and_nothing_else(files: MediaFiles, given: Path) -> None:
    keys = ["1/upload", "1/320.webp", "1/1200.webp", "11/upload", "2/upload"]
    await asyncio.gather(*(files.store(key, given, "image/webp") for key in keys))
    await files.delete("1/upload")
    assert [await files.size(key) for key in keys] == [None, 10, 10, 10, 10]
    await files.delete("1/")
    assert [await files.size(key) for key in keys] == [None, None, None, 10, 10]


async def test_a_url_stays_the_same(files: MediaFiles) -> None:
    assert files.url("1/320.webp") == files.url("1/320.webp")
    assert files.url("1/320.webp") != files.url("1/680.webp")


async def send(
    files: MediaFiles, content: bytes, *, size: int | None = None, until: timedelta = SOON, **headers: str
) -> int:
    """The status of sending something to a URL that is for images in JPEG of so many bytes."""
    request = files.upload_request("7/upload", "image/jpeg", size or len(content), datetime.now(UTC) + until)
    sent = httpx.Headers([(each.name, each.value) for each in request.headers])
    sent.update({name.replace("_", "-"): each for name, each in headers.items()})
    async with http_client() as http:
        return (await http.request(request.method, request.url, content=content, headers=sent)).status_code


@pytest.mark.s3
async def test_what_is_sent_is_what_was_asked_for(in_bucket: MediaFiles) -> None:
    assert await send(in_bucket, b"jpeg") == 200
    assert await in_bucket.read("7/upload", 0, 99) == b"jpeg"
    assert await send(in_bucket, b"other", content_type="image/png") == 403
    assert await send(in_bucket, b"longer", size=5, content_length="6") == 403
    assert await in_bucket.read("7/upload", 0, 99) == b"jpeg"


@pytest.mark.s3
async def test_what_is_served(in_bucket: MediaFiles, given: Path) -> None:
    await in_bucket.store("7/320.webp", given, "image/webp")
    async with http_client() as http:
        url = in_bucket.url("7/320.webp")
        answer = await http.get(url, headers={"origin": "https://app.example.org", "range": "bytes=2-4"})
        assert (answer.status_code, answer.content) == (206, b"234")
        assert answer.headers["content-type"] == "image/webp"
        assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
        assert answer.headers["access-control-allow-origin"] == "https://app.example.org"
        assert (await http.get(url.replace("7/320.webp", "7/680.webp"))).status_code == 403
        assert (await http.get(url.partition("?")[0])).status_code == 403
        await in_bucket.delete("7/")
        assert (await http.get(url)).status_code == 404


@pytest.mark.s3
async def test_two_processes_make_one_bucket() -> None:
    async with new_bucket() as url:
        await asyncio.gather(*(s3.prepare(url, ["https://app.example.org"]) for _ in range(4)))
        await s3.ask(url)


@pytest.mark.s3
async def test_a_bucket_of_a_server_that_is_gone(given: Path) -> None:
    bucket = replace(s3.Bucket.of(new_url()), endpoint="http://127.0.0.1:1")
    async with s3.open_client(bucket) as client:
        files = s3.S3Files(client, bucket)
        for call in (files.size("1"), files.read("1", 0, 1), files.store("1", given, "image/png"), files.delete("1")):
            with pytest.raises(Unavailable, match="media"):
                await call


async def test_a_secret_is_shared_by_all_that_open_the_folder(tmp_path: Path) -> None:
    opened = [LocalFiles(tmp_path / "media", "http://127.0.0.1:1") for _ in range(8)]
    urls = await asyncio.gather(*(asyncio.to_thread(each.url, "1/320.webp") for each in opened))
    assert len(set(urls)) == 1
    assert os.listdir(tmp_path / "media") == ["secret"]
