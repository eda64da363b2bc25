"""Loaders of the graph store."""

from collections.abc import Mapping

from domain.graph import User
from loaders.batches import by_key, by_window
from stores.graph import GraphStore


class GraphLoaders:
    """`users_by_handle` takes handles in lower case; `follows` takes (follower id, followee id)."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self.users = by_key(store.users)
        self.users_by_handle = by_key(self._by_handle)
        self.follows = by_key(self._follows)
        self.followers = by_window(store.followers)
        self.following = by_window(store.following)

    async def _by_handle(self, handles: list[str]) -> Mapping[str, User]:
        ids = await self._store.ids_by_handle(handles)
        people = await self.users.load_many(ids.values())
        return {handle: user for handle, user in zip(ids, people, strict=True) if user}

    async def _follows(self, pairs: list[tuple[int, int]]) -> Mapping[tuple[int, int], bool]:
        edges = await self._store.following_among(pairs)
        return {pair: pair in edges for pair in pairs}
