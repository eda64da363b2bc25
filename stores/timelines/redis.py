"""Timelines in Redis: per reader a list of 8-byte big-endian ids, newest arrival first, then a header."""

import struct
from collections.abc import Sequence
from pathlib import Path

from stores.redis import Client, Script, answering, call
from stores.timelines import Timeline

LAYOUT = 1
"""Rises with every change of what lies in the lists; other layouts read as none and are built anew."""

READERS_PER_CALL = 1_000
ENTRIES_PER_CALL = 10_000
"""Bound how long one script keeps the server from others."""

REPEAT_DEPTH = 64
BUILDING, READY = 0, 1
_HEADER = struct.Struct(">IB8sQQ")
"""Version, state, epoch, floor, built_at."""

_FOLDER = Path(__file__).parent


def key(reader_id: int) -> str:
    return f"timeline:{reader_id}"


def _pack(number: int) -> bytes:
    return number.to_bytes(8)


class RedisTimelines:
    """Keeps `size` entries per timeline, and lets it grow by a tenth before it is trimmed to that."""

    def __init__(self, client: Client, size: int) -> None:
        self._client = client
        self._version = LAYOUT << 16 | size
        self._bounds: list[bytes | str | int] = [struct.pack(">I", self._version), size, size * 11 // 10]
        self._push = Script(client, _FOLDER / "header.lua", _FOLDER / "push.lua")
        self._merge = Script(client, _FOLDER / "header.lua", _FOLDER / "merge.lua")

    @answering("cache")
    async def read(self, reader_id: int) -> Timeline | None:
        elements = await call(self._client, "LRANGE", key(reader_id), 0, -1)
        if not elements:
            return None
        version, state, epoch, floor, built_at = _HEADER.unpack(elements.pop())
        if version != self._version:
            return None
        ids = struct.unpack(f">{len(elements)}Q", b"".join(elements))
        return Timeline(state == READY, epoch, floor, built_at, ids)

    @answering("cache")
    async def existing(self, reader_ids: Sequence[int]) -> Sequence[int]:
        async with self._client.pipeline(transaction=False) as pipe:
            for reader_id in reader_ids:
                pipe.exists(key(reader_id))
            found = await pipe.execute()
        return [reader_id for reader_id, there in zip(reader_ids, found, strict=True) if there]

    async def push(self, reader_ids: Sequence[int], tweet_ids: Sequence[int], *, redelivered: bool) -> int:
        if not tweet_ids:
            return 0
        args = [*self._bounds, 0 if redelivered else REPEAT_DEPTH, *map(_pack, tweet_ids)]
        step = max(1, min(READERS_PER_CALL, ENTRIES_PER_CALL // len(tweet_ids)))
        added = 0
        for start in range(0, len(reader_ids), step):
            async with answering("cache"):
                added += await self._push([key(reader) for reader in reader_ids[start : start + step]], args)
        return added

    @answering("cache")
    async def begin(self, reader_id: int, epoch: bytes, built_at: int) -> None:
        header = _HEADER.pack(self._version, BUILDING, epoch, 0, built_at)
        async with self._client.pipeline(transaction=True) as pipe:
            pipe.delete(key(reader_id))
            pipe.rpush(key(reader_id), header)
            await pipe.execute()

    @answering("cache")
    async def merge(self, reader_id: int, tweet_ids: Sequence[int], reach: int, *, epoch: bytes | None = None) -> bool:
        ids = struct.pack(f">{len(tweet_ids)}Q", *tweet_ids)
        done = await self._merge([key(reader_id)], [*self._bounds, epoch or b"", _pack(reach), ids])
        return bool(done)

    @answering("cache")
    async def drop(self, reader_id: int) -> None:
        await self._client.delete(key(reader_id))
