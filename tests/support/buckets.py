"""Buckets of the S3 that the environment names."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from stores.media import s3
from tests.support import stack


def new_url() -> str:
    """Of a bucket that no other run of the tests has, and that is not there yet."""
    url = stack.url("s3")
    assert url
    return url.replace("/starling-media?", f"/starling-test-{secrets.token_hex(6)}?")


@asynccontextmanager
async def new_bucket() -> AsyncIterator[str]:
    """The URL of one that somebody else makes, and that is gone at the end."""
    url = new_url()
    bucket = s3.Bucket.of(url)
    async with s3.open_client(bucket) as client:
        yield url
        await s3.S3Files(client, bucket).delete("")
        await client.delete_bucket(Bucket=bucket.name)
