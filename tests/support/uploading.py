"""Uploading media as users do."""

import asyncio
from typing import Any

import httpx

from tests.support.clients import PATIENCE_SECONDS, Account, Json

REFUSALS = "userErrors { message code field }"
CREATE = f"""mutation($input: CreateMediaUploadInput!) {{ createMediaUpload(input: $input) {{
  upload {{ media {{ id kind state url }} method url headers {{ name value }} expiresAt }} {REFUSALS} }} }}"""
COMPLETE = f"""mutation($id: ID!) {{ completeMediaUpload(mediaId: $id) {{ media {{ id kind state }} {REFUSALS} }} }}"""
MEDIA = """query($id: ID!) { node(id: $id) { ... on Media {
  id kind state mimeType url small: url(width: 300) width height altText blurhash } } }"""
POST = f"""mutation($input: CreateTweetInput!) {{ createTweet(input: $input) {{
  tweet {{ id text media {{ id }} }} {REFUSALS} }} }}"""


async def begin(account: Account, mime_type: str, byte_size: int, **more: Json) -> Json:
    given = {"mimeType": mime_type, "byteSize": byte_size} | more
    return (await account.mutate(CREATE, input=given))["upload"]


async def send(http: httpx.AsyncClient, upload: Json, data: bytes, **options: Any) -> httpx.Response:
    headers = {each["name"]: each["value"] for each in upload["headers"]}
    return await http.request(upload["method"], upload["url"], content=data, headers=headers, **options)


async def upload(account: Account, data: bytes, mime_type: str, **more: Json) -> str:
    """Uploads and completes; the media's id."""
    begun = await begin(account, mime_type, len(data), **more)
    assert (await send(account.http, begun, data)).status_code == 200
    media_id: str = (await account.mutate(COMPLETE, id=begun["media"]["id"]))["media"]["id"]
    return media_id


async def settled(account: Account, media_id: str) -> Json:
    """The media, once they are no longer PENDING."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (media := (await account.ask(MEDIA, id=media_id))["node"])["state"] == "PENDING":
            await asyncio.sleep(0.02)
    return media
