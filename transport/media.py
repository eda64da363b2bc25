"""Files of media that lie with the server itself: sent and fetched at signed URLs, as at a bucket of S3."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from domain.errors import Unavailable
from domain.media import MIME_TYPE_OF

IDLE_SECONDS = 30.0
"""How long a client that sends may pause."""

# No page can be made to run what was uploaded, whatever a browser takes it for.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": "inline",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class Files(Protocol):
    def may_send(self, key: str, mime_type: str, byte_size: int, expires: int, signature: str) -> bool: ...

    def may_fetch(self, key: str, expires: int, signature: str) -> bool: ...

    async def receive(self, key: str, chunks: AsyncIterator[bytes], byte_size: int) -> bool: ...

    def path(self, key: str) -> Path: ...


class _Refused(Exception):
    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


def routes(files: Callable[[], Files | None]) -> list[BaseRoute]:
    """/media; nothing is there where `files` gives None when it is asked for."""

    async def endpoint(request: Request) -> Response:
        found = files()
        if found is None:
            return PlainTextResponse("not found", HTTPStatus.NOT_FOUND)
        try:
            return await (_receive if request.method == "PUT" else _serve)(found, request)
        except _Refused as refused:
            return PlainTextResponse(str(refused), refused.status)
        except Unavailable as unavailable:
            return PlainTextResponse(str(unavailable), HTTPStatus.SERVICE_UNAVAILABLE)

    return [Route("/media/{key:path}", endpoint, methods=["GET", "PUT"])]


async def _serve(files: Files, request: Request) -> Response:
    """With ranges, as players of videos ask for them. What lies at a URL stays the same as long as that holds."""
    key: str = request.path_params["key"]
    expires = _number(request, "expires")
    if not files.may_fetch(key, expires, request.query_params.get("signature", "")):
        raise _not_signed()
    path = files.path(key)
    mime_type = MIME_TYPE_OF.get(path.suffix[1:])
    if mime_type is None:
        raise _not_there()
    try:
        status = await asyncio.to_thread(path.stat)
    except OSError as error:
        raise _not_there() from error
    caching = {"Cache-Control": f"private, max-age={max(0, expires - int(time.time()))}, immutable"}
    return FileResponse(path, media_type=mime_type, headers=HEADERS | caching, stat_result=status)


async def _receive(files: Files, request: Request) -> Response:
    key: str = request.path_params["key"]
    mime_type, byte_size = request.query_params.get("type", ""), _number(request, "size")
    signature = request.query_params.get("signature", "")
    if not files.may_send(key, mime_type, byte_size, _number(request, "expires"), signature):
        raise _not_signed()
    if request.headers.get("content-type") != mime_type:
        raise _Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"This URL is for Content-Type: {mime_type}.")
    if request.headers.get("content-length") != str(byte_size):
        raise _Refused(HTTPStatus.BAD_REQUEST, f"This URL is for Content-Length: {byte_size}.")
    try:
        whole = await files.receive(key, _chunks(request), byte_size)
    except (ClientDisconnect, TimeoutError) as error:
        raise _Refused(HTTPStatus.REQUEST_TIMEOUT, "The bytes did not come to an end.") from error
    if not whole:
        raise _Refused(HTTPStatus.BAD_REQUEST, f"This URL is for {byte_size} bytes.")
    return Response()


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    """Raises ClientDisconnect, or TimeoutError."""
    stream = aiter(request.stream())
    while True:
        async with asyncio.timeout(IDLE_SECONDS):
            chunk = await anext(stream, None)
        if chunk is None:
            return
        yield chunk


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise _not_signed()
    return int(text)


def _not_signed() -> _Refused:
    return _Refused(HTTPStatus.FORBIDDEN, "This URL was not made for this, or holds no more; ask for a new one.")


def _not_there() -> _Refused:
    return _Refused(HTTPStatus.NOT_FOUND, "There is no such file (any more).")
