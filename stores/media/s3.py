"""Files in a bucket of S3, or of a server that speaks as it does. Clients send and fetch them there, by signed URLs."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Self
from urllib.parse import parse_qs, unquote, urlsplit

import aioboto3
import aiohttp
from aiobotocore.config import AioConfig
from botocore.exceptions import BotoCoreError, ClientError

from domain.errors import Unavailable
from domain.media import UploadRequest
from stores.media.signing import Signer
from stores.media.windows import window
from stores.reach import Refused, Unready

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client
    from types_aiobotocore_s3.type_defs import CompletedPartTypeDef

CONNECT_SECONDS = 3
READ_SECONDS = 10
"""How long an answer, or the next bytes of it, may take."""
CHUNK_BYTES = 1 << 20
PART_BYTES = 8 << 20
CACHE_CONTROL = "private, max-age=31536000, immutable"
"""What lies at a key never changes."""

_SESSION = aioboto3.Session()
"""Keeps the service's description, which takes a second to read."""

_MISSING = {"404", "NoSuchKey", "NotFound", "NoSuchBucket", "416", "InvalidRange"}
"""The last two: the file ends before."""
_THERE = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists", "OperationAborted"}


@dataclass(frozen=True, slots=True)
class Bucket:
    """What a URL says: s3://KEY:SECRET@HOST[:PORT]/BUCKET?region=…&tls=off&public=https://…; `public_url` is the
    endpoint as clients know it, where that is not the one that the server uses."""

    endpoint: str
    public_url: str
    name: str
    region: str
    access_key: str
    secret_key: str

    @classmethod
    def of(cls, url: str) -> Self:
        parts, more = urlsplit(url), {name: values[-1] for name, values in parse_qs(urlsplit(url).query).items()}
        host = parts.netloc.rpartition("@")[2]
        endpoint = f"{'http' if more.get('tls') == 'off' else 'https'}://{host}"
        return cls(
            endpoint,
            more.get("public", endpoint).rstrip("/"),
            parts.path.strip("/"),
            more.get("region", "us-east-1"),
            unquote(parts.username or ""),
            unquote(parts.password or ""),
        )


@asynccontextmanager
async def open_client(bucket: Bucket) -> AsyncIterator["S3Client"]:
    config = AioConfig(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 2},
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    async with _SESSION.client(
        "s3",
        bucket.region,
        endpoint_url=bucket.endpoint,
        aws_access_key_id=bucket.access_key,
        aws_secret_access_key=bucket.secret_key,
        config=config,
    ) as client:
        yield client


async def ask(url: str) -> None:
    """Raises Unready or Refused."""
    bucket = Bucket.of(url)
    async with open_client(bucket) as client:
        try:
            with suppress(_Absent), _answering():
                await client.head_bucket(Bucket=bucket.name)
        except Unavailable as error:
            raise Unready(str(error.__cause__)) from error
        except ClientError as error:
            raise Refused(str(error)) from error


async def prepare(url: str, origins: Sequence[str]) -> None:
    """Makes the bucket where it is missing, and lets pages of these origins send and fetch. Several processes may do so
    at once."""
    bucket = Bucket.of(url)
    async with open_client(bucket) as client:
        with _answering():
            if not await _is_there(client, bucket):
                await _create(client, bucket)
            rule: dict[str, Any] = {"AllowedMethods": ["GET", "HEAD", "PUT"], "AllowedHeaders": ["*"]}
            rules = {"CORSRules": [rule | {"AllowedOrigins": list(origins), "MaxAgeSeconds": 3600}]}
            await client.put_bucket_cors(Bucket=bucket.name, CORSConfiguration=rules)  # type: ignore[arg-type]


async def _is_there(client: "S3Client", bucket: Bucket) -> bool:
    with suppress(_Absent), _answering():
        await client.head_bucket(Bucket=bucket.name)
        return True
    return False


async def _create(client: "S3Client", bucket: Bucket) -> None:
    """S3's first region must not be named. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html"""
    where: Any = {}
    if bucket.region != "us-east-1":
        where = {"CreateBucketConfiguration": {"LocationConstraint": bucket.region}}
    try:
        await client.create_bucket(Bucket=bucket.name, **where)
    except ClientError as error:
        if _code(error) not in _THERE:
            raise


