"""Uploading media, and using them in a tweet or as an avatar."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from domain import text
from domain.errors import Unavailable
from domain.media import (
    ALT_TEXT_LENGTH,
    MAX_BYTES,
    MAX_IMAGES,
    MAX_UNUSED,
    TYPES,
    UNUSED_TIME,
    UPLOAD_TIME,
    HttpHeader,
    Media,
    MediaKind,
    MediaState,
    Unfit,
    UploadRequest,
    check_type,
    fit_together,
    folder_of,
    upload_key,
)
from domain.refusals import Refused, UserErrorCode, refuse
from domain.snowflake import created_at
from events import Event, MediaUploaded
from services.dispatch import Dispatcher
from services.media import gif, mp4, pictures
from services.snowflakes import Snowflakes
from stores.media import MediaFiles, MediaStore
from stores.tweets import TweetStore

HEAD_BYTES = 12
CHECKED_AT_ONCE = 4
"""By one process: each may take the memory of the largest GIF."""

DOUBT = timedelta(seconds=30)
"""Longer than any write of a tweet takes: after that, one that is not there won't come."""
USED_TIME = timedelta(hours=1)
"""What is used is looked at no sooner: by then what uses it is written, or never will be."""


@dataclass(frozen=True, slots=True)
class Upload:
    media: Media
    request: UploadRequest
    expires_at: datetime

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def url(self) -> str:
        return self.request.url

    @property
    def headers(self) -> Sequence[HttpHeader]:
        return self.request.headers


class MediaService:
    def __init__(
        self, media: MediaStore, files: MediaFiles, tweets: TweetStore, dispatcher: Dispatcher, snowflakes: Snowflakes
    ) -> None:
        self._media = media
        self._files = files
        self._tweets = tweets
        self._dispatcher = dispatcher
        self._snowflakes = snowflakes
        self._checks = asyncio.Semaphore(CHECKED_AT_ONCE)

    def url(self, media: Media, width: int | None) -> str | None:
        """Of the smallest rendition at least so wide, else of the original; None until it is READY."""
        return self._files.url(media.key(width)) if media.state is MediaState.READY else None

    async def create_upload(self, viewer_id: int, mime_type: str, byte_size: int, alt_text: str | None) -> Upload:
        """Raises Refused."""
        kind = _check_form(mime_type, byte_size, alt_text)
        media_id = self._snowflakes.mint()
        media = Media(media_id, viewer_id, kind, MediaState.PENDING, mime_type, byte_size, alt_text)
        begun = created_at(media_id)
        request = self._files.upload_request(upload_key(media_id), mime_type, byte_size, begun + UPLOAD_TIME)
        if not await self._media.add(media, begun + UNUSED_TIME):
            message = f"You have {MAX_UNUSED} media that are in no tweet; use some, or wait until they are removed."
            raise refuse(UserErrorCode.LIMIT_EXCEEDED, message)
        return Upload(media, request, begun + UPLOAD_TIME)

    async def complete(self, viewer_id: int, media_id: int) -> None:
        """Idempotent; what was sent is looked at, and what is served will be made of it. Raises Refused."""
        media = (await self._media.media([media_id])).get(media_id)
        if media is None or media.owner_id != viewer_id:
            raise _no_such_media("mediaId")
        if media.is_uploaded:
            return
        try:
            async with self._checks:
                await self._check(media)
        except Unfit as unfit:
            await self._media.reject(media_id)
            await self._files.delete(folder_of(media_id))
            raise refuse(UserErrorCode.UNSUPPORTED, str(unfit), "mediaId") from unfit
        event = Event(self._snowflakes.mint(), MediaUploaded((media_id,)))
        if await self._media.uploaded(media_id, event):
            await self._dispatcher.dispatch(event)

    async def use_in_tweet(self, viewer_id: int, media_ids: Sequence[int], tweet_id: int) -> None:
        """Right before the tweet is written. All of them are the tweet's then, or none. Raises Refused, or Unavailable
        where another tweet, which may be about to be written, has one."""
        if not media_ids:
            return
        _check_together(media_ids)
        found = await self._usable(viewer_id, media_ids, "mediaIds")
        if not fit_together([media.kind for media in found]):
            message = f"A tweet may have up to {MAX_IMAGES} images, or one GIF, or one video."
            raise refuse(UserErrorCode.INVALID, message, "mediaIds")
        lost = await self._lost({media.used_by for media in found if media.used_by is not None}, viewer_id)
        if not await self._media.use(viewer_id, media_ids, tweet_id, _later(USED_TIME), instead_of=lost):
            raise _in_use("mediaIds")

    async def use_as_avatar(self, viewer_id: int, media_id: int) -> None:
        """Right before it is written to the profile. Idempotent. Raises Refused."""
        [media] = await self._usable(viewer_id, [media_id], "avatarMediaId")
        if media.kind is not MediaKind.IMAGE:
            raise refuse(UserErrorCode.UNSUPPORTED, "An avatar is an image.", "avatarMediaId")
        if not await self._media.use(viewer_id, [media_id], viewer_id, _later(USED_TIME)):
            raise _in_use("avatarMediaId")

    async def let_go(self, tweet_id: int) -> None:
        """The tweet was not written."""
        await self._media.let_go(tweet_id)

    async def _check(self, media: Media) -> None:
        """Raises Unfit for what is not what was claimed, and Refused where nothing is there yet."""
        key = upload_key(media.id)
        size = await self._files.size(key)
        if size is None:
            raise refuse(UserErrorCode.NOT_FOUND, "The bytes are not there yet: send them first.", "mediaId")
        if size != media.byte_size:
            raise Unfit(f"{size} bytes were sent, not {media.byte_size}.")
        check_type(await self._files.read(key, 0, HEAD_BYTES), media.mime_type)
        if media.kind is MediaKind.VIDEO:
            await mp4.size(partial(self._files.read, key), size)
        else:
            data = await self._files.read(key, 0, size)
            await asyncio.to_thread(partial(gif.read, data) if media.kind is MediaKind.GIF else _checked(data, media))

    async def _usable(self, viewer_id: int, media_ids: Sequence[int], field: str) -> Sequence[Media]:
        """In the order given. Raises Refused where one is not the viewer's, or not uploaded."""
        found = await self._media.media(media_ids)
        for media_id in media_ids:
            media = found.get(media_id)
            if media is None or media.owner_id != viewer_id:
                raise _no_such_media(field)
            if media.state is MediaState.REJECTED:
                raise refuse(UserErrorCode.INVALID, "This was rejected; send another file.", field)
            if not media.is_uploaded:
                raise refuse(UserErrorCode.INVALID, "This is not sent yet: call completeMediaUpload first.", field)
        return [found[media_id] for media_id in media_ids]

    async def _lost(self, tweet_ids: Iterable[int], viewer_id: int) -> Sequence[int]:
        """Those of the tweets, which media were to be in, that were never written, or are deleted. Raises Refused where
        one is there, and Unavailable where one may yet come."""
        asked = list(tweet_ids)
        if viewer_id in asked or (asked and await self._tweets.tweets(asked)):
            raise _in_use("mediaIds")
        if any(datetime.now(UTC) - created_at(tweet_id) < DOUBT for tweet_id in asked):
            raise Unavailable("tweets")
        return asked


