"""Counting round trips: who asks a store for what, with how many keys, and after how many answers."""

import asyncio
from collections.abc import Awaitable, Callable, Sized
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from stores.opening import Stores

SETTLED_TURNS = 30
"""After so many turns of the event loop without an answer from a store, whatever can ask has asked."""

PORTS = ["accounts", "graph", "tweets", "search", "media", "cache", "presence", "timelines", "pulled", "live", "queue"]
IN_THE_BACKGROUND = {"live.read", "live.first_number", "queue.states", "queue.relay_lags"}
"""What a process does all the time, whoever asks for what."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a store's method with so many keys, in a wave: the calls that wait for answers at the same time."""

    name: str
    keys: int
    wave: int


class Waves:
    """Holds every call back until nobody can go on without an answer, then answers all at once: so that what is counted
    depends on what depends on what, not on which store is quicker today."""

    def __init__(self, stores: Stores) -> None:
        counted: dict[str, Any] = {port: Counted(port, getattr(stores, port), self) for port in PORTS}
        self.stores = replace(stores, **counted)
        self.calls: list[Call] = []
        self._answered = 0
        self._waiting: list[tuple[Callable[[], Awaitable[Any]], asyncio.Future[Any]]] = []
        self._release: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        return max((call.wave for call in self.calls), default=0)

    @property
    def keys(self) -> dict[str, list[int]]:
        """The number of keys of each call, by method."""
        names = dict.fromkeys(call.name for call in self.calls)
        return {name: [call.keys for call in self.calls if call.name == name] for name in names}

    def forget(self) -> None:
        self.calls.clear()
        self._answered = 0

    async def ask(self, name: str, keys: int, run: Callable[[], Awaitable[Any]]) -> Any:
        self.calls.append(Call(name, keys, self._answered + 1))
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((run, answer))
        if len(self._waiting) == 1:
            self._release = asyncio.create_task(self._answer())
        return await answer

    async def _answer(self) -> None:
        for _ in range(SETTLED_TURNS):
            await asyncio.sleep(0)
        wave, self._waiting = self._waiting, []
        results = await asyncio.gather(*(run() for run, _ in wave), return_exceptions=True)
        self._answered += 1
        for (_, answer), result in zip(wave, results, strict=True):
            if isinstance(result, BaseException):
                answer.set_exception(result)
            else:
                answer.set_result(result)


class Counted:
    """A store whose calls are counted."""

    def __init__(self, port: str, store: object, waves: Waves) -> None:
        self._port = port
        self._store = store
        self._waves = waves

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        name = f"{self._port}.{method}"
        call: Callable[..., Awaitable[Any]] = getattr(self._store, method)
        if name in IN_THE_BACKGROUND:
            return call

        async def counted(*args: Any, **kwargs: Any) -> Any:
            keys = [len(each) for each in args if isinstance(each, Sized) and not isinstance(each, str | bytes)]
            return await self._waves.ask(name, max(keys, default=1), partial(call, *args, **kwargs))

        return counted
