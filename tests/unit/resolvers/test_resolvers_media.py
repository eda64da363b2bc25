"""Media: uploading, and who is shown what."""

from dataclasses import replace

import pytest

from domain.errors import Unavailable
from tests.unit.resolvers.fakes import Api
from tests.unit.resolvers.records import make_media, make_session, make_tweet, make_user, media_id, tweet_id, user_id

ERRORS = "userErrors { code field message }"
OWNER, OTHER = 1, 2


def api(viewer: int | None) -> Api:
    """Media 71 are in no tweet, 72 in tweet 50, 73 in tweet 51 of somebody protected, 74 an avatar, 75 a former one."""
    made = Api(viewer=make_session(viewer) if viewer else None)
    world = made.world
    world.users = {OWNER: replace(make_user(OWNER), avatar_id=74), 3: make_user(3, is_protected=True)}
    world.tweets = {
        50: replace(make_tweet(50, OWNER), media_ids=(72, 79)),
        51: replace(make_tweet(51, 3), media_ids=(73,)),
        52: make_tweet(52, OWNER),
    }
    used = {72: 50, 74: OWNER, 75: OWNER}
    world.media = {number: make_media(number, OWNER, used.get(number)) for number in (71, 72, 74, 75)}
    world.media[73] = make_media(73, 3, 51)
    return made


@pytest.mark.parametrize(
    ("viewer", "seen"), [(OWNER, {71, 72, 74, 75}), (OTHER, {72, 74}), (None, {72, 74}), (3, {72, 73, 74})]
)
async def test_who_finds_media_by_their_ids(viewer: int | None, seen: set[int]) -> None:
    ids = ", ".join(f'"{media_id(number)}"' for number in range(71, 77))
    made = api(viewer)
    data = await made.data(f"{{ nodes(ids: [{ids}]) {{ id ... on Media {{ mimeType }} }} }}")
    assert [node and node["id"] for node in data["nodes"]] == [
        media_id(number) if number in seen else None for number in range(71, 77)
    ]
    assert made.world.counts["media.media"] == 1


async def test_what_a_tweet_and_a_profile_show() -> None:
    """What is gone is left out."""
    tweets = " ".join(f't{number}: tweet(id: "{tweet_id(number)}") {{ media {{ id }} }}' for number in (50, 52))
    face = f'u: node(id: "{user_id(OWNER)}") {{ ... on User {{ avatar {{ small: url(width: 9) url }} }} }}'
    made = api(OTHER)
    assert await made.data(f"{{ {tweets} {face} }}") == {
        "t50": {"media": [{"id": media_id(72)}]},
        "t52": {"media": []},
        "u": {
            "avatar": {
                "small": "https://media.example.org/74/320.webp",
                "url": "https://media.example.org/74/original.png",
            }
        },
    }


async def test_media_that_are_down_take_themselves_alone() -> None:
    made = api(OTHER)
    made.world.down = {"media"}
    shown = "text media { id } author { avatar { id } }"
    data, errors = await made.run(f'{{ tweet(id: "{tweet_id(50)}") {{ {shown} }} }}')
    assert data == {"tweet": {"text": "hello", "media": None, "author": {"avatar": None}}}
    assert [type(cause) for _, cause in errors] == [Unavailable, Unavailable]


async def test_an_upload() -> None:
    made = api(OWNER)
    given = 'mimeType: "image/png", byteSize: 5, altText: "A view"'
    data = await made.data(f"""mutation {{ createMediaUpload(input: {{{given}}}) {{
        upload {{ media {{ id state kind }} method url headers {{ name value }} expiresAt }} {ERRORS} }}
        completeMediaUpload(mediaId: "{media_id(7)}") {{ media {{ id state url }} {ERRORS} }} }}""")
    upload = {
        "media": {"id": media_id(7), "state": "PENDING", "kind": "IMAGE"},
        "method": "PUT",
        "url": "https://media.example.org/7/upload",
        "headers": [{"name": "Content-Type", "value": "image/png"}, {"name": "Content-Length", "value": "5"}],
        "expiresAt": "2024-05-06T07:08:09.123Z",
    }
    ready = {"id": media_id(7), "state": "READY", "url": "https://media.example.org/7/original.png"}
    assert data == {
        "createMediaUpload": {"upload": upload, "userErrors": []},
        "completeMediaUpload": {"media": ready, "userErrors": []},
    }
    assert made.fake.acts == [("create_upload", OWNER, "image/png", 5, "A view"), ("complete", OWNER, 7)]
