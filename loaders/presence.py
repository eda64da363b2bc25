"""Loaders of presence."""

from collections.abc import Mapping

from loaders.batches import by_key
from stores.presence import Presence


class PresenceLoaders:
    """`present` tells of account ids whether a subscription of theirs is open."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        self.present = by_key(self._present)

    async def _present(self, account_ids: list[int]) -> Mapping[int, bool]:
        present = await self._presence.present(account_ids)
        return {account_id: account_id in present for account_id in account_ids}
