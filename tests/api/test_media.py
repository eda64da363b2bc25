"""Media from the upload to the download, over HTTP."""

import asyncio
import secrets
from io import BytesIO

import httpx
import pytest
from PIL import Image

from tests.api.asking import REFUSALS, failure, refusals, unchanged
from tests.conftest import MakeAccount
from tests.support.clients import DELETE_TWEET, PATIENCE_SECONDS, PROTECT, Account, GraphQLFailed, Json, ask
from tests.support.pictures import PLACE, animation, photo, picture, video
from tests.support.servers import RunningServer
from tests.support.uploading import COMPLETE, CREATE, MEDIA, POST, begin, send, settled, upload

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


@pytest.mark.parametrize(
    ("data", "mime_type", "told"),
    [
        (animation(80, 60, 4), "image/gif", {"kind": "GIF", "width": 80, "height": 60}),
        (video(640, 360, turned=True), "video/mp4", {"kind": "VIDEO", "width": 360, "height": 640}),
    ],
)
async def test_what_moves_is_served_as_it_is_but_for_its_metadata(
    viewer: Account, data: bytes, mime_type: str, told: Json
) -> None:
    media = await settled(viewer, await upload(viewer, data, mime_type))
    assert {name: media[name] for name in told} == told
    assert (media["state"], media["mimeType"], media["small"]) == ("READY", mime_type, media["url"])
    assert (media["blurhash"] is None) is (mime_type == "video/mp4")
    answer = await viewer.http.get(media["url"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, mime_type)
    assert PLACE.encode() not in answer.content
    assert len(answer.content) >= len(data) - 2 * len(PLACE)


async def test_several_images_are_in_the_order_given(viewer: Account) -> None:
    ids = [await upload(viewer, picture("PNG", 20 + at, 20), "image/png") for at in range(4)]
    order = [ids[2], ids[0], ids[3], ids[1]]
    tweet = (await viewer.mutate(POST, input={"text": "four", "mediaIds": order}))["tweet"]
    assert [media["id"] for media in tweet["media"]] == order


PNG = picture("PNG", 20, 20)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"mimeType": "image/svg+xml"}, ("UNSUPPORTED", "mimeType")),
        ({"mimeType": ""}, ("UNSUPPORTED", "mimeType")),
        ({"byteSize": 0}, ("INVALID", "byteSize")),
        ({"byteSize": -5}, ("INVALID", "byteSize")),
        ({"byteSize": (5 << 20) + 1}, ("LIMIT_EXCEEDED", "byteSize")),
        ({"mimeType": "image/gif", "byteSize": (15 << 20) + 1}, ("LIMIT_EXCEEDED", "byteSize")),
        ({"mimeType": "video/mp4", "byteSize": 1 << 62}, ("LIMIT_EXCEEDED", "byteSize")),
        ({"altText": "x" * 1_001}, ("TOO_LONG", "altText")),
        ({"altText": "a\x00b"}, ("INVALID", "altText")),
    ],
)
async def test_uploads_that_are_refused(viewer: Account, given: Json, refusal: tuple[str, str]) -> None:
    [(code, _, field)] = await refusals(viewer, CREATE, input={"mimeType": "image/png", "byteSize": 5} | given)
    assert (code, field) == refusal


@pytest.mark.parametrize("size", [2**63, -(2**64), 1.5, True, "5"])
async def test_sizes_that_are_no_numbers(viewer: Account, size: object) -> None:
    code, _, _ = await failure(viewer, CREATE, input={"mimeType": "image/png", "byteSize": size})
    assert code in {"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"}


async def test_guests_upload_nothing(running_server: RunningServer, http: httpx.AsyncClient) -> None:
    for query, variables in ((CREATE, {"input": {"mimeType": "image/png", "byteSize": 5}}), (COMPLETE, {"id": "x"})):
        with pytest.raises(GraphQLFailed) as failed:
            await ask(http, running_server.url, query, **variables)
        assert failed.value.code == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("data", "mime_type", "reason"),
    [
        (PNG, "image/jpeg", "What was sent is image/png, not image/jpeg."),
        (b"<svg onload=alert(1)>", "image/png", "What was sent is of a type that can't be uploaded, not image/png."),
        (PNG[:20], "image/png", "The image is damaged."),
        (animation(9, 9, 2)[:60], "image/gif", "The GIF is damaged."),
        (video(20, 20)[:40], "video/mp4", "The video is damaged."),
    ],
)
async def test_what_is_not_what_was_claimed_is_rejected(
    viewer: Account, data: bytes, mime_type: str, reason: str
) -> None:
    begun = await begin(viewer, mime_type, len(data))
    media_id = begun["media"]["id"]
    assert (await send(viewer.http, begun, data)).status_code == 200
    assert await refusals(viewer, COMPLETE, id=media_id) == [("UNSUPPORTED", reason, "mediaId")]
    media = (await viewer.ask(MEDIA, id=media_id))["node"]
    assert (media["state"], media["url"], media["width"]) == ("REJECTED", None, None)
    async with unchanged(viewer):
        expected = [("INVALID", "This was rejected; send another file.", "mediaIds")]
        assert await refusals(viewer, POST, input={"text": "no", "mediaIds": [media_id]}) == expected