class S3Files:
    def __init__(self, client: "S3Client", bucket: Bucket) -> None:
        self._client = client
        self._bucket = bucket.name
        self._signer = Signer(f"{bucket.public_url}/{bucket.name}", bucket.region, bucket.access_key, bucket.secret_key)
        self._signed = lru_cache(maxsize=50_000)(self._sign)

    def upload_request(self, key: str, mime_type: str, byte_size: int, until: datetime) -> UploadRequest:
        now = datetime.now(UTC)
        headers = {"content-type": mime_type, "content-length": str(byte_size)}
        url = self._signer.url("PUT", key, now, int((until - now).total_seconds()), headers)
        return UploadRequest.put(url, mime_type, byte_size)

    def url(self, key: str) -> str:
        return self._signed(key, *window())

    def _sign(self, key: str, begin: datetime, end: datetime) -> str:
        return self._signer.url("GET", key, begin, int((end - begin).total_seconds()))

    async def size(self, key: str) -> int | None:
        with suppress(_Absent), _answering():
            return (await self._client.head_object(Bucket=self._bucket, Key=key))["ContentLength"]
        return None

    async def read(self, key: str, start: int, length: int) -> bytes:
        asked = f"bytes={start}-{start + length - 1}"
        with suppress(_Absent), _answering():
            found = await self._client.get_object(Bucket=self._bucket, Key=key, Range=asked)
            async with found["Body"] as body:
                return await body.read()
        return b""

    async def download(self, key: str, path: Path) -> bool:
        with suppress(_Absent), _answering():
            found = await self._client.get_object(Bucket=self._bucket, Key=key)
            with path.open("wb") as file:
                async with found["Body"]:
                    async for chunk in found["Body"].iter_chunks(CHUNK_BYTES):
                        await asyncio.to_thread(file.write, chunk)
            return True
        return False

    async def store(self, key: str, path: Path, mime_type: str) -> None:
        """In parts where it is large."""
        where = {"Bucket": self._bucket, "Key": key}
        told = {"ContentType": mime_type, "CacheControl": CACHE_CONTROL, "ContentDisposition": "inline"}
        with _answering(), path.open("rb") as file:
            first = await _part(file)
            if len(first.getbuffer()) < PART_BYTES:
                await self._client.put_object(Body=first, **where, **told)  # type: ignore[arg-type]
            else:
                await self._store_in_parts(first, file, where, told)

    async def _store_in_parts(self, part: BytesIO, file: BinaryIO, where: dict[str, str], told: dict[str, str]) -> None:
        begun = await self._client.create_multipart_upload(**where, **told)  # type: ignore[arg-type]
        parts: list[CompletedPartTypeDef] = []
        upload: Any = where | {"UploadId": begun["UploadId"]}
        try:
            while part.getbuffer():
                number = len(parts) + 1
                sent = await self._client.upload_part(Body=part, PartNumber=number, **upload)
                parts.append({"ETag": sent["ETag"], "PartNumber": number})
                part = await _part(file)
            await self._client.complete_multipart_upload(MultipartUpload={"Parts": parts}, **upload)
        except BaseException:
            with suppress(BotoCoreError, ClientError, aiohttp.ClientError, OSError):
                await self._client.abort_multipart_upload(**upload)
            raise

    async def delete(self, prefix: str) -> None:
        with _answering():
            found = await self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix)
            for each in found.get("Contents", ()):
                await self._client.delete_object(Bucket=self._bucket, Key=each["Key"])

    async def ping(self) -> None:
        with _answering():
            await self._client.head_bucket(Bucket=self._bucket)


async def _part(file: BinaryIO) -> BytesIO:
    return BytesIO(await asyncio.to_thread(file.read, PART_BYTES))


class _Absent(Exception):
    """There is no such file."""


@contextmanager
def _answering() -> Iterator[None]:
    """Raises _Absent, and Unavailable where the server can't be reached, goes away, takes too long, or fails itself."""
    try:
        yield
    except ClientError as error:
        if _code(error) in _MISSING:
            raise _Absent from error
        if error.response["ResponseMetadata"].get("HTTPStatusCode", 500) >= 500:
            raise Unavailable("media") from error
        raise
    except (BotoCoreError, aiohttp.ClientError, OSError) as error:
        raise Unavailable("media") from error


def _code(error: ClientError) -> str:
    return str(error.response["Error"].get("Code"))
