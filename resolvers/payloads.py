"""What mutations answer. Objects are named by their ids and read as fields are: after the write, by the loaders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.accounts import Session
from domain.refusals import UserError
from services.media.service import Upload


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """All else is None exactly when there are user errors."""

    user_errors: Sequence[UserError] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInPayload(Payload):
    """`token` is None too where it is sent as a cookie."""

    token: str | None = None
    expires_at: datetime | None = None
    viewer: Session | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OkPayload(Payload):
    ok: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeSessionPayload(Payload):
    revoked_session_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPayload(Payload):
    user_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TweetPayload(Payload):
    tweet_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteTweetPayload(Payload):
    deleted_tweet_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetweetPayload(TweetPayload):
    retweet_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnretweetPayload(TweetPayload):
    removed_retweet_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadPayload(Payload):
    upload: Upload | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPayload(Payload):
    media_id: int | None = None