async def test_what_turns_out_to_be_damaged_is_rejected_later(viewer: Account) -> None:
    data = picture("JPEG", 400, 300)[:-50]
    media_id = await upload(viewer, data, "image/jpeg")
    media = await settled(viewer, media_id)
    assert (media["state"], media["url"]) == ("REJECTED", None)


async def test_only_the_owner_completes_what_was_sent(viewer: Account, other: Account) -> None:
    begun = await begin(viewer, "image/png", len(PNG))
    media_id = begun["media"]["id"]
    missing = [("NOT_FOUND", "There is no such media.", "mediaId")]
    assert await refusals(other, COMPLETE, id=media_id) == missing
    assert await refusals(viewer, COMPLETE, id=viewer.id) == missing
    not_sent = [("NOT_FOUND", "The bytes are not there yet: send them first.", "mediaId")]
    assert await refusals(viewer, COMPLETE, id=media_id) == not_sent
    assert (await send(viewer.http, begun, PNG)).status_code == 200
    for _ in range(2):
        assert (await viewer.mutate(COMPLETE, id=media_id))["media"]["id"] == media_id
    assert (await settled(viewer, media_id))["state"] == "READY"


async def test_media_that_a_tweet_can_t_have(viewer: Account, other: Account) -> None:
    mine = [await upload(viewer, PNG, "image/png") for _ in range(5)]
    gif = await upload(viewer, animation(9, 9, 2), "image/gif")
    pending = (await begin(viewer, "image/png", len(PNG)))["media"]["id"]
    theirs, used = await upload(other, PNG, "image/png"), await upload(viewer, PNG, "image/png")
    await viewer.tweet("has one", mediaIds=[used])
    together = "A tweet may have up to 4 images, or one GIF, or one video."
    for media_ids, code, message in (
        (mine, "LIMIT_EXCEEDED", "A tweet may have at most 4 images."),
        ([mine[0], mine[0]], "INVALID", "A tweet has each of its media once."),
        ([mine[0], gif], "INVALID", together),
        ([mine[0], pending], "INVALID", "This is not sent yet: call completeMediaUpload first."),
        ([mine[0], theirs], "NOT_FOUND", "There is no such media."),
        ([mine[0], viewer.id], "NOT_FOUND", "There is no such media."),
        ([mine[0], used], "CONFLICT", "This is in use already; upload it again."),
    ):
        async with unchanged(viewer, other):
            assert await refusals(viewer, POST, input={"text": "no", "mediaIds": media_ids}) == [
                (code, message, "mediaIds")
            ]
    async with unchanged(viewer):
        assert [code for code, _, _ in await refusals(viewer, POST, input={"mediaIds": []})] == ["TOO_SHORT"]
    assert (await viewer.mutate(POST, input={"mediaIds": mine[:4]}))["tweet"]["text"] == ""


async def test_a_key_is_of_its_media_too(viewer: Account) -> None:
    one, two = [await upload(viewer, PNG, "image/png") for _ in range(2)]
    given = {"text": "twice", "mediaIds": [one], "idempotencyKey": f"media {one}"}
    first = (await viewer.mutate(POST, input=given))["tweet"]
    assert (await viewer.mutate(POST, input=given))["tweet"] == first
    conflict = [("CONFLICT", "This key was used with another input.", "idempotencyKey")]
    assert await refusals(viewer, POST, input=given | {"mediaIds": [two]}) == conflict
    assert await refusals(viewer, POST, input=given | {"mediaIds": None}) == conflict
    answers = await asyncio.gather(
        *(viewer.mutate(POST, input={"mediaIds": [two], "idempotencyKey": f"at once {two}"}) for _ in range(3)),
        return_exceptions=True,
    )
    told = [answer["tweet"]["id"] for answer in answers if isinstance(answer, dict)]
    assert len(set(told)) == 1
    assert {each.code for each in answers if isinstance(each, GraphQLFailed)} <= {"UNAVAILABLE"}
    again = await viewer.mutate(POST, input={"mediaIds": [two], "idempotencyKey": f"at once {two}"})
    assert again["tweet"]["id"] == told[0]


