"""Presence in Redis: per account a sorted set of the processes that serve it, by when their heartbeats lapse. The
server's clock alone decides."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from stores.redis import Client, Script, answering

ACCOUNTS_PER_CALL = 1_000
"""Bounds how long one script keeps the server from others."""

_FOLDER = Path(__file__).parent


def _key(account_id: int) -> str:
    return f"presence:{account_id}"


def _pages(account_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(account_ids), ACCOUNTS_PER_CALL):
        yield account_ids[start : start + ACCOUNTS_PER_CALL]


class RedisPresence:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._beat = Script(client, _FOLDER / "beat.lua")
        self._present = Script(client, _FOLDER / "present.lua")

    async def beat(self, process: str, account_ids: Sequence[int], seconds: int) -> None:
        for page in _pages(account_ids):
            async with answering("cache"):
                await self._beat([_key(account_id) for account_id in page], [process, seconds * 1000])

    async def leave(self, process: str, account_ids: Sequence[int]) -> None:
        for page in _pages(account_ids):
            async with answering("cache"), self._client.pipeline(transaction=False) as pipe:
                for account_id in page:
                    pipe.zrem(_key(account_id), process)
                await pipe.execute()

    async def present(self, account_ids: Sequence[int]) -> set[int]:
        found: set[int] = set()
        for page in _pages(account_ids):
            async with answering("cache"):
                flags = await self._present([_key(account_id) for account_id in page], [])
            found.update(account_id for account_id, flag in zip(page, flags, strict=True) if flag)
        return found