def _checked(data: bytes, media: Media) -> partial[tuple[int, int]]:
    return partial(pictures.check, data, media.mime_type)


def _check_form(mime_type: str, byte_size: int, alt_text: str | None) -> MediaKind:
    """Raises Refused."""
    if mime_type not in TYPES:
        raise refuse(UserErrorCode.UNSUPPORTED, f"Media are of the types {', '.join(TYPES)}.", "mimeType")
    kind = TYPES[mime_type][1]
    if byte_size < 1:
        raise refuse(UserErrorCode.INVALID, "Media have at least one byte.", "byteSize")
    if byte_size > MAX_BYTES[kind]:
        message = f"Media of this type have at most {MAX_BYTES[kind]} bytes, not {byte_size}."
        raise refuse(UserErrorCode.LIMIT_EXCEEDED, message, "byteSize")
    if forbidden := text.forbidden_character(alt_text or ""):
        raise refuse(UserErrorCode.INVALID, f"An alt text can't have the character {forbidden}.", "altText")
    if len(alt_text or "") > ALT_TEXT_LENGTH:
        message = f"An alt text has at most {ALT_TEXT_LENGTH} characters, not {len(alt_text or '')}."
        raise refuse(UserErrorCode.TOO_LONG, message, "altText")
    return kind


def _check_together(media_ids: Sequence[int]) -> None:
    if len(media_ids) > MAX_IMAGES:
        message = f"A tweet may have at most {MAX_IMAGES} images."
        raise refuse(UserErrorCode.LIMIT_EXCEEDED, message, "mediaIds")
    if len(set(media_ids)) < len(media_ids):
        raise refuse(UserErrorCode.INVALID, "A tweet has each of its media once.", "mediaIds")


def _later(time: timedelta) -> datetime:
    return datetime.now(UTC) + time


def _no_such_media(field: str) -> Refused:
    return refuse(UserErrorCode.NOT_FOUND, "There is no such media.", field)


def _in_use(field: str) -> Refused:
    return refuse(UserErrorCode.CONFLICT, "This is in use already; upload it again.", field)
