"""Timelines in Redis: per owner a list of 8-byte big-endian ids, newest arrival first, then a header."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from stores.redis import Client, Script, answering, call
from stores.timelines import State, Timeline

LAYOUT = 2
"""Rises with every change of what lies in the lists; other layouts read as none and are built anew."""

OWNERS_PER_CALL = 1_000
TWEETS_PER_CALL = 1_000
ENTRIES_PER_CALL = 2_000
"""Bound how long one script keeps the server from others."""

REPEAT_DEPTH = 64
_VERSION = struct.Struct(">I")
_HEADER = struct.Struct(">IQB8sQQ")
"""Version, floor, state, epoch, top, built_at."""

_FOLDER = Path(__file__).parent
T = TypeVar("T")


def list_key(owner_id: int | str, kind: str = "timeline") -> str:
    """The name of an owner's list, without spaces; with "*" the pattern of all of a kind."""
    return f"{kind}:{owner_id}"


def _pack(number: int) -> bytes:
    return number.to_bytes(8)


class RedisTimelines:
    """Keeps `size` entries per list, and lets it grow by a tenth before it is trimmed to that. A list that was neither
    begun nor kept for `keep_seconds` (None: however long) is gone."""

    def __init__(self, client: Client, size: int, kind: str = "timeline", keep_seconds: int | None = None) -> None:
        self._client = client
        self._kind = kind
        self._keep_seconds = keep_seconds
        self._version = LAYOUT << 16 | size
        self._bounds: list[bytes | str | int] = [self._version, size, size * 11 // 10]
        self._push = Script(client, _FOLDER / "header.lua", _FOLDER / "push.lua")
        self._merge = Script(client, _FOLDER / "header.lua", _FOLDER / "merge.lua")

    @answering("cache")
    async def read(self, owner_id: int) -> Timeline | None:
        return self._timeline(await call(self._client, "LRANGE", self._key(owner_id), 0, -1))

    @answering("cache")
    async def read_many(self, owner_ids: Sequence[int]) -> Mapping[int, Timeline]:
        found = await self._for_each("LRANGE", owner_ids, 0, -1)
        timelines = zip(owner_ids, map(self._timeline, found), strict=True)
        return {owner_id: timeline for owner_id, timeline in timelines if timeline}

    @answering("cache")
    async def existing(self, owner_ids: Sequence[int]) -> Sequence[int]:
        found = await self._for_each("EXISTS", owner_ids)
        return [owner_id for owner_id, exists in zip(owner_ids, found, strict=True) if exists]

    async def push(self, owner_ids: Sequence[int], tweet_ids: Sequence[int], *, redelivered: bool) -> int:
        added = 0
        names = [self._key(owner_id) for owner_id in owner_ids]
        for ids in _batches([_pack(tweet_id) for tweet_id in dict.fromkeys(tweet_ids)], TWEETS_PER_CALL):
            depth = 0 if redelivered else REPEAT_DEPTH
            for page in _batches(names, min(OWNERS_PER_CALL, ENTRIES_PER_CALL // len(ids))):
                async with answering("cache"):
                    added += await self._push([], [*self._bounds, depth, " ".join(page), *ids])
        return added

    @answering("cache")
    async def begin(self, owner_id: int, epoch: bytes, built_at: int) -> None:
        key = self._key(owner_id)
        async with self._client.pipeline(transaction=True) as pipe:
            pipe.delete(key)
            pipe.rpush(key, _HEADER.pack(self._version, 0, State.BUILDING.value, epoch, 0, built_at))
            if self._keep_seconds:
                pipe.expire(key, self._keep_seconds)
            await pipe.execute()

    async def finish(
        self, owner_id: int, epoch: bytes, tweet_ids: Sequence[int], reach: int, *, top: int | None = None
    ) -> bool:
        state = State.READY if top is None else State.RESTING
        return await self._unite(owner_id, tweet_ids, reach, epoch, bytes([state.value]), _pack(top or 0))

    async def merge(self, owner_id: int, tweet_ids: Sequence[int], reach: int) -> bool:
        return await self._unite(owner_id, tweet_ids, reach, b"", b"", b"")

    @answering("cache")
    async def keep(self, owner_ids: Sequence[int]) -> None:
        if self._keep_seconds:
            await self._for_each("EXPIRE", owner_ids, self._keep_seconds)

    @answering("cache")
    async def drop(self, owner_ids: Sequence[int]) -> None:
        await self._for_each("UNLINK", owner_ids)

    def _key(self, owner_id: int) -> str:
        return list_key(owner_id, self._kind)

    async def _for_each(self, command: str, owner_ids: Sequence[int], *args: int) -> list[Any]:
        """A command's answers for each owner's list, in one round trip."""
        async with self._client.pipeline(transaction=False) as pipe:
            for owner_id in owner_ids:
                pipe.execute_command(command, self._key(owner_id), *args)
            return await pipe.execute()

    @answering("cache")
    async def _unite(
        self, owner_id: int, tweet_ids: Sequence[int], reach: int, epoch: bytes, state: bytes, top: bytes
    ) -> bool:
        ids = struct.pack(f">{len(tweet_ids)}Q", *tweet_ids)
        args = [*self._bounds, epoch, state, top, _pack(reach), ids]
        return bool(await self._merge([self._key(owner_id)], args))

    def _is_ours(self, header: bytes | None) -> bool:
        return header is not None and _VERSION.unpack_from(header) == (self._version,)

    def _timeline(self, elements: list[bytes]) -> Timeline | None:
        if not elements or not self._is_ours(elements[-1]):
            return None
        _, floor, state, epoch, top, built_at = _HEADER.unpack(elements.pop())
        ids = struct.unpack(f">{len(elements)}Q", b"".join(elements))
        return Timeline(State(state), epoch, floor, top, built_at, ids)


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
