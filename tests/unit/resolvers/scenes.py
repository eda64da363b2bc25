"""Small scenes of people and their tweets, and documents that ask for all that a tweet leads to."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from hypothesis import strategies as st

from domain.access import Access, Boundaries
from domain.tweets import Tweet
from tests.unit.resolvers.fakes import Api
from tests.unit.resolvers.networks import PEOPLE, Edges, edges
from tests.unit.resolvers.records import NOW, make_media, make_session, make_tweet, make_user

STRANGER = 9
"""Somebody to whom nobody stands in any relation."""

VIEWERS = (None, *PEOPLE, STRANGER)
FIRST = 100
SHOWN, FACE = (901, 902, 903), 800
"""Media of tweets, and what the first avatar's number lies above."""
KINDS = ("post", "reply", "quote", "retweet")


@dataclass(frozen=True)
class Scene:
    """`tweets` have rising ids from FIRST on, and lead to older ones alone. Those that are `gone` are deleted."""

    protected: set[int]
    blocks: Edges
    mutes: Edges
    follows: Edges
    requests: Edges
    liked: Edges
    present: set[int]
    tweets: list[Tweet]
    gone: set[int]

    @cached_property
    def left(self) -> dict[int, Tweet]:
        """Tweets that there are: without retweets of those that are gone."""
        gone = {each.id for each in self.tweets if each.id in self.gone}
        return {each.id: each for each in self.tweets if not gone & {each.id, each.retweet_of_id}}

    def sees(self, viewer: int | None, person: int) -> bool:
        """The oracle."""
        if viewer == person:
            return True
        if {(viewer, person), (person, viewer)} & self.blocks:
            return False
        return person not in self.protected or (viewer, person) in self.follows

    def access(self, viewer: int | None) -> Access:
        return Access(viewer, self._boundaries(viewer), {whom for who, whom in self.follows if who == viewer})

    def api(self, viewer: int | None) -> Api:
        api = Api(viewer=make_session(viewer) if viewer else None)
        world = api.world
        people = (make_user(person, last_seen_at=NOW, is_protected=person in self.protected) for person in PEOPLE)
        world.users = {person.id: replace(person, avatar_id=FACE + person.id) for person in people}
        world.media = {number: make_media(number) for number in (*SHOWN, *(FACE + person for person in PEOPLE[1:]))}
        world.follows, world.requests, world.present = set(self.follows), set(self.requests), set(self.present)
        world.boundaries = {person: self._boundaries(person) for person in PEOPLE}
        world.tweets = self.left
        world.liked = {(user, FIRST + number) for user, number in self.liked}
        world.retweeted = {(each.author_id, each.retweet_of_id) for each in self.left.values() if each.retweet_of_id}
        world.lists = {key: sorted(1000 + node for node in nodes) for key, nodes in self._lists().items()}
        return api

    def _boundaries(self, viewer: int | None) -> Boundaries:
        return Boundaries(
            frozenset(whom for who, whom in self.blocks if who == viewer),
            frozenset(who for who, whom in self.blocks if whom == viewer),
            frozenset(whom for who, whom in self.mutes if who == viewer),
        )

    def _lists(self) -> dict[tuple[str, int], set[int]]:
        lists: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
        for follower, followee in self.follows:
            lists["followers", followee].add(follower)
            lists["following", follower].add(followee)
        for user, number in self.liked:
            lists["likes", user].add(FIRST + number)
            lists["liked_by", FIRST + number].add(user)
        for each in self.tweets:
            lists["ancestors", each.id] = set(self._above(each))
            lists["posts_and_replies", each.author_id].add(each.id)
            if each.in_reply_to_id:
                lists["replies", each.in_reply_to_id].add(each.id)
            else:
                lists["posts", each.author_id].add(each.id)
            if each.quote_of_id:
                lists["quotes", each.quote_of_id].add(each.id)
            if each.retweet_of_id:
                lists["retweeted_by", each.retweet_of_id].add(each.author_id)
        return lists

    def _above(self, tweet: Tweet) -> Iterable[int]:
        while tweet.in_reply_to_id:
            tweet = self.tweets[tweet.in_reply_to_id - FIRST]
            yield tweet.id


