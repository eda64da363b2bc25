"""Files in a folder of this machine, sent and fetched through the server itself (transport/media.py)."""

import asyncio
import hmac
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import BinaryIO, TypeVar
from urllib.parse import urlencode

from domain.errors import Unavailable
from domain.media import UploadRequest
from stores.media.windows import window

SECRET = "secret"  # noqa: S105 - the name of a file
SECRET_BYTES = 32

T = TypeVar("T")


class LocalFiles:
    """`base_url` is where the server serves /media. All processes that share the folder share its secret."""

    def __init__(self, folder: Path, base_url: str) -> None:
        """Folder and secret are made when they are needed first."""
        self._base_url = base_url.rstrip("/")
        self._folder = folder
        self._files = folder / "files"

    @cached_property
    def _secret(self) -> bytes:
        return _secret(self._folder / SECRET)

    def upload_request(self, key: str, mime_type: str, byte_size: int, until: datetime) -> UploadRequest:
        expires = int(until.timestamp())
        signature = self._sign("PUT", key, expires, mime_type, byte_size)
        query = urlencode({"type": mime_type, "size": byte_size, "expires": expires, "signature": signature})
        return UploadRequest.put(f"{self._base_url}/media/{key}?{query}", mime_type, byte_size)

    def url(self, key: str) -> str:
        expires = int(window()[1].timestamp())
        query = urlencode({"expires": expires, "signature": self._sign("GET", key, expires)})
        return f"{self._base_url}/media/{key}?{query}"

    def may_send(self, key: str, mime_type: str, byte_size: int, expires: int, signature: str) -> bool:
        """Whether upload_request made this, and it still holds."""
        return self._holds(signature, "PUT", key, expires, mime_type, byte_size)

    def may_fetch(self, key: str, expires: int, signature: str) -> bool:
        """Whether `url` made this, and it still holds."""
        return self._holds(signature, "GET", key, expires)

    async def receive(self, key: str, chunks: AsyncIterator[bytes], byte_size: int) -> bool:
        """Keeps what comes in; False where it is not exactly so many bytes, and then nothing is kept."""
        path = self.path(key)
        received = _beside(path)
        file = await _in_thread(partial(_create, received))
        try:
            size = 0
            async for chunk in chunks:
                size += len(chunk)
                if size > byte_size:
                    return False
                await _in_thread(partial(file.write, chunk))
            await _in_thread(file.close)
            if size == byte_size:
                await _in_thread(partial(received.replace, path))
            return size == byte_size
        finally:
            file.close()
            received.unlink(missing_ok=True)

    def path(self, key: str) -> Path:
        """Where a file lies, if it is there."""
        return self._files / key

    async def size(self, key: str) -> int | None:
        def stat() -> int | None:
            with suppress(FileNotFoundError):
                return self.path(key).stat().st_size
            return None

        return await _in_thread(stat)

    async def read(self, key: str, start: int, length: int) -> bytes:
        def read() -> bytes:
            with suppress(FileNotFoundError), self.path(key).open("rb") as file:
                file.seek(start)
                return file.read(length)
            return b""

        return await _in_thread(read)

    async def download(self, key: str, path: Path) -> bool:
        def copy() -> bool:
            with suppress(FileNotFoundError):
                shutil.copyfile(self.path(key), path)
                return True
            return False

        return await _in_thread(copy)

    async def store(self, key: str, path: Path, mime_type: str) -> None:
        """The type shows in the key's ending."""

        def copy() -> None:
            copied = _beside(self.path(key))
            try:
                with _create(copied) as target, path.open("rb") as source:
                    shutil.copyfileobj(source, target, 1 << 20)
                copied.replace(self.path(key))
            finally:
                copied.unlink(missing_ok=True)

        await _in_thread(copy)

    async def delete(self, prefix: str) -> None:
        def remove() -> None:
            folder, _, name = prefix.rpartition("/")
            if not name:
                shutil.rmtree(self._files / folder, ignore_errors=True)
            for path in (self._files / folder).glob(f"{name}*"):
                path.unlink(missing_ok=True)

        await _in_thread(remove)

    async def ping(self) -> None:
        """There is no server that could be down."""

    def _sign(self, *parts: object) -> str:
        return hmac.digest(self._secret, "\n".join(map(str, parts)).encode(), "sha256").hex()

    def _holds(self, signature: str, method: str, key: str, expires: int, *more: object) -> bool:
        signed = self._sign(method, key, expires, *more)
        return hmac.compare_digest(signature.encode(), signed.encode()) and time.time() < expires


async def _in_thread(work: Callable[[], T]) -> T:
    """Raises Unavailable where the disk fails or is full."""
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        raise Unavailable("media") from error


def _beside(path: Path) -> Path:
    """A new name in the same folder, for what is renamed once it is whole."""
    return path.with_name(f".{secrets.token_hex(8)}")


def _create(path: Path) -> BinaryIO:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path.open("xb")


def _secret(path: Path) -> bytes:
    """What lies there; where nothing does, something new. Of several processes at once one makes it."""
    made = _beside(path)
    with _create(made) as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(secrets.token_bytes(SECRET_BYTES))
    with suppress(FileExistsError):
        path.hardlink_to(made)
    made.unlink()
    return path.read_bytes()
