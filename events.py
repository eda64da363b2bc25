"""The events that services emit and workers consume. One event tells of one write, which may be of many facts at
once."""

from dataclasses import astuple, dataclass

import msgpack


@dataclass(frozen=True, slots=True)
class TweetsPosted:
    """(tweet id, author id) of each, and the ids of those that are pulled: merged into timelines at read, not written
    to them."""

    tweets: tuple[tuple[int, int], ...]
    pulled: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TweetsDeleted:
    """(tweet id, author id) of each."""

    tweets: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class TweetsLiked:
    """Ids of tweets whose engagement has doubled by a like, or halved by one taken back, about: it ranks them."""

    tweet_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Followed:
    """(follower id, followee id) of each new edge."""

    edges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Unfollowed:
    """(follower id, followee id) of each edge that is gone."""

    edges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Blocked:
    """(blocker id, blocked id) of each new block; follows and requests between the two are gone."""

    edges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Unblocked:
    """(blocker id, blocked id) of each block that is gone."""

    edges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Muted:
    """(muter id, muted id) of each new mute."""

    edges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Unmuted:
    """(muter id, muted id) of each mute that is gone."""

    edges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ActivityChanged:
    """Ids of readers whose class changed; which it is now is for the graph to say."""

    user_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SignedUp:
    """(account id, handle, display name) of each new account; the follow graph must have a node for it."""

    accounts: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True, slots=True)
class SessionsRevoked:
    """Ids of accounts some of whose sessions were ended; which, is for the accounts store to say."""

    account_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UsersChanged:
    """Ids of people who are new in the follow graph or whose public data changed."""

    user_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MediaUploaded:
    """Ids of media whose bytes are there; what is served has to be made of them."""

    media_ids: tuple[int, ...]


Body = (
    TweetsPosted
    | TweetsDeleted
    | TweetsLiked
    | Followed
    | Unfollowed
    | Blocked
    | Unblocked
    | Muted
    | Unmuted
    | ActivityChanged
    | SignedUp
    | SessionsRevoked
    | UsersChanged
    | MediaUploaded
)

KINDS: dict[str, type[Body]] = {
    "tweets.posted": TweetsPosted,
    "tweets.deleted": TweetsDeleted,
    "tweets.liked": TweetsLiked,
    "followed": Followed,
    "unfollowed": Unfollowed,
    "blocked": Blocked,
    "unblocked": Unblocked,
    "muted": Muted,
    "unmuted": Unmuted,
    "activity.changed": ActivityChanged,
    "signed_up": SignedUp,
    "sessions.revoked": SessionsRevoked,
    "users.changed": UsersChanged,
    "media.uploaded": MediaUploaded,
}
HINTS = ("tweets.liked",)
"""Kinds that lie in no log, and may be lost: nothing is wrong without them for long."""

_KIND_OF = {body: kind for kind, body in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Event:
    """`id` is a snowflake, minted when the fact was written."""

    id: int
    body: Body

    @property
    def kind(self) -> str:
        """The name that its body's type has in logs and queues."""
        return _KIND_OF[type(self.body)]


def encode(event: Event) -> bytes:
    """The form in which an event lies in logs and queues."""
    packed: bytes = msgpack.packb((event.id, event.kind, astuple(event.body)))
    return packed


class UnknownKind(ValueError):
    """An event of a kind that only a later version knows."""


def decode(packed: bytes) -> Event:
    """Reads what encode wrote. Raises UnknownKind."""
    event_id, kind, fields = msgpack.unpackb(packed, use_list=False)
    if kind not in KINDS:
        raise UnknownKind(kind)
    return Event(event_id, KINDS[kind](*fields))
