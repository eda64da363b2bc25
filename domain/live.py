"""What a live timeline tells its viewer."""

from dataclasses import dataclass
from enum import Enum

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
