"""The server's own signed URLs: what they are for, how long, and what comes with an answer."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from urllib.parse import urlsplit

import httpx
import pytest

from domain.media import UploadRequest
from stores.media.local import LocalFiles
from tests.support.clients import PATIENCE_SECONDS
from tests.support.forms import EMBEDDED
from tests.support.servers import RunningServer

pytestmark = pytest.mark.parametrize("running_server", [EMBEDDED], indirect=True, scope="package")
"""Elsewhere they are those of a bucket."""

KEY = "77/upload"
SOON, PAST = timedelta(minutes=5), -timedelta(seconds=1)
SAFE = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "content-disposition": "inline",
    "cross-origin-resource-policy": "cross-origin",
}


@pytest.fixture
async def files(running_server: RunningServer) -> AsyncIterator[LocalFiles]:
    """The server's own, empty of what is tested."""
    opened = LocalFiles(running_server.data_dir / "media", running_server.url)
    yield opened
    await opened.delete("77/")


def request(files: LocalFiles, size: int = 5, until: timedelta = SOON) -> UploadRequest:
    return files.upload_request(KEY, "image/png", size, datetime.now(UTC) + until)


async def put(http: httpx.AsyncClient, url: str, content: bytes | AsyncIterator[bytes], **headers: str) -> int:
    """The status."""
    named = {"content-type": "image/png"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return (await http.put(url, content=content, headers=named)).status_code


async def test_what_is_sent_is_kept_whole(files: LocalFiles, http: httpx.AsyncClient) -> None:
    assert await put(http, request(files).url, b"first") == 200
    assert await files.read(KEY, 0, 99) == b"first"
    large = os.urandom(1 << 20) * 12
    assert await put(http, request(files, len(large)).url, large) == 200
    assert await files.size(KEY) == len(large)
    assert await files.read(KEY, len(large) - 9, 99) == large[-9:]


async def test_a_url_is_for_one_thing(files: LocalFiles, http: httpx.AsyncClient) -> None:
    async def unknown_length() -> AsyncIterator[bytes]:
        yield b"first"

    url = request(files).url
    assert await put(http, url, b"first", content_type="image/jpeg") == 415
    assert await put(http, url, b"longer") == 400
    assert await put(http, url, b"") == 400
    assert await put(http, url, unknown_length()) == 400
    for altered in (
        url.replace("77", "78"),
        url.replace("image%2Fpng", "image%2Fjpeg"),
        url.replace("size=5", "size=6"),
        url.replace("expires=", "expires=9"),
        url.replace("size=5", "size=x"),
        url[:-1] + ("0" if url[-1] != "0" else "1"),
        url.partition("?")[0],
        request(files, until=PAST).url,
        files.url(KEY),
    ):
        assert await put(http, altered, b"first") == 403, altered
    assert await files.size(KEY) is None
    assert (await http.get(url)).status_code == 403
    assert (await http.post(url)).status_code == 405


async def test_what_is_cut_off_is_not_kept(files: LocalFiles, http: httpx.AsyncClient) -> None:
    assert await put(http, request(files).url, b"first") == 200
    parts = urlsplit(request(files, 500_000).url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    head = f"PUT {parts.path}?{parts.query} HTTP/1.1", "Host: x", "Content-Type: image/png", "Content-Length: 500000"
    writer.write("\r\n".join((*head, "", "")).encode() + bytes(100_000))
    await writer.drain()
    folder = files.path(KEY).parent
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(await asyncio.to_thread(os.listdir, folder)) < 2:
            await asyncio.sleep(0.01)
        writer.close()
        while await asyncio.to_thread(os.listdir, folder) != ["upload"]:
            await asyncio.sleep(0.01)
    assert await files.read(KEY, 0, 99) == b"first"
    assert await reader.read() == b""


async def test_what_is_served(files: LocalFiles, http: httpx.AsyncClient, running_server: RunningServer) -> None:
    await files.receive("77/original.mp4", one(b"0123456789"), 10)
    url = files.url("77/original.mp4")
    whole = await http.get(url)
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, b"0123456789", "video/mp4")
    assert {name: whole.headers[name] for name in SAFE} == SAFE
    private, age, immutable = whole.headers["cache-control"].split(", ")
    assert (private, immutable) == ("private", "immutable")
    assert 6 * 3600 - 60 < int(age.removeprefix("max-age=")) <= 12 * 3600
    part = await http.get(url, headers={"range": "bytes=2-4"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    assert {name: part.headers[name] for name in SAFE} == SAFE
    assert (await http.get(url, headers={"range": "bytes=20-"})).status_code == 416
    head = await http.head(url)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "10")


async def test_what_is_not_served(files: LocalFiles, http: httpx.AsyncClient) -> None:
    await files.receive("77/upload", one(b"01234"), 5)
    await files.receive("77/320.webp", one(b"01234"), 5)
    for key in ("77/upload", "77/680.webp", "77/", "../secret", "../../../etc/passwd"):
        assert (await http.get(files.url(key))).status_code in {403, 404}, key
    url = files.url("77/320.webp")
    with patch("stores.media.local.window", return_value=(None, datetime.now(UTC) + PAST)):
        past = files.url("77/320.webp")
    for altered in (url.replace("320", "680"), url.replace("expires=", "expires=9"), url.partition("?")[0], past):
        assert (await http.get(altered)).status_code == 403, altered
    assert (await http.get(url)).status_code == 200


async def one(chunk: bytes) -> AsyncIterator[bytes]:
    yield chunk