async def test_media_are_their_owner_s_until_a_tweet_shows_them(make_account: MakeAccount, other: Account) -> None:
    mine = await make_account()
    media_id = await upload(mine, PNG, "image/png")
    await settled(mine, media_id)
    assert (await other.ask(MEDIA, id=media_id))["node"] is None
    tweet_id = await mine.tweet("look", mediaIds=[media_id])
    shown = (await other.ask(MEDIA, id=media_id))["node"]
    assert shown["id"] == media_id
    await mine.mutate(PROTECT, protected=True)
    assert (await other.ask(MEDIA, id=media_id))["node"] is None
    assert (await mine.ask(MEDIA, id=media_id))["node"]["id"] == media_id
    await mine.mutate(DELETE_TWEET, id=tweet_id)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await mine.http.get(shown["url"])).status_code == 200:
            await asyncio.sleep(0.02)
    assert (await mine.http.get(shown["url"])).status_code == 404
    assert (await mine.ask(MEDIA, id=media_id))["node"] is None


AVATAR = f"""mutation($id: ID!) {{ updateProfile(input: {{avatarMediaId: $id, bio: "with a face"}}) {{
  user {{ bio avatar {{ id }} }} {REFUSALS} }} }}"""


async def test_an_avatar(make_account: MakeAccount, other: Account) -> None:
    mine = await make_account()
    first, second = [await upload(mine, picture("JPEG", 400, 400), "image/jpeg") for _ in range(2)]
    for media_id in (first, first, second):
        assert (await mine.mutate(AVATAR, id=media_id))["user"] == {"bio": "with a face", "avatar": {"id": media_id}}
    await settled(mine, second)
    await mine.mutate(PROTECT, protected=True)
    query = "query($id: ID!) { node(id: $id) { ... on User { avatar { id url(width: 48) } } } }"
    avatar = (await other.ask(query, id=mine.id))["node"]["avatar"]
    assert avatar["id"] == second
    assert opened(await other.http.get(avatar["url"])).size == (320, 320)
    assert (await other.ask(MEDIA, id=second))["node"]["id"] == second
    assert (await other.ask(MEDIA, id=first))["node"] is None


async def test_what_can_t_be_an_avatar(viewer: Account, other: Account) -> None:
    gif, theirs = await upload(viewer, animation(9, 9, 2), "image/gif"), await upload(other, PNG, "image/png")
    used = await upload(viewer, PNG, "image/png")
    await viewer.tweet("has it", mediaIds=[used])
    async with unchanged(viewer):
        for media_id, code in ((gif, "UNSUPPORTED"), (theirs, "NOT_FOUND"), (used, "CONFLICT"), ("x", "NOT_FOUND")):
            assert [(each, field) for each, _, field in await refusals(viewer, AVATAR, id=media_id)] == [
                (code, "avatarMediaId")
            ]
    face = await upload(viewer, PNG, "image/png")
    await viewer.mutate(AVATAR, id=face)
    expected = [("CONFLICT", "This is in use already; upload it again.", "mediaIds")]
    assert await refusals(viewer, POST, input={"mediaIds": [face]}) == expected


async def test_a_search_for_media(viewer: Account, other: Account) -> None:
    word = f"kingfisher{secrets.token_hex(4)}"
    shown = await viewer.tweet(f"a {word}", mediaIds=[await upload(viewer, PNG, "image/png")])
    plain = await viewer.tweet(f"no {word}")
    query = "query($q: String!, $t: SearchType!) { search(query: $q, type: $t) { nodes { ... on Node { id } } } }"

    async def found(kind: str) -> list[str]:
        return [node["id"] for node in (await other.ask(query, q=word, t=kind))["search"]["nodes"]]

    async with asyncio.timeout(PATIENCE_SECONDS):
        while await found("LATEST") != [plain, shown]:
            await asyncio.sleep(0.02)
    assert await found("MEDIA") == [shown]
