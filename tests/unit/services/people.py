"""Who follows, asks, blocks and mutes whom, in memory, for tests of what acts on it; with a record of what was done."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import cast

from domain.access import Boundaries
from domain.activity import Activity
from domain.errors import Unavailable
from domain.graph import Follow, FollowOutcome, User
from domain.refusals import UserErrorCode, refuse
from events import Event
from services.dispatch import Dispatcher
from services.fan_out import FanOut
from services.media import MediaService
from services.snowflakes import Snowflakes
from stores.graph import GraphStore

Edge = tuple[int, int]


def person(user_id: int, *, is_famous: bool = False, is_protected: bool = False) -> User:
    return User(user_id, f"u{user_id}", f"U{user_id}", "", 0, 0, None, Activity.ACTIVE, is_famous, is_protected)


@dataclass
class Graph:
    """Edges are (follower, followee), (requester, requested), (blocker, blocked) and (muter, muted). `down`: methods
    that raise Unavailable; `taken`: media that are in use. `done`: what was written, merged and dispatched, in order;
    `asked`: the reads."""

    people: dict[int, User]
    follows: set[Edge] = field(default_factory=set)
    requests: set[Edge] = field(default_factory=set)
    blocks: set[Edge] = field(default_factory=set)
    mutes: set[Edge] = field(default_factory=set)
    down: set[str] = field(default_factory=set)
    taken: set[int] = field(default_factory=set)
    done: list[tuple[object, ...]] = field(default_factory=list)
    asked: list[tuple[object, ...]] = field(default_factory=list)
    minted: Iterator[int] = field(default_factory=lambda: count(1001))

    @property
    def store(self) -> GraphStore:
        return cast("GraphStore", self)

    @property
    def dispatcher(self) -> Dispatcher:
        return cast("Dispatcher", self)

    @property
    def snowflakes(self) -> Snowflakes:
        return cast("Snowflakes", self)

    @property
    def fan_out(self) -> FanOut:
        return cast("FanOut", _Merges(self))

    @property
    def media(self) -> MediaService:
        return cast("MediaService", _Uses(self))

    def mint(self) -> int:
        return next(self.minted)

    async def dispatch(self, event: Event) -> None:
        self.done.append(("dispatched", event))

    async def hint(self, event: Event) -> None:
        self.done.append(("hinted", event))

    async def users(self, user_ids: Sequence[int]) -> Mapping[int, User]:
        self._ask("users", *sorted(user_ids))
        return {user_id: self.people[user_id] for user_id in user_ids if user_id in self.people}

    async def boundaries(self, user_id: int) -> Boundaries:
        self._ask("boundaries", user_id)
        return Boundaries(
            blocks=frozenset(blocked for blocker, blocked in self.blocks if blocker == user_id),
            blocked_by=frozenset(blocker for blocker, blocked in self.blocks if blocked == user_id),
            mutes=frozenset(muted for muter, muted in self.mutes if muter == user_id),
        )

    async def following_among(self, pairs: Iterable[Edge]) -> set[Edge]:
        asked = sorted(pairs)
        self._ask("following_among", *asked)
        return {pair for pair in asked if pair in self.follows}

    async def follow(self, follows: Sequence[Follow], event: Event) -> FollowOutcome:
        new = [each for each in follows if not self._is_there(each.follower_id, each.followee_id)]
        followed = [each for each in new if not self.people[each.followee_id].is_protected]
        requested = [each for each in new if self.people[each.followee_id].is_protected]
        self.follows |= {(each.follower_id, each.followee_id) for each in followed}
        self.requests |= {(each.follower_id, each.followee_id) for each in requested}
        if new:
            self.done.append(("follow", followed, requested, event if followed else None))
        return FollowOutcome(followed, requested)

    async def unfollow(self, follower_id: int, followee_id: int, event: Event) -> bool:
        self.requests.discard((follower_id, followee_id))
        return self._take(self.follows, (follower_id, followee_id), event)

    async def accept(self, follow: Follow, event: Event) -> bool:
        edge = (follow.follower_id, follow.followee_id)
        if edge not in self.requests:
            return False
        self.requests.remove(edge)
        self.follows.add(edge)
        self.done.append(("accept", follow, event))
        return True

    async def reject(self, requester_id: int, requested_id: int) -> bool:
        there = (requester_id, requested_id) in self.requests
        self.requests.discard((requester_id, requested_id))
        return there

    async def block(self, blocker_id: int, blocked_id: int, block_id: int, event: Event) -> bool:
        return self._add(self.blocks, (blocker_id, blocked_id), block_id, event)

    async def unblock(self, blocker_id: int, blocked_id: int, event: Event) -> bool:
        return self._take(self.blocks, (blocker_id, blocked_id), event)

    async def mute(self, muter_id: int, muted_id: int, mute_id: int, event: Event) -> bool:
        return self._add(self.mutes, (muter_id, muted_id), mute_id, event)

    async def unmute(self, muter_id: int, muted_id: int, event: Event) -> bool:
        return self._take(self.mutes, (muter_id, muted_id), event)

    async def update_profile(
        self,
        user_id: int,
        event: Event,
        *,
        display_name: str | None,
        bio: str | None,
        is_protected: bool | None,
        avatar_id: int | None,
    ) -> None:
        self.done.append(("update_profile", user_id, display_name, bio, is_protected, avatar_id, event))

    async def merge_users(self, people: Sequence[tuple[int, str, str]], event: Event) -> int:
        new = [each for each in people if each[0] not in self.people]
        self.people |= {each[0]: person(each[0]) for each in new}
        if new:
            self.done.append(("merge_users", new, event))
        return len(new)

    def _is_there(self, follower_id: int, followee_id: int) -> bool:
        edges = self.follows | self.requests | self.blocks | {(blocked, blocker) for blocker, blocked in self.blocks}
        return (follower_id, followee_id) in edges

    def _add(self, edges: set[Edge], edge: Edge, edge_id: int, event: Event) -> bool:
        if edge in edges:
            return False
        edges.add(edge)
        self.done.append(("added", edge, edge_id, event))
        return True

    def _take(self, edges: set[Edge], edge: Edge, event: Event) -> bool:
        if edge not in edges:
            return False
        edges.remove(edge)
        self.done.append(("taken", edge, event))
        return True

    def _ask(self, method: str, *arguments: object) -> None:
        self.asked.append((method, *arguments))
        if method in self.down:
            raise Unavailable("graph")


class _Merges:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def followed(self, edges: Iterable[Edge]) -> None:
        if "timelines" in self._graph.down:
            raise Unavailable("timelines")
        self._graph.done.append(("merged", *edges))


class _Uses:
    """Of media: those that are `taken` can't be used."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def use_in_tweet(self, viewer_id: int, media_ids: Sequence[int], tweet_id: int) -> None:
        if media_ids:
            self._use(media_ids, tweet_id)

    async def use_as_avatar(self, viewer_id: int, media_id: int) -> None:
        self._use([media_id], viewer_id)

    async def let_go(self, tweet_id: int) -> None:
        self._graph.done.append(("let_go", tweet_id))

    def _use(self, media_ids: Sequence[int], user_id: int) -> None:
        if not self._graph.taken.isdisjoint(media_ids):
            raise refuse(UserErrorCode.CONFLICT, "Taken.", "mediaIds")
        self._graph.done.append(("use", tuple(media_ids), user_id))
