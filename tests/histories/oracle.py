"""What everybody must see of a small network, by sets and sorting alone.

People and tweets are numbers: their places in the order in which they came. A tweet's number so tells how new it is.
Acts return whether they are done; one that is refused changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rules:
    """`famous`: followers that make famous; `stays_famous`: with how many one stays so. `active`, `passive`: days
    after they were seen in which readers are so."""

    famous: int
    stays_famous: int
    active: float
    passive: float


@dataclass(frozen=True, slots=True)
class Post:
    author: int
    reply_to: int | None = None
    quote_of: int | None = None
    retweet_of: int | None = None


@dataclass(slots=True)
class Network:
    """Pairs are (who does it, to whom), in the order in which they came."""

    rules: Rules
    people: int = 0
    posts: list[Post] = field(default_factory=list)
    deleted: set[int] = field(default_factory=set)
    follows: dict[Pair, None] = field(default_factory=dict)
    requests: dict[Pair, None] = field(default_factory=dict)
    blocks: dict[Pair, None] = field(default_factory=dict)
    mutes: dict[Pair, None] = field(default_factory=dict)
    protected: set[int] = field(default_factory=set)
    famous: set[int] = field(default_factory=set)
    today: float = 0
    last_seen: dict[int, float] = field(default_factory=dict)
    classes: dict[int, str] = field(default_factory=dict)

    # People.

    def join(self) -> int:
        self.people += 1
        self.classes[self.people - 1] = "INACTIVE"
        return self.people - 1

    def saw(self, person: int) -> None:
        self.last_seen[person] = self.today
        self.classes[person] = "ACTIVE"

    def classify(self) -> None:
        """Everybody gets the class that the day asks for."""
        for person in range(self.people):
            away = self.today - self.last_seen.get(person, float("-inf"))
            active, passive = away <= self.rules.active, away <= self.rules.passive
            self.classes[person] = "ACTIVE" if active else "PASSIVE" if passive else "INACTIVE"

    def protect(self, person: int, *, protected: bool) -> bool:
        (self.protected.add if protected else self.protected.discard)(person)
        return True

    # Between two people.

    def follow(self, who: int, whom: int) -> bool:
        if self.parted(who, whom):
            return False
        if whom in self.protected and (who, whom) not in self.follows:
            self.requests.setdefault((who, whom))
        else:
            self._add_follow((who, whom))
        return True

    def unfollow(self, who: int, whom: int) -> bool:
        self._remove_follow((who, whom))
        return True

    def accept(self, who: int, whom: int) -> bool:
        """`who` is asked, `whom` asks."""
        if (whom, who) not in self.requests:
            return False
        self._add_follow((whom, who))
        return True

    def reject(self, who: int, whom: int) -> bool:
        if (whom, who) not in self.requests:
            return False
        del self.requests[whom, who]
        return True

    def block(self, who: int, whom: int) -> bool:
        self.blocks.setdefault((who, whom))
        self._remove_follow((who, whom))
        self._remove_follow((whom, who))
        return True

    def unblock(self, who: int, whom: int) -> bool:
        self.blocks.pop((who, whom), None)
        return True

    def mute(self, who: int, whom: int) -> bool:
        self.mutes.setdefault((who, whom))
        return True

    def unmute(self, who: int, whom: int) -> bool:
        self.mutes.pop((who, whom), None)
        return True

    def _add_follow(self, pair: Pair) -> None:
        self.follows.setdefault(pair)
        self.requests.pop(pair, None)
        self._settle_fame(pair[1])

    def _remove_follow(self, pair: Pair) -> None:
        self.follows.pop(pair, None)
        self.requests.pop(pair, None)
        self._settle_fame(pair[1])

    def _settle_fame(self, person: int) -> None:
        least = self.rules.stays_famous if person in self.famous else self.rules.famous
        (self.famous.add if len(self.followers(person)) >= least else self.famous.discard)(person)

    # Tweets.

    def post(self, who: int, *, reply_to: int | None = None, quote_of: int | None = None) -> bool:
        """Answering or quoting a retweet is answering or quoting its original."""
        if reply_to is not None and not self.shows(who, reply_to):
            return False
        if quote_of is not None and not self.shares(who, quote_of):
            return False
        self.posts.append(Post(who, self._original(reply_to), self._original(quote_of)))
        return True

    def retweet(self, who: int, number: int) -> bool:
        if not self.shares(who, number):
            return False
        if self.retweet_by(who, self.original(number)) is None:
            self.posts.append(Post(who, retweet_of=self.original(number)))
        return True

    def unretweet(self, who: int, number: int) -> bool:
        """Done also of what one may see no more."""
        retweet = self.retweet_by(who, self.original(number))
        if retweet is None or not self.exists(number):
            return self.shows(who, number)
        self.deleted.add(retweet)
        return True

    def delete(self, who: int, number: int) -> bool:
        if not self.exists(number) or self.posts[number].author != who:
            return False
        self.deleted.add(number)
        return True

    def original(self, number: int) -> int:
        retweeted = self.posts[number].retweet_of
        return number if retweeted is None else retweeted

    def _original(self, number: int | None) -> int | None:
        return None if number is None else self.original(number)

    def retweet_by(self, who: int, original: int) -> int | None:
        """The number of somebody's retweet of an original."""
        theirs = (n for n in self._existing() if (self.posts[n].author, self.posts[n].retweet_of) == (who, original))
        return next(theirs, None)

    def exists(self, number: int) -> bool:
        return self.deleted.isdisjoint({number, self.original(number)})

    def _existing(self) -> Iterable[int]:
        """Newest first."""
        return filter(self.exists, reversed(range(len(self.posts))))

    # Who may see what.

    def parted(self, one: int, other: int) -> bool:
        return (one, other) in self.blocks or (other, one) in self.blocks

    def sees(self, viewer: int | None, person: int) -> bool:
        """Whether the viewer (None: a guest) may see what somebody posts, who follows them and whom they follow."""
        if viewer == person:
            return True
        if viewer is not None and self.parted(viewer, person):
            return False
        return person not in self.protected or (viewer, person) in self.follows

    def authors(self, number: int) -> set[int]:
        """Whose words a tweet shows: a retweet's are its original's author's too."""
        return {self.posts[number].author, self.posts[self.original(number)].author}

    def shows(self, viewer: int | None, number: int) -> bool:
        """Whether there is that tweet for the viewer."""
        return self.exists(number) and all(self.sees(viewer, author) for author in self.authors(number))

    def shares(self, viewer: int, number: int) -> bool:
        """Whether the viewer may retweet or quote: what protected people post is passed on by themselves alone."""
        author = self.posts[self.original(number)].author
        return self.shows(viewer, number) and (author == viewer or author not in self.protected)

    # What is to be read. Tweets are newest first, and so are people, by when the follow, block or mute came.

    def timeline(self, viewer: int) -> list[int]:
        authors = {viewer, *self.following(viewer)}
        muted = set(self.muted(viewer))
        return [
            number
            for number in self._shown(viewer)
            if self.posts[number].author in authors and muted.isdisjoint(self.authors(number))
        ]

    def tweets(self, viewer: int | None) -> list[int]:
        return list(self._shown(viewer))

    def tweets_of(self, viewer: int | None, person: int) -> list[int]:
        """Somebody's tweets, replies and retweets."""
        return [number for number in self._shown(viewer) if self.posts[number].author == person]

    def found(self, viewer: int | None) -> list[int]:
        """What a search for a word that all tweets have finds: retweets have no words."""
        return [number for number in self._shown(viewer) if self.posts[number].retweet_of is None]

    def _shown(self, viewer: int | None) -> Iterable[int]:
        return (number for number in self._existing() if self.shows(viewer, number))

    def followers(self, person: int) -> list[int]:
        return [who for who, whom in reversed(self.follows) if whom == person]

    def following(self, person: int) -> list[int]:
        return [whom for who, whom in reversed(self.follows) if who == person]

    def asking(self, person: int) -> list[int]:
        """Who asks to follow somebody."""
        return [who for who, whom in reversed(self.requests) if whom == person]

    def blocked(self, person: int) -> list[int]:
        return [whom for who, whom in reversed(self.blocks) if who == person]

    def muted(self, person: int) -> list[int]:
        return [whom for who, whom in reversed(self.mutes) if who == person]
