"""Records to put into a world."""

from datetime import UTC, datetime

from domain.accounts import Session
from domain.activity import Activity
from domain.global_id import Kind, encode
from domain.graph import User
from domain.media import Media, MediaKind, MediaState
from domain.tweets import Tweet

NOW = datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)


def user_id(number: int) -> str:
    return encode(Kind.USER, number)


def tweet_id(number: int) -> str:
    return encode(Kind.TWEET, number)


def make_user(
    number: int,
    *,
    last_seen_at: datetime | None = None,
    activity: Activity = Activity.ACTIVE,
    is_famous: bool = False,
    is_protected: bool = False,
) -> User:
    name = f"User{number}", f"Name {number}"
    return User(number, *name, "", 3, 1 << 40, last_seen_at, activity, is_famous, is_protected)


def make_tweet(
    number: int,
    author: int = 1,
    text: str = "hello",
    *,
    root: int | None = None,
    reply_to: int | None = None,
    retweet_of: int | None = None,
    retweet_of_author: int | None = None,
    quote_of: int | None = None,
) -> Tweet:
    original = retweet_of, retweet_of_author
    return Tweet(number, number, author, text, root or number, reply_to, *original, quote_of, False, 1, 2, 3, 4)


def media_id(number: int) -> str:
    return encode(Kind.MEDIA, number)


def make_media(number: int, owner: int = 1, used_by: int | None = None) -> Media:
    kind, state = MediaKind.IMAGE, MediaState.READY
    return Media(number, owner, kind, state, "image/png", 5, widths=(320,), is_uploaded=True, used_by=used_by)


def make_session(account_id: int, number: int = 900) -> Session:
    return Session(number, account_id, b"", "curl", NOW, NOW)
