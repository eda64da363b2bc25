"""The live log in a Redis Stream, whose entries have the ids n-0 with n dense."""

import secrets
from collections.abc import Sequence
from pathlib import Path

from stores.live import LogEntry, LogPosition
from stores.redis import ANSWER_SECONDS, Client, Script, answering

KEYS = ["live", "live:epoch", "live:last"]
EPOCH_LUA = Path(__file__).with_name("epoch.lua")
"""What a script that writes to the log begins with; it takes KEYS first."""


def epoch_name() -> str:
    """The name of an epoch that may have to begin."""
    return secrets.token_hex(8)


class RedisLiveLog:
    """Lies where the queues do, whose dispatch writes it. Waiting holds a connection: give it a client of its own."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._read = Script(client, EPOCH_LUA, EPOCH_LUA.with_name("read.lua"))
        self._trim = Script(client, EPOCH_LUA, EPOCH_LUA.with_name("trim.lua"))

    async def position(self) -> LogPosition:
        position, _ = await self._read_now(0, 0)
        return position

    async def read(self, after: int, limit: int, block_ms: int) -> tuple[LogPosition, Sequence[LogEntry]]:
        position, entries = await self._read_now(after, limit)
        if position.number != after or not block_ms:
            return position, entries
        # Only waits: entries are not taken from this answer, which doesn't tell their epoch.
        async with answering("queue", ANSWER_SECONDS + block_ms / 1000):
            await self._client.xread({KEYS[0]: after}, count=1, block=block_ms)
        return await self._read_now(after, limit)

    @answering("queue")
    async def _read_now(self, after: int, limit: int) -> tuple[LogPosition, Sequence[LogEntry]]:
        epoch, born_ms, last, entries = await self._read(KEYS, [epoch_name(), after, limit])
        return LogPosition(epoch.decode(), born_ms, last), [_entry(*entry) for entry in entries]

    @answering("queue")
    async def first_number(self) -> int:
        async with self._client.pipeline(transaction=True) as pipe:
            pipe.execute_command("XRANGE", KEYS[0], "-", "+", "COUNT", 1)
            pipe.get(KEYS[2])
            oldest, last = await pipe.execute()
        return _number(oldest[0][0]) if oldest else int(last or 0) + 1

    @answering("queue")
    async def trim(self, older_than_ms: int) -> None:
        await self._trim(KEYS, [older_than_ms])


def _number(entry_id: bytes) -> int:
    return int(entry_id.partition(b"-")[0])


def _entry(entry_id: bytes, fields: Sequence[bytes]) -> LogEntry:
    _, at_ms, _, body = fields
    return LogEntry(_number(entry_id), int(at_ms), body)
