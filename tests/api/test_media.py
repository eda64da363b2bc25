"""Media from the upload to the download, over HTTP."""

from io import BytesIO

import httpx
from PIL import Image

from tests.api.uploading import COMPLETE, POST, begin, send, settled
from tests.support.clients import Account
from tests.support.pictures import PLACE, photo

TWEET = """query($id: ID!) { tweet(id: $id) { text media { id kind state mimeType width height altText blurhash
  url small: url(width: 1) wide: url(width: 321) all: url(width: 9999) } } }"""


def opened(answer: httpx.Response) -> Image.Image:
    assert answer.status_code == 200
    image = Image.open(BytesIO(answer.content))
    image.load()
    return image


async def test_a_photo_from_the_upload_to_the_download(viewer: Account, other: Account) -> None:
    data = photo(1000, 700, orientation=6)
    begun = await begin(viewer, "image/jpeg", len(data), altText="A view")
    media_id = begun["media"]["id"]
    assert begun["media"] == {"id": media_id, "kind": "IMAGE", "state": "PENDING", "url": None}
    assert (await send(viewer.http, begun, data)).status_code == 200
    assert (await viewer.mutate(COMPLETE, id=media_id))["media"]["id"] == media_id
    tweet = (await viewer.mutate(POST, input={"mediaIds": [media_id]}))["tweet"]
    assert tweet == {"id": tweet["id"], "text": "", "media": [{"id": media_id}]}
    await settled(viewer, media_id)
    [media] = (await other.ask(TWEET, id=tweet["id"]))["tweet"]["media"]
    assert media.pop("blurhash")
    urls = {name: media.pop(name) for name in ("url", "small", "wide", "all")}
    size = {"width": 700, "height": 1000}
    told = {"id": media_id, "kind": "IMAGE", "state": "READY", "mimeType": "image/jpeg", "altText": "A view"}
    assert media == told | size
    assert urls["all"] == urls["url"]
    answers = {name: await viewer.http.get(url) for name, url in urls.items() if name != "all"}
    pictures = {name: opened(answer) for name, answer in answers.items()}
    assert {name: (image.format, image.size) for name, image in pictures.items()} == {
        "url": ("JPEG", (700, 1000)),
        "small": ("WEBP", (320, 457)),
        "wide": ("WEBP", (680, 971)),
    }
    assert not any(PLACE.encode() in answer.content for answer in answers.values())
    assert [dict(image.getexif()) for image in pictures.values()] == [{}, {}, {}]
    red, green, blue = pictures["url"].getpixel((699, 500))  # type: ignore[misc]
    assert min(red, green, blue) > 240, "the top is not on the right"
