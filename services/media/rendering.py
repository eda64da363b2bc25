"""Making what is served of what was sent."""

import asyncio
import shutil
import tempfile
from functools import partial
from pathlib import Path

from domain.media import (
    Media,
    MediaKind,
    MediaState,
    Served,
    Unfit,
    check_type,
    folder_of,
    original_key,
    rendition_key,
    upload_key,
)
from faults import crash_point
from services.media import gif, mp4, pictures
from stores.media import MediaFiles, MediaStore

HEAD_BYTES = 12


class MediaRendering:
    """One image at a time in each process, in a thread: some take hundreds of megabytes."""

    def __init__(self, media: MediaStore, files: MediaFiles) -> None:
        self._media = media
        self._files = files
        self._turn = asyncio.Lock()

    async def render(self, media_id: int) -> None:
        """Idempotent. It is READY then, or REJECTED where it turns out to be damaged; what is not there (any more)
        leaves no files."""
        media = (await self._media.media([media_id])).get(media_id)
        if media is None:
            await self._files.delete(folder_of(media_id))
        elif media.is_uploaded and media.state is MediaState.PENDING:
            await self._render(media)

    async def _render(self, media: Media) -> None:
        with tempfile.TemporaryDirectory(prefix="starling-media-") as name:
            folder = Path(name)
            sent = folder / "sent"
            try:
                await self._fetch(media, sent)
                async with self._turn:
                    served = await _MAKE[media.kind](media, sent, folder)
            except Unfit:
                await self._media.reject(media.id)
                await self._files.delete(folder_of(media.id))
                return
            await self._store(media.id, served, folder)
        crash_point("media.made")
        if await self._media.serve(media.id, served):
            await self._files.delete(upload_key(media.id))
        elif media.id not in await self._media.media([media.id]):
            await self._files.delete(folder_of(media.id))

    async def _fetch(self, media: Media, path: Path) -> None:
        """Raises Unfit where something else was sent since it was looked at."""
        if not await self._files.download(upload_key(media.id), path):
            raise Unfit("The bytes are gone.")
        await asyncio.to_thread(_check_sent, path, media)

    async def _store(self, media_id: int, served: Served, folder: Path) -> None:
        await self._files.store(original_key(media_id, served.mime_type), folder / "original", served.mime_type)
        for width in served.widths:
            await self._files.store(rendition_key(media_id, width), folder / str(width), "image/webp")


async def _image(media: Media, sent: Path, folder: Path) -> Served:
    return await asyncio.to_thread(pictures.render, sent, media.mime_type, folder)


async def _gif(media: Media, sent: Path, folder: Path) -> Served:
    """As it is, but for its metadata: it moves at any width."""

    def make() -> Served:
        found = gif.read(sent.read_bytes())
        original = folder / "original"
        original.write_bytes(found.data)
        placeholder = pictures.first_frame_placeholder(original)
        return Served(media.mime_type, found.width, found.height, placeholder)

    return await asyncio.to_thread(make)


async def _video(media: Media, sent: Path, folder: Path) -> Served:
    """As it is, but for its metadata."""
    size = await mp4.size(partial(_read, sent), media.byte_size)
    await asyncio.to_thread(mp4.strip, sent)
    await asyncio.to_thread(shutil.move, sent, folder / "original")
    return Served(media.mime_type, *size)


_MAKE = {MediaKind.IMAGE: _image, MediaKind.GIF: _gif, MediaKind.VIDEO: _video}


def _check_sent(sent: Path, media: Media) -> None:
    with sent.open("rb") as file:
        check_type(file.read(HEAD_BYTES), media.mime_type)
    if sent.stat().st_size != media.byte_size:
        raise Unfit("Something else was sent.")


async def _read(path: Path, start: int, length: int) -> bytes:
    def read() -> bytes:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(length)

    return await asyncio.to_thread(read)
