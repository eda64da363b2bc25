"""People's public data, who follows, blocks and mutes whom, and which class everybody is of."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from domain.access import Boundaries
from domain.activity import Activity, LastSeen
from domain.graph import Follow, Followees, FollowOutcome, User
from domain.page import Link, Part, Window
from events import Event


class People(Protocol):
    """Public data."""

    async def merge_users(self, people: Sequence[tuple[int, str, str]], event: Event) -> int:
        """Adds those who are missing, as (id, handle, display name), INACTIVE and never seen, and tells how many;
        leaves the others as they are. The event is written in the same transaction, unless nobody was missing."""

    async def users(self, user_ids: Sequence[int]) -> Mapping[int, User]: ...

    async def scan(self, position: str | None, limit: int) -> Part[User]:
        """Walks through all people, from a part's `next` on (None: from the start), at most `limit` a part. Those who
        were there at the start come exactly once, those added meanwhile may come."""

    async def ids_by_handle(self, handles: Sequence[str]) -> Mapping[str, int]:
        """User id by lower-case handle; handles are matched whatever the case."""

    async def update_profile(
        self,
        user_id: int,
        event: Event,
        *,
        display_name: str | None,
        bio: str | None,
        is_protected: bool | None,
        avatar_id: int | None = None,
    ) -> None:
        """None leaves a field as it is. Requests to one who is protected no more stay until they are answered."""


class Follows(Protocol):
    """Edges. A new one gets the mark `feeds` of its follower's class under a lock that class changes take too, so that
    no edge keeps a stale mark."""

    async def follow(self, follows: Sequence[Follow], event: Event) -> FollowOutcome:
        """Adds the edges that are missing, with the counts and the fame of both sides; requests instead to those who
        are protected; neither between two of whom one blocks the other. The event is written in the same transaction
        if an edge was added."""

    async def unfollow(self, follower_id: int, followee_id: int, event: Event) -> bool:
        """Takes the edge away, with its counts, fame and the event; False where there was none, and then no event. A
        request for it goes too."""

    async def accept(self, follow: Follow, event: Event) -> bool:
        """Makes an edge of a request, as `follow` does; False where there is no such request, and then no event."""

    async def reject(self, requester_id: int, requested_id: int) -> bool:
        """Takes a request away; False where there was none."""

    async def following_among(self, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
        """Those of the (follower id, followee id) pairs that are edges."""

    async def requests_among(self, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
        """Those of the (requester id, requested id) pairs that are requests."""

    async def followees(self, user_id: int) -> Followees:
        """All whom somebody follows."""

    async def feeding(self, followee_id: int, after: int, limit: int) -> Sequence[int]:
        """Ids of the ACTIVE followers, whose timelines the followee's tweets are written to, rising, from above
        `after`. Others are never read: it costs what it returns."""

    async def followers(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        """A page of each one's followers; keys are the follows' ids."""

    async def following(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        """A page of those whom each one follows; keys are the follows' ids."""

    async def follow_requests(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        """A page of those who ask to follow each one; keys are the requests' ids."""


class Walls(Protocol):
    """Blocks and mutes."""

    async def block(self, blocker_id: int, blocked_id: int, block_id: int, event: Event) -> bool:
        """Takes the follows and requests between the two away, both ways, with their counts and fame; the event in the
        same transaction. False where the block was there, and then no event."""

    async def unblock(self, blocker_id: int, blocked_id: int, event: Event) -> bool:
        """False where there was none, and then no event."""

    async def mute(self, muter_id: int, muted_id: int, mute_id: int, event: Event) -> bool:
        """False where it was there, and then no event."""

    async def unmute(self, muter_id: int, muted_id: int, event: Event) -> bool:
        """False where there was none, and then no event."""

    async def boundaries(self, user_id: int) -> Boundaries: ...

    async def blocked(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        """A page of those whom each one blocks; keys are the blocks' ids."""

    async def muted(self, user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        """A page of those whom each one mutes; keys are the mutes' ids."""


class Classes(Protocol):
    """Which class readers and authors are of."""

    async def seen(self, user_ids: Sequence[int], at: datetime) -> Sequence[int]:
        """Records when people were last seen; never goes back. Those of them whose class is not ACTIVE."""

    async def activities(self, user_ids: Sequence[int]) -> Mapping[int, Activity]:
        """The stored classes."""

    async def classed(
        self,
        activity: Activity,
        limit: int,
        *,
        since: datetime | None = None,
        before: datetime | None = None,
        after: LastSeen | None = None,
    ) -> Sequence[LastSeen]:
        """Those of a class last seen in [since, before) (None: no bound; never seen lies before all), sorted by that
        and their ids, from behind `after` on: by a range of an index."""

    async def reclass(
        self,
        user_ids: Sequence[int],
        activity: Activity,
        event: Event,
        *,
        since: datetime | None = None,
        before: datetime | None = None,
    ) -> Sequence[int]:
        """Moves people to a class, with the marks on the edges to whom they follow: those of another class who were, as
        is checked under the lock, last seen in [since, before). Ids of those moved; the event is written in the same
        transaction unless there are none."""

    async def settle_fame(self) -> None:
        """Sets everybody's fame by the counts and the threshold of now: after the setting changed. Reads all counts."""


class GraphStore(People, Follows, Walls, Classes, Protocol):
    """The whole port."""
