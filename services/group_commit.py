"""Work that is done together where it comes faster than it is done."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class GroupCommit(Generic[K, T]):
    """Of the items of one key, one group is worked on at a time; those that come meanwhile make the next group. So the
    longer the work takes, the larger the groups: what is shared in a group is paid for once."""

    def __init__(self, work: Callable[[K, list[T]], Awaitable[None]], largest: int) -> None:
        self._work = work
        self._largest = largest
        self._waiting: dict[K, list[tuple[T, asyncio.Future[None]]]] = {}
        self._running: dict[K, asyncio.Task[None]] = {}

    async def do(self, key: K, item: T) -> None:
        """Returns when the item's group is done. Raises what the work raised for the group."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append((item, done))
        if key not in self._running:
            self._running[key] = asyncio.create_task(self._run(key), name=f"group commit {key}")
        await done

    async def _run(self, key: K) -> None:
        try:
            while waiting := self._waiting.pop(key, None):
                group, rest = waiting[: self._largest], waiting[self._largest :]
                if rest:
                    self._waiting[key] = rest
                await self._work_on(key, group)
        finally:
            del self._running[key]

    async def _work_on(self, key: K, group: list[tuple[T, asyncio.Future[None]]]) -> None:
        failure: BaseException | None = None
        wanted = [(item, done) for item, done in group if not done.cancelled()]
        if not wanted:
            return
        try:
            await self._work(key, [item for item, _ in wanted])
        except (Exception, asyncio.CancelledError) as error:  # told to all who wait: nobody else knows
            failure = error
        for _, done in wanted:
            if done.cancelled():
                continue
            if failure:
                done.set_exception(failure)
            else:
                done.set_result(None)
