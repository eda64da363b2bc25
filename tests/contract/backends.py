"""The adapters that the contract's suites run on. Another one joins by a fixture that makes its Backend."""

from dataclasses import dataclass
from typing import TypeVar

from domain.activity import Fame
from stores.accounts import AccountStore
from stores.events import EventLog
from stores.graph import GraphStore
from stores.media import MediaStore
from stores.nodes import NodeLeases
from stores.search import SearchStore
from stores.tweets import TweetStore

Store = TypeVar("Store")

PORTS = frozenset({"events", "accounts", "graph", "tweets", "search", "media", "nodes"})
BACKENDS = {
    "postgres": PORTS,
    "elasticsearch": frozenset({"search"}),
    "cassandra": frozenset({"events", "tweets"}),
    "neo4j": frozenset({"events", "graph"}),
}
"""The ports of each backend, by the name of the fixture that makes it. All but Postgres are marked by their name: each
needs a server, whose URL is in the environment."""

FAME = Fame(followers=5)
"""Every backend's graph is opened with it: one stays famous with 4."""


@dataclass(frozen=True, slots=True)
class Backend:
    """One adapter's stores, empty; None for a port that it has not. `events` is the log that its stores write to."""

    events: EventLog | None = None
    accounts: AccountStore | None = None
    graph: GraphStore | None = None
    tweets: TweetStore | None = None
    search: SearchStore | None = None
    media: MediaStore | None = None
    nodes: NodeLeases | None = None


def having(store: Store | None) -> Store:
    """The store, which the backend has: so it was chosen."""
    assert store is not None
    return store
