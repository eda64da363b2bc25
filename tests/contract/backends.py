"""The adapters that the contract's suites run on. Another one joins by a fixture that makes its Backend."""

from dataclasses import dataclass
from typing import TypeVar

import pytest

from domain.activity import Fame
from stores.accounts import AccountStore
from stores.events import EventLog
from stores.graph import GraphStore
from stores.nodes import NodeLeases
from stores.search import SearchStore
from stores.tweets import TweetStore

Store = TypeVar("Store")

FAME = Fame(followers=5)
"""Every backend's graph is opened with it: one stays famous with 4."""


@dataclass(frozen=True, slots=True)
class Backend:
    """One adapter's stores, empty; None for a port that it has not. `events` is the log that its stores write to."""

    events: EventLog
    accounts: AccountStore | None = None
    graph: GraphStore | None = None
    tweets: TweetStore | None = None
    search: SearchStore | None = None
    nodes: NodeLeases | None = None


def having(store: Store | None) -> Store:
    """The store; skips the test where the backend has not this port."""
    if store is None:
        pytest.skip("not a port of this backend")
    return store
