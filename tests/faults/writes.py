"""What clients write. Each kind can be sent again after an answer that was lost, be found in the stores, and be applied
to a model of what they must hold."""

from dataclasses import dataclass, field
from typing import Protocol

from domain.global_id import Kind, decode_as
from tests.support.clients import DELETE_TWEET, FOLLOW, PASSWORD, UNFOLLOW, Account, GraphQLFailed, Json, ask, sign_up

LOG_IN = """mutation($input: LogInInput!) { logIn(input: $input) {
  token viewer { user { id } } userErrors { code } } }"""
RETWEET = "mutation($id: ID!) { retweet(tweetId: $id) { retweet { id } userErrors { message code field } } }"
TWEETS_OF = """query($handle: String!) { user(handle: $handle) {
  tweets(first: 100) { nodes { id text retweetOf { id } } } } }"""
FOLLOWS = "query($id: ID!) { node(id: $id) { ... on User { viewerFollows } } }"
TWEET = "query($id: ID!) { tweet(id: $id) { id } }"


@dataclass(frozen=True)
class Post:
    """A tweet or, with `of`, a retweet."""

    id: str
    author: str
    text: str = ""
    of: str | None = None

    @property
    def number(self) -> int:
        number = decode_as(Kind.TWEET, self.id)
        assert number is not None
        return number


@dataclass
class Model:
    """What the stores must hold, by the names of people."""

    tag: str
    people: dict[str, Account] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    follows: set[tuple[str, str]] = field(default_factory=set)

    def timeline(self, reader: str) -> list[str]:
        """Ids, newest first: a plain oracle."""
        authors = {reader} | {followee for follower, followee in self.follows if follower == reader}
        seen = [post for post in self.visible() if post.author in authors]
        return [post.id for post in sorted(seen, key=lambda post: -post.number)]

    def visible(self) -> list[Post]:
        return [post for post in self.posts.values() if post.of is None or post.of in self.posts]


class Write(Protocol):
    @property
    def person(self) -> str: ...

    async def send(self, model: Model) -> None:
        """Sends it, and applies it once it is answered."""

    async def settle(self, model: Model) -> None:
        """Applies it if the stores hold it, though nobody was told."""


@dataclass(frozen=True)
class SignUp:
    person: str

    def handle(self, model: Model) -> str:
        return f"{model.tag}_{self.person}"[:15]

    async def send(self, model: Model) -> None:
        if self.person in model.people:
            return
        somebody = next(iter(model.people.values()))
        model.people[self.person] = await sign_up(somebody.http, somebody.url, self.handle(model))

    async def settle(self, model: Model) -> None:
        """An account that is there can be logged in to."""
        somebody = next(iter(model.people.values()))
        login = {"login": self.handle(model), "password": PASSWORD}
        payload = (await ask(somebody.http, somebody.url, LOG_IN, input=login))["logIn"]
        if not payload["userErrors"]:
            user_id = payload["viewer"]["user"]["id"]
            model.people[self.person] = Account(
                somebody.url, somebody.http, self.handle(model), user_id, payload["token"]
            )


@dataclass(frozen=True)
class Read:
    """Has the reader's timeline built."""

    person: str

    async def send(self, model: Model) -> None:
        await model.people[self.person].timeline(first=1)

    async def settle(self, model: Model) -> None:
        """Nothing is written."""


@dataclass(frozen=True)
class Tweet:
    person: str
    text: str

    async def send(self, model: Model) -> None:
        key = f"{self.person} {self.text}"
        text = f"{model.tag} {self.text}"
        post = Post(await model.people[self.person].tweet(text, idempotencyKey=key), self.person, text)
        model.posts[post.id] = post

    async def settle(self, model: Model) -> None:
        text = f"{model.tag} {self.text}"
        found = [tweet for tweet in await tweets_of(model.people[self.person]) if tweet["text"] == text]
        model.posts |= {tweet["id"]: Post(tweet["id"], self.person, text) for tweet in found}


@dataclass(frozen=True)
class Retweet:
    """Of the one tweet that has this text."""

    person: str
    text: str

    async def send(self, model: Model) -> None:
        of = post_of(model, self.text)
        retweet = (await model.people[self.person].mutate(RETWEET, id=of.id))["retweet"]
        model.posts[retweet["id"]] = Post(retweet["id"], self.person, of=of.id)

    async def settle(self, model: Model) -> None:
        for tweet in await tweets_of(model.people[self.person]):
            if tweet["retweetOf"]:
                model.posts[tweet["id"]] = Post(tweet["id"], self.person, of=tweet["retweetOf"]["id"])


@dataclass(frozen=True)
class Delete:
    person: str
    text: str

    async def send(self, model: Model) -> None:
        if not has_post(model, self.text):
            return
        post = post_of(model, self.text)
        payload = (await model.people[self.person].ask(DELETE_TWEET, id=post.id))["deleteTweet"]
        assert [error["code"] for error in payload["userErrors"]] in ([], ["NOT_FOUND"])
        del model.posts[post.id]

    async def settle(self, model: Model) -> None:
        post = post_of(model, self.text)
        if (await model.people[self.person].ask(TWEET, id=post.id))["tweet"] is None:
            del model.posts[post.id]


@dataclass(frozen=True)
class Follow:
    person: str
    other: str

    async def send(self, model: Model) -> None:
        await model.people[self.person].mutate(FOLLOW, id=model.people[self.other].id)
        model.follows.add((self.person, self.other))

    async def settle(self, model: Model) -> None:
        await _settle_edge(model, self.person, self.other)


@dataclass(frozen=True)
class Unfollow:
    person: str
    other: str

    async def send(self, model: Model) -> None:
        await model.people[self.person].mutate(UNFOLLOW, id=model.people[self.other].id)
        model.follows.discard((self.person, self.other))

    async def settle(self, model: Model) -> None:
        await _settle_edge(model, self.person, self.other)


async def _settle_edge(model: Model, follower: str, followee: str) -> None:
    node = (await model.people[follower].ask(FOLLOWS, id=model.people[followee].id))["node"]
    model.follows.discard((follower, followee))
    if node["viewerFollows"]:
        model.follows.add((follower, followee))


def has_post(model: Model, text: str) -> bool:
    return any(post.text == f"{model.tag} {text}" for post in model.posts.values())


def post_of(model: Model, text: str) -> Post:
    """The tweet of a text."""
    (post,) = (post for post in model.posts.values() if post.text == f"{model.tag} {text}")
    return post


async def tweets_of(account: Account) -> list[Json]:
    """The newest of an account's, as the tweets store has them."""
    tweets: list[Json] = (await account.ask(TWEETS_OF, handle=account.handle))["user"]["tweets"]["nodes"]
    return tweets


def is_unavailable(failure: GraphQLFailed) -> bool:
    return failure.code == "UNAVAILABLE"
