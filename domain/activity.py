"""Classes of readers and authors, which decide what is precomputed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum


class Activity(Enum):
    """How a reader's timeline is kept. A reader's class as stored is never LIVE: that is an active one with a
    subscription open now."""

    LIVE = "LIVE"
    ACTIVE = "ACTIVE"
    PASSIVE = "PASSIVE"
    INACTIVE = "INACTIVE"


@dataclass(frozen=True, slots=True)
class LastSeen:
    """When somebody was last seen (None: never), and who: what those of a class are sorted by."""

    at: datetime | None
    user_id: int


@dataclass(frozen=True, slots=True)
class Windows:
    """Until how long after they were seen readers are active, and passive."""

    active: timedelta
    passive: timedelta

    def activity(self, last_seen_at: datetime | None, now: datetime) -> Activity:
        """The class of somebody last seen then (None: never). One seen exactly a window ago is still in it."""
        if last_seen_at is None or last_seen_at < now - self.passive:
            return Activity.INACTIVE
        return Activity.PASSIVE if last_seen_at < now - self.active else Activity.ACTIVE


STAYS_FAMOUS = 0.8
"""Who is famous stays so down to this part of the threshold, lest a few followers more or less change it daily."""


@dataclass(frozen=True, slots=True)
class Fame:
    """Followers with which somebody becomes famous."""

    followers: int

    @property
    def stays(self) -> int:
        """The least followers with which somebody stays famous."""
        return -int(-self.followers * STAYS_FAMOUS // 1)

    def is_famous(self, followers: int, *, was: bool) -> bool:
        return followers >= (self.stays if was else self.followers)
