"""The cache in Redis: sessions by the hash of their token, and the times of recent attempts."""

import time
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

import msgpack

from domain.accounts import Session
from stores.redis import Client, Script, answering

SESSION_SECONDS = 300
REVOKED_SECONDS = 600
"""How long a revoked session is kept from being filled in again."""

REVOKED = b""
UTC_DATETIMES = 3
"""msgpack: timestamps come back as datetimes in UTC."""


def _session_key(token_hash: bytes) -> str:
    """The number is the version of what lies there: it rises with every change of Session."""
    return f"session:1:{token_hash.hex()}"


def _attempts_key(name: str) -> str:
    return f"attempts:{name}"


class RedisCache:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._reserve = Script(client, Path(__file__).with_name("reserve.lua"))

    @answering("cache")
    async def session(self, token_hash: bytes) -> Session | None:
        packed = await self._client.get(_session_key(token_hash))
        if not packed:
            return None
        return Session(*msgpack.unpackb(packed, timestamp=UTC_DATETIMES))

    @answering("cache")
    async def fill_session(self, session: Session) -> None:
        packed = msgpack.packb(astuple(session), datetime=True)
        await self._client.set(_session_key(session.token_hash), packed, nx=True, ex=SESSION_SECONDS)

    @answering("cache")
    async def revoke_sessions(self, token_hashes: Sequence[bytes]) -> None:
        async with self._client.pipeline(transaction=False) as pipe:
            for token_hash in token_hashes:
                pipe.set(_session_key(token_hash), REVOKED, ex=REVOKED_SECONDS)
            await pipe.execute()

    @answering("cache")
    async def reserve_attempt(self, limits: Sequence[tuple[str, int]], window_seconds: int) -> int | None:
        now_ms = time.time_ns() // 1_000_000
        keys = [_attempts_key(name) for name, _ in limits]
        wait_ms = await self._reserve(keys, [now_ms, window_seconds * 1000, *(limit for _, limit in limits)])
        return -(-wait_ms // 1000) or None

    @answering("cache")
    async def refund_attempt(self, names: Sequence[str]) -> None:
        async with self._client.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.lpop(_attempts_key(name))
            await pipe.execute()

    async def first_in(self, name: str, seconds: int) -> bool:
        return bool(await self.first_among([name], seconds))

    @answering("cache")
    async def first_among(self, names: Sequence[str], seconds: int) -> Sequence[str]:
        async with self._client.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.set(f"first:{name}", b"", nx=True, ex=seconds)
            were_set = await pipe.execute()
        return [name for name, was_set in zip(names, were_set, strict=True) if was_set]
