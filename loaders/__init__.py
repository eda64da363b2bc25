"""Reads of one operation, gathered: whatever a query nests, each store is asked once per tick and method.

Loaders remember what they gave, a store's failure too, so that they live for one operation, one event of a
subscription, or until a mutation has written.
"""

from typing import Protocol

from loaders.accounts import AccountLoaders
from loaders.graph import GraphLoaders
from loaders.media import MediaLoaders
from loaders.presence import PresenceLoaders
from loaders.tweets import TweetLoaders
from stores.accounts import AccountStore
from stores.graph import GraphStore
from stores.media import MediaStore
from stores.presence import Presence
from stores.tweets import TweetStore

__all__ = ["Loaders", "Stores"]


class Stores(Protocol):
    """The stores that are read from."""

    @property
    def accounts(self) -> AccountStore: ...

    @property
    def graph(self) -> GraphStore: ...

    @property
    def tweets(self) -> TweetStore: ...

    @property
    def media(self) -> MediaStore: ...

    @property
    def presence(self) -> Presence: ...


class Loaders:
    """A loader for each kind of key, grouped as the stores are. `viewer_id` is None for a guest."""

    def __init__(self, stores: Stores, viewer_id: int | None, *, shows_all: bool = False) -> None:
        """`shows_all`: for many viewers at once; the guard notes what it shows."""
        self.accounts = AccountLoaders(stores.accounts)
        self.graph = GraphLoaders(stores.graph, viewer_id, shows_all=shows_all)
        self.tweets = TweetLoaders(stores.tweets, self.graph.guard, viewer_id)
        self.media = MediaLoaders(stores.media, self.graph, self.tweets, viewer_id)
        self.presence = PresenceLoaders(stores.presence)
