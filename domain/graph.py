"""People and who follows whom."""

from dataclasses import dataclass
from datetime import datetime

from domain.global_id import Kind, encode
from domain.snowflake import created_at


@dataclass(frozen=True, slots=True)
class User:
    """What is public of an account, with its counts in the follow graph. `last_seen_at` is for oneself alone."""

    id: int
    handle: str
    display_name: str
    bio: str
    followers_count: int
    following_count: int
    last_seen_at: datetime | None

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
