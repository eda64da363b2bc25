"""Media in a bucket, by the servers as users run them."""

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO

import httpx
import pytest
from PIL import Image

from tests.api.asking import refusals
from tests.embedded.owners import new_folder
from tests.support.buckets import new_bucket
from tests.support.clients import DELETE_TWEET, PATIENCE_SECONDS, Account, sign_up
from tests.support.pictures import PLACE, photo, picture, video
from tests.support.servers import RunningServer
from tests.support.uploading import COMPLETE, MEDIA, POST, begin, send, settled, upload

pytestmark = pytest.mark.s3

ORIGIN = "https://app.example.org"


@pytest.fixture
async def account(http: httpx.AsyncClient) -> AsyncIterator[Account]:
    """On a server that makes its bucket at the start."""
    with new_folder() as folder:
        async with new_bucket() as url:
            server = RunningServer(folder, media_url=url, allowed_origins=ORIGIN)
            await asyncio.to_thread(server.start)
            yield await sign_up(http, server.url)
            await asyncio.to_thread(server.close)


async def test_media_in_a_bucket(account: Account) -> None:
    http = account.http
    data = photo(1000, 700, orientation=6)
    begun = await begin(account, "image/jpeg", len(data))
    assert (await send(http, begun | {"headers": []}, data)).status_code == 403
    asked = {"origin": ORIGIN, "access-control-request-method": "PUT", "access-control-request-headers": "content-type"}
    preflight = await http.options(begun["url"], headers=asked)
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, ORIGIN)
    assert (await send(http, begun, data)).status_code == 200
    media_id = (await account.mutate(COMPLETE, id=begun["media"]["id"]))["media"]["id"]
    film = await upload(account, video(640, 360), "video/mp4")
    tweets = [(await account.mutate(POST, input={"mediaIds": [each]}))["tweet"]["id"] for each in (media_id, film)]
    shown = [await settled(account, each) for each in (media_id, film)]
    assert [(each["state"], each["width"], each["height"]) for each in shown] == [
        ("READY", 700, 1000),
        ("READY", 640, 360),
    ]
    answers = [await http.get(url) for url in (shown[0]["url"], shown[0]["small"], shown[1]["url"])]
    assert [answer.headers["content-type"] for answer in answers] == ["image/jpeg", "image/webp", "video/mp4"]
    assert [Image.open(BytesIO(answer.content)).size for answer in answers[:2]] == [(700, 1000), (320, 457)]
    assert not any(PLACE.encode() in answer.content for answer in answers)
    await account.mutate(DELETE_TWEET, id=tweets[0])
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await http.get(shown[0]["url"])).status_code == 200:
            await asyncio.sleep(0.02)
    assert (await http.get(shown[1]["url"])).status_code == 200


async def test_what_is_not_what_was_claimed(account: Account) -> None:
    data = picture("PNG", 20, 20)
    begun = await begin(account, "image/jpeg", len(data))
    media_id = begun["media"]["id"]
    missing = [("NOT_FOUND", "The bytes are not there yet: send them first.", "mediaId")]
    assert await refusals(account, COMPLETE, id=media_id) == missing
    assert (await send(account.http, begun, data)).status_code == 200
    expected = [("UNSUPPORTED", "What was sent is image/png, not image/jpeg.", "mediaId")]
    assert await refusals(account, COMPLETE, id=media_id) == expected
    assert (await account.ask(MEDIA, id=media_id))["node"]["state"] == "REJECTED"