@st.composite
def timelines_of_tweets(draw: st.DrawFn) -> list[Tweet]:
    tweets: list[Tweet] = []
    for number in range(FIRST, FIRST + draw(st.integers(1, 6))):
        mentioned = draw(st.sets(st.sampled_from((*PEOPLE, 77)), max_size=2))
        text = " ".join(["hello", *(f"@User{person}" for person in sorted(mentioned))])
        media_ids = tuple(draw(st.lists(st.sampled_from(SHOWN), max_size=2, unique=True)))
        post = replace(make_tweet(number, draw(st.sampled_from(PEOPLE)), text), media_ids=media_ids)
        kind = draw(st.sampled_from(KINDS)) if tweets else "post"
        tweets.append(post if kind == "post" else _leading(kind, post, draw(st.sampled_from(tweets))))
    return tweets


def _leading(kind: str, post: Tweet, target: Tweet) -> Tweet:
    """What refers to a retweet refers to its original."""
    number, author = target.retweet_of_id or target.id, target.retweet_of_author_id or target.author_id
    if kind == "reply":
        root = number if target.retweet_of_id else target.conversation_id
        return replace(post, in_reply_to_id=number, conversation_id=root)
    if kind == "quote":
        return replace(post, quote_of_id=number)
    return replace(post, text="", media_ids=(), retweet_of_id=number, retweet_of_author_id=author)


few = st.sets(st.sampled_from(PEOPLE), max_size=2)
likes: st.SearchStrategy[Edges] = st.sets(st.tuples(st.sampled_from(PEOPLE), st.integers(0, 5)), max_size=6)
gone = st.sets(st.integers(FIRST, FIRST + 5), max_size=1)
scenes = st.builds(Scene, few, edges, edges, edges, edges, likes, few, timelines_of_tweets(), gone).filter(
    lambda scene: bool(scene.left)
)

OF_TWEETS = (
    "text likeCount replyCount inReplyToId quoteOfId createdAt",
    "viewerLikes",
    "viewerRetweeted",
    "media { id url altText }",
    "author { <person> }",
    "quoteOf { <tweet> }",
    "retweetOf { <tweet> }",
    "inReplyTo { <tweet> }",
    "conversationRoot { <tweet> }",
    "entities { mentions { handle user { <person> } } }",
    "replies(first: 5) { nodes { <tweet> } pageInfo { hasNextPage endCursor } }",
    "quotes(first: 5) { nodes { <tweet> } }",
    "ancestors(last: 5) { nodes { <tweet> } pageInfo { hasPreviousPage startCursor } }",
    "likedBy(first: 5) { nodes { <person> } }",
    "retweetedBy(first: 1) { nodes { <person> } pageInfo { hasNextPage endCursor } }",
)
OF_PEOPLE = (
    "handle displayName isProtected followersCount tweetsCount",
    "viewerFollows",
    "viewerHasRequested",
    "followsViewer",
    "viewerBlocks viewerMutes",
    "blocksViewer",
    "avatar { id url(width: 48) }",
    "activity",
    "lastSeenAt",
    "followers(first: 5) { nodes { <person> } pageInfo { hasNextPage endCursor } }",
    "following(first: 5) { nodes { <person> } }",
    "tweets(first: 5, includeReplies: true) { nodes { <tweet> } }",
    "posts: tweets(first: 5) { nodes { <tweet> } }",
    "likes(first: 5) { nodes { <tweet> } }",
)
FIELDS = {"<tweet>": OF_TWEETS, "<person>": OF_PEOPLE}


@st.composite
def fields(draw: st.DrawFn, what: str, depth: int) -> str:
    """Some of the fields of tweets or people, in any order."""
    choice = [each for each in FIELDS[what] if depth or "<" not in each]
    chosen = draw(st.lists(st.sampled_from(choice), min_size=1, max_size=4 if depth == 2 else 3, unique=True))
    return " ".join(["id", *(draw(_with_inner(each, depth)) for each in chosen)])


@st.composite
def _with_inner(draw: st.DrawFn, field: str, depth: int) -> str:
    for inner in FIELDS:
        if inner in field:
            return field.replace(inner, draw(fields(inner, depth - 1)))
    return field
