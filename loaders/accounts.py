"""Loaders of the accounts store."""

from loaders.batches import by_key
from stores.accounts import AccountStore


class AccountLoaders:
    def __init__(self, store: AccountStore) -> None:
        self.accounts = by_key(store.by_ids)
