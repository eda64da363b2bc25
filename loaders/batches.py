"""How keys asked for in one tick become calls of a store."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import TypeVar

from strawberry.dataloader import DataLoader

from domain.page import Link, Window

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Fetch = Callable[[Sequence[int], Window], Awaitable[Mapping[int, Sequence[Link]]]]
"""A store's method that gives the same part of many lists, by what each belongs to."""

PageLoader = DataLoader[tuple[int, Window], Sequence[Link]]
"""Keyed by what a list belongs to and the part of it that is wanted."""


def by_key(fetch: Callable[[list[K]], Awaitable[Mapping[K, V]]]) -> DataLoader[K, V | None]:
    """One call for all keys; None for those that are not in its answer."""

    async def load(keys: list[K]) -> Sequence[V | None]:
        found = await fetch(keys)
        return [found.get(key) for key in keys]

    return DataLoader(load)


def by_window(fetch: Fetch) -> PageLoader:
    """One call for all keys of one window; empty for those that are not in its answer. A call that fails fails its own
    keys alone."""

    async def load(keys: list[tuple[int, Window]]) -> Sequence[Sequence[Link] | BaseException]:
        parents: defaultdict[Window, list[int]] = defaultdict(list)
        for parent, window in keys:
            parents[window].append(parent)
        answers = await asyncio.gather(*(fetch(ids, window) for window, ids in parents.items()), return_exceptions=True)
        pages = dict(zip(parents, answers, strict=True))
        return [_of(parent, pages[window]) for parent, window in keys]

    return DataLoader(load)


def _of(parent: int, answer: Mapping[int, Sequence[Link]] | BaseException) -> Sequence[Link] | BaseException:
    return answer if isinstance(answer, BaseException) else answer.get(parent, ())
