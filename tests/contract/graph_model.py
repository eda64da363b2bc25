"""A graph as plain sets: what `GraphStore` promises, without locks, counts or marks of its own."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from domain.access import Boundaries
from domain.activity import Activity
from domain.graph import Followees
from tests.contract.backends import FAME

Pair = tuple[int, int]


@dataclass(slots=True)
class GraphModel:
    """Edges, requests, blocks and mutes are pairs with the ids of their rows. `fame` has those who ever were famous."""

    people: list[int]
    edges: dict[Pair, int] = field(default_factory=dict)
    requests: dict[Pair, int] = field(default_factory=dict)
    blocks: dict[Pair, int] = field(default_factory=dict)
    mutes: dict[Pair, int] = field(default_factory=dict)
    protected: set[int] = field(default_factory=set)
    seen_at: dict[int, datetime] = field(default_factory=dict)
    activity: dict[int, Activity] = field(default_factory=dict)
    fame: dict[int, bool] = field(default_factory=dict)
    logged: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.activity = dict.fromkeys(self.people, Activity.INACTIVE)

    def follow(self, follow_id: int, pair: Pair, *, accepted: bool = False) -> bool | None:
        """Whether it became an edge; None: neither edge nor request."""
        if pair in self.edges or pair in self.blocks or pair[::-1] in self.blocks:
            return None
        if pair[1] in self.protected and not accepted:
            return None if pair in self.requests else self.requests.setdefault(pair, follow_id) != follow_id
        self.requests.pop(pair, None)
        self.edges[pair] = follow_id
        self._settle([pair[1]])
        return True

    def part(self, pair: Pair) -> bool:
        """Takes the edge and the request away; whether there was an edge."""
        self.requests.pop(pair, None)
        gone = self.edges.pop(pair, None) is not None
        self._settle([pair[1]])
        return gone

    def block(self, block_id: int, pair: Pair) -> bool:
        if pair in self.blocks:
            return False
        self.blocks[pair] = block_id
        self.part(pair)
        self.part(pair[::-1])
        return True

    def reclass(self, people: Iterable[int], activity: Activity, since: datetime, before: datetime) -> set[int]:
        """Bounds are on those who were seen."""
        moved = {one for one in people if self.activity[one] is not activity and one in self.seen_at}
        moved = {one for one in moved if since <= self.seen_at[one] < before}
        self.activity |= dict.fromkeys(moved, activity)
        return moved

    def _settle(self, people: Iterable[int]) -> None:
        for one in people:
            if is_famous := FAME.is_famous(len(self.followers(one)), was=self.fame.get(one, False)):
                self.fame[one] = True
            elif one in self.fame:
                self.fame[one] = is_famous

    def followers(self, user_id: int) -> set[int]:
        return {follower for follower, followee in self.edges if followee == user_id}

    def followees(self, user_id: int) -> Followees:
        ids = frozenset(followee for follower, followee in self.edges if follower == user_id)
        return Followees(ids, ids & self.fame.keys())

    def feeding(self, user_id: int) -> list[int]:
        return sorted(one for one in self.followers(user_id) if self.activity[one] is Activity.ACTIVE)

    def boundaries(self, user_id: int) -> Boundaries:
        return Boundaries(
            frozenset(blocked for blocker, blocked in self.blocks if blocker == user_id),
            frozenset(blocker for blocker, blocked in self.blocks if blocked == user_id),
            frozenset(muted for muter, muted in self.mutes if muter == user_id),
        )
