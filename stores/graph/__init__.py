"""People's public data and who follows whom."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from domain.graph import Follow, User
from domain.page import Link, Window
from events import Event


class GraphStore(Protocol):
    async def merge_users(self, people: Sequence[tuple[int, str, str]], event: Event) -> int:
        """Adds those who are missing, as (id, handle, display name), and tells how many; leaves the others as they are.
        The event is written in the same transaction, unless nobody was missing."""

    async def users(self, user_ids: Sequence[int]) -> Mapping[int, User]: ...

    async def ids_by_handle(self, handles: Sequence[str]) -> Mapping[str, int]:
        """User id by lower-case handle; handles are matched whatever the case."""

    async def update_profile(self, user_id: int, display_name: str | None, bio: str | None, event: Event) -> None:
        """None leaves a field as it is."""

    async def follow(self, follows: Sequence[Follow], event: Event) -> Sequence[Follow]:
        """Adds the edges that are missing, with the mark `feeds`, and the counts of both sides; those added. The event
        is written in the same transaction, unless no edge was missing."""

    async def unfollow(self, follower_id: int, followee_id: int, event: Event) -> bool:
        """Takes the edge away, with its counts and the event; False where there was none, and then no event."""

    async def following_among(self, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
        """Those of the (follower id, followee id) pairs that are edges."""

    async def followees(self, user_id: int) -> Sequence[int]:
        """The ids of all whom somebody follows."""

    async def feeding(self, followee_id: int, after: int, limit: int) -> Sequence[int]:
        """Ids of followers whose timeline the followee's tweets are written to, rising, from above `after`."""

    async def followers(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        """A page of each one's followers; keys are the follows' ids."""

    async def following(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        """A page of those whom each one follows; keys are the follows' ids."""

    async def seen(self, user_id: int, at: datetime) -> None:
        """Records when somebody was last seen; never goes back."""
