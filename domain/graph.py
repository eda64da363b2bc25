"""People and who follows whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.activity import Activity
from domain.global_id import Kind, encode
from domain.snowflake import created_at


@dataclass(frozen=True, slots=True)
class User:
    """What is public of an account, with its counts in the follow graph. `last_seen_at` and `activity`, the class that
    is stored, are for oneself alone."""

    id: int
    handle: str
    display_name: str
    bio: str
    followers_count: int
    following_count: int
    last_seen_at: datetime | None
    activity: Activity
    is_famous: bool
    is_protected: bool
    avatar_id: int | None = None

    @property
    def global_id(self) -> str:
        return encode(Kind.USER, self.id)

    @property
    def created_at(self) -> datetime:
        return created_at(self.id)


@dataclass(frozen=True, slots=True)
class Follow:
    """An edge of the follow graph. `id` is a snowflake: when it began, and the key that lists are sorted by."""

    id: int
    follower_id: int
    followee_id: int


@dataclass(frozen=True, slots=True)
class Followees:
    """Whom somebody follows. `pulled` are those of them whose tweets, or some of them, are not written to timelines but
    lie in their pull index."""

    ids: frozenset[int]
    pulled: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class FollowOutcome:
    """What became of new follows: edges, or requests to protected people. One that was there already is in neither, nor
    is one between two of whom one blocks the other."""

    followed: Sequence[Follow] = ()
    requested: Sequence[Follow] = ()
