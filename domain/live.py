"""What streams tell, and how what they tell comes to those who listen."""

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol
from weakref import WeakKeyDictionary

from domain.access import Access
from domain.errors import StarlingError
from domain.global_id import Kind, encode
from domain.tweets import Tweet


class TimelineResetReason(Enum):
    TOO_OLD = "TOO_OLD"
    REBUILT = "REBUILT"
    SLOW = "SLOW"


@dataclass(frozen=True, slots=True)
class TweetAdded:
    cursor: str
    tweet: Tweet


@dataclass(frozen=True, slots=True)
class TweetRemoved:
    cursor: str
    removed_id: int

    @property
    def tweet_id(self) -> str:
        return encode(Kind.TWEET, self.removed_id)


@dataclass(frozen=True, slots=True)
class TimelineReset:
    reason: TimelineResetReason


TimelineEvent = TweetAdded | TweetRemoved | TimelineReset


@dataclass(slots=True, eq=False)
class Happening:
    """One event, the same object for all streams that tell of it. `renderings` belongs to those who send it on: what
    they made of it, by what was asked for, and for as long as somebody asks for that: some events are told for ever."""

    event: object
    renderings: MutableMapping[object, object] = field(default_factory=WeakKeyDictionary)


class Listener(Protocol):
    """Who gets what a stream tells. All but `room` returns at once."""

    def happened(self, happening: Happening) -> None:
        """The next event. Whoever can't take it closes the stream."""

    def ended(self, last: Happening | None, error: Exception | None) -> None:
        """No more comes, but for a last event or a failure; the stream is closed already."""

    async def room(self) -> None:
        """Returns when it has sent on so much that it can take more."""


class Stream(Protocol):
    """The source of one subscription's events."""

    @property
    def access(self) -> Access:
        """What its viewer may see, as of the event that is told."""

    @property
    def too_slow(self) -> Happening | StarlingError:
        """What a listener is told last who can't take what it is told."""

    @property
    def coalesces(self) -> bool:
        """Whether the newest event says all that earlier ones said."""

    def listen(self, listener: Listener) -> None:
        """Begins. May be called once."""

    def close(self) -> None:
        """Nothing is told any more. May be called at any time, and twice."""
