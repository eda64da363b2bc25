"""What the stores must hold after what clients wrote: a plain oracle, by the names of people."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.global_id import Kind, decode_as
from tests.support.clients import Account

Pair = tuple[str, str]


@dataclass(frozen=True)
class Post:
    """A tweet or, with `of`, a retweet."""

    id: str
    author: str
    text: str = ""
    of: str | None = None

    @property
    def number(self) -> int:
        return number_of(self.id)


def number_of(tweet_id: str) -> int:
    number = decode_as(Kind.TWEET, tweet_id)
    assert number is not None
    return number


@dataclass
class Model:
    """Relations are (who, whom); of follow requests (who asks, whom). `media` are ids of what each uploaded."""

    tag: str
    people: dict[str, Account] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    protected: set[str] = field(default_factory=set)
    follows: set[Pair] = field(default_factory=set)
    requests: set[Pair] = field(default_factory=set)
    blocks: set[Pair] = field(default_factory=set)
    mutes: set[Pair] = field(default_factory=set)
    media: dict[str, set[str]] = field(default_factory=dict)

    def timeline(self, reader: str) -> list[str]:
        """Ids, newest first."""
        authors = {reader} | {followee for follower, followee in self.follows if follower == reader}
        mutes = {muted for muter, muted in self.mutes if muter == reader}
        shown = (post for post in self._alive() if post.author in authors and mutes.isdisjoint(self._authors(post)))
        return _newest_first(post for post in shown if self.sees(reader, post))

    def found(self, viewer: str) -> list[str]:
        """Ids of the tweets that a search for all has for a viewer, newest first."""
        return _newest_first(post for post in self._alive() if not post.of and self.sees(viewer, post))

    def sees(self, viewer: str, post: Post) -> bool:
        return all(self._sees(viewer, author) for author in self._authors(post))

    def parted(self, one: str, other: str) -> bool:
        return not self.blocks.isdisjoint({(one, other), (other, one)})

    # What the mutations do, by their names; each tells the codes of its userErrors.

    def follow(self, who: str, whom: str) -> list[str]:
        if self.parted(who, whom):
            return ["FORBIDDEN"]
        if (who, whom) not in self.follows:
            (self.requests if whom in self.protected else self.follows).add((who, whom))
        return []

    def unfollow(self, who: str, whom: str) -> list[str]:
        self._end({(who, whom)})
        return []

    def accept(self, who: str, whom: str) -> list[str]:
        codes = self.reject(who, whom)
        if not codes:
            self.follows.add((whom, who))
        return codes

    def reject(self, who: str, whom: str) -> list[str]:
        if (whom, who) not in self.requests:
            return ["NOT_FOUND"]
        self.requests.remove((whom, who))
        return []

    def block(self, who: str, whom: str) -> list[str]:
        self.blocks.add((who, whom))
        self._end({(who, whom), (whom, who)})
        return []

    def unblock(self, who: str, whom: str) -> list[str]:
        self.blocks.discard((who, whom))
        return []

    def mute(self, who: str, whom: str) -> list[str]:
        self.mutes.add((who, whom))
        return []

    def unmute(self, who: str, whom: str) -> list[str]:
        self.mutes.discard((who, whom))
        return []

    def _end(self, pairs: set[Pair]) -> None:
        self.follows -= pairs
        self.requests -= pairs

    def _alive(self) -> list[Post]:
        return [post for post in self.posts.values() if post.of is None or post.of in self.posts]

    def _authors(self, post: Post) -> set[str]:
        return {post.author, self.posts[post.of or post.id].author}

    def _sees(self, viewer: str, author: str) -> bool:
        if viewer == author:
            return True
        is_open = author not in self.protected or (viewer, author) in self.follows
        return is_open and not self.parted(viewer, author)


def _newest_first(posts: Iterable[Post]) -> list[str]:
    return [post.id for post in sorted(posts, key=lambda post: -post.number)]
