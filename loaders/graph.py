"""Loaders of the graph store."""

from collections.abc import Mapping

from domain.graph import User
from loaders.access import Guard, Showing
from loaders.batches import by_key, by_window
from stores.graph import GraphStore


class GraphLoaders:
    """`users_by_handle` takes handles in lower case; `follows` takes (follower id, followee id), `requests` (requester
    id, requested id). Whoever is asked for is given: a profile is for everybody. The lists that tell what people do,
    `followers` and `following`, are empty where the guard says that the viewer may not see it."""

    def __init__(self, store: GraphStore, viewer_id: int | None, *, shows_all: bool = False) -> None:
        self._store = store
        self.users = by_key(store.users)
        self.users_by_handle = by_key(self._by_handle)
        self.follows = by_key(self._follows)
        self.requests = by_key(self._requests)
        self.guard = (Showing if shows_all else Guard)(store, viewer_id, self.users, self.follows)
        self.followers = by_window(self.guard.lists(store.followers))
        self.following = by_window(self.guard.lists(store.following))
        self.follow_requests = by_window(store.follow_requests)
        self.blocked = by_window(store.blocked)
        self.muted = by_window(store.muted)

    async def _by_handle(self, handles: list[str]) -> Mapping[str, User]:
        ids = await self._store.ids_by_handle(handles)
        people = await self.users.load_many(ids.values())
        return {handle: user for handle, user in zip(ids, people, strict=True) if user}

    async def _follows(self, pairs: list[tuple[int, int]]) -> Mapping[tuple[int, int], bool]:
        edges = await self._store.following_among(pairs)
        return {pair: pair in edges for pair in pairs}

    async def _requests(self, pairs: list[tuple[int, int]]) -> Mapping[tuple[int, int], bool]:
        requests = await self._store.requests_among(pairs)
        return {pair: pair in requests for pair in pairs}
