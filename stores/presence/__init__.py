"""Who has a subscription open now, as heartbeats of the processes that serve them."""

from collections.abc import Sequence
from typing import Protocol


class Presence(Protocol):
    async def beat(self, process: str, account_ids: Sequence[int], seconds: int) -> None:
        """A process says that it serves these accounts; it counts for so many seconds."""

    async def leave(self, process: str, account_ids: Sequence[int]) -> None:
        """It serves them no more."""

    async def present(self, account_ids: Sequence[int]) -> set[int]:
        """Those whom at least one process serves."""
