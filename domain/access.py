"""Who may see what: the one place that says so, for pages, search, nodes and streams.

Between two of whom one blocks the other there is nothing to be seen but the profile. What protected people post and
like, who follows them and whom they follow is for themselves and their followers. A mute only keeps somebody out of the
timeline and its stream.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from domain.graph import User
from domain.media import Media
from domain.tweets import Tweet


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Ids of those whom somebody blocks, who block them, and whom they mute."""

    blocks: frozenset[int] = frozenset()
    blocked_by: frozenset[int] = frozenset()
    mutes: frozenset[int] = frozenset()

    def parted(self, user_id: int) -> bool:
        """Whether one of the two blocks the other."""
        return user_id in self.blocks or user_id in self.blocked_by


OPEN = Boundaries()
"""Those of a guest."""


@dataclass(frozen=True, slots=True)
class Access:
    """What one viewer may see; viewer_id None: a guest. `followees` has to hold those whom the viewer follows of all
    the protected people that are asked about, and may hold others."""

    viewer_id: int | None
    boundaries: Boundaries
    followees: Collection[int]

    def sees(self, person: User) -> bool:
        """Whether the viewer may see what somebody posts and likes, who follows them and whom they follow."""
        if person.id == self.viewer_id:
            return True
        if self.boundaries.parted(person.id):
            return False
        return not person.is_protected or person.id in self.followees

    def sees_tweet(self, tweet: Tweet, people: Mapping[int, User]) -> bool:
        """`people` has its author and that of what it retweets; one who is missing has nothing set, so that blocks
        alone count."""
        return all(self._sees_id(author_id, people) for author_id in tweet.author_ids)

    def shares(self, tweet: Tweet, people: Mapping[int, User]) -> bool:
        """Whether the viewer may retweet or quote a tweet that they see, a pure retweet standing for its original. What
        protected people post is passed on by themselves alone."""
        author_id = tweet.author_ids[-1]
        author = people.get(author_id)
        return author_id == self.viewer_id or author is None or not author.is_protected

    def sees_media(self, media: Media, owner: User | None, tweet: Tweet | None) -> bool:
        """`owner` where media are an avatar, which a profile shows to everybody; `tweet` is the one that they are in,
        where the viewer may see it. What is neither is its owner's alone."""
        if media.owner_id == self.viewer_id:
            return True
        if media.is_avatar:
            return owner is not None and owner.avatar_id == media.id
        return tweet is not None and tweet.id == media.used_by and media.id in tweet.media_ids

    def keeps_out(self, tweet: Tweet) -> bool:
        """Whether a tweet that may be seen stays out of the viewer's timeline."""
        return not self.boundaries.mutes.isdisjoint(tweet.author_ids)

    def _sees_id(self, user_id: int, people: Mapping[int, User]) -> bool:
        person = people.get(user_id)
        if person is None:
            return user_id == self.viewer_id or not self.boundaries.parted(user_id)
        return self.sees(person)
