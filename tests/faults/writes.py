"""What clients write. Each kind is applied to a model of what the stores must hold once it is answered, and looked for
in the stores where it was not."""

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from tests.faults.model import Model, Post
from tests.support.clients import (
    ACCEPT,
    BLOCK,
    DELETE_TWEET,
    FOLLOW,
    MUTE,
    PASSWORD,
    PROTECT,
    REJECT,
    UNBLOCK,
    UNFOLLOW,
    UNMUTE,
    Account,
    GraphQLFailed,
    Json,
    ask,
    sign_up,
)
from tests.support.pictures import picture
from tests.support.uploading import COMPLETE, begin, send, settled

PICTURE = picture("PNG", 700, 20)
LOG_IN = """mutation($input: LogInInput!) { logIn(input: $input) {
  token viewer { user { id } } userErrors { code } } }"""
LOG_OUT = "mutation { logOut { ok } }"
RETWEET = "mutation($id: ID!) { retweet(tweetId: $id) { retweet { id } userErrors { message code field } } }"
TWEETS_OF = """query($handle: String!) { user(handle: $handle) {
  isProtected tweets(first: 100) { nodes { id text retweetOf { id } } } } }"""
RELATIONS = """query($id: ID!) { node(id: $id) { ... on User {
  viewerFollows viewerHasRequested viewerBlocks viewerMutes } } }"""
TWEET = "query($id: ID!) { tweet(id: $id) { id } }"
READ = "{ viewer { user { activity } } timeline(first: 15) { edges { source node { id } } } }"


class Write(Protocol):
    @property
    def person(self) -> str: ...

    @property
    def other(self) -> str:
        """Nothing else may be written between the two meanwhile: who comes first decides what becomes of it."""

    async def send(self, model: Model) -> None:
        """Sends it, and applies it once it is answered."""

    async def settle(self, model: Model) -> None:
        """Applies it if the stores hold it, though nobody was told."""


@dataclass(frozen=True)
class _Alone:
    """A write that is nobody else's business."""

    person: str

    @property
    def other(self) -> str:
        return self.person


@dataclass(frozen=True)
class SignUp(_Alone):
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
class LogOut(_Alone):
    """Of a session that was begun for it: whatever becomes of that, nothing else changes."""

    async def send(self, model: Model) -> None:
        account = model.people[self.person]
        payload = (await account.ask(LOG_IN, input={"login": account.handle, "password": PASSWORD}))["logIn"]
        answer = await replace(account, token=payload["token"]).ask(LOG_OUT)
        assert answer == {"logOut": {"ok": True}}

    async def settle(self, model: Model) -> None:
        """There is nothing to be found."""


@dataclass(frozen=True)
class Upload(_Alone):
    """Of an image, which is done once it is READY. `begun`: the id of the last one that was begun."""

    begun: list[str] = field(default_factory=list, compare=False)

    async def send(self, model: Model) -> None:
        account = model.people[self.person]
        upload = await begin(account, "image/png", len(PICTURE))
        assert (await send(account.http, upload, PICTURE)).status_code == 200
        self.begun[:] = [upload["media"]["id"]]
        await self._complete(model)

    async def settle(self, model: Model) -> None:
        """Whoever was not told asks again: whatever was sent before is served in the end."""
        if self.begun:
            await self._complete(model)

    async def _complete(self, model: Model) -> None:
        account, [media_id] = model.people[self.person], self.begun
        await account.mutate(COMPLETE, id=media_id)
        assert (await settled(account, media_id))["state"] == "READY"
        model.media.setdefault(self.person, set()).add(media_id)


@dataclass(frozen=True)
class Read(_Alone):
    """Writes nothing, but has timelines built. Counts the sources of entries, and readers by their class."""

    sources: Counter[str] = field(default_factory=Counter, compare=False)
    readers: Counter[str] = field(default_factory=Counter, compare=False)

    async def send(self, model: Model) -> None:
        data = await model.people[self.person].ask(READ)
        edges = data["timeline"]["edges"]
        assert len({edge["node"]["id"] for edge in edges}) == len(edges)
        self.sources.update(edge["source"] for edge in edges)
        self.readers[data["viewer"]["user"]["activity"]] += 1

    async def settle(self, model: Model) -> None:
        """There is nothing to be found."""


@dataclass(frozen=True)
class Protect(_Alone):
    async def send(self, model: Model) -> None:
        await model.people[self.person].mutate(PROTECT, protected=True)
        model.protected.add(self.person)

    async def settle(self, model: Model) -> None:
        account = model.people[self.person]
        if (await account.ask(TWEETS_OF, handle=account.handle))["user"]["isProtected"]:
            model.protected.add(self.person)


@dataclass(frozen=True)
class Tweet(_Alone):
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
    """Of the one tweet that has this text, by its author or somebody else."""

    person: str
    other: str
    text: str

    async def send(self, model: Model) -> None:
        of = post_of(model, self.text)
        payload = (await model.people[self.person].ask(RETWEET, id=of.id))["retweet"]
        assert _codes(payload) == self._refused(model, of)
        if retweet := payload["retweet"]:
            model.posts[retweet["id"]] = Post(retweet["id"], self.person, of=of.id)

    def _refused(self, model: Model, of: Post) -> list[str]:
        if not model.sees(self.person, of):
            return ["NOT_FOUND"]
        return ["FORBIDDEN"] if of.author in model.protected - {self.person} else []

    async def settle(self, model: Model) -> None:
        for tweet in await tweets_of(model.people[self.person]):
            if tweet["retweetOf"]:
                model.posts[tweet["id"]] = Post(tweet["id"], self.person, of=tweet["retweetOf"]["id"])


@dataclass(frozen=True)
class Delete(_Alone):
    text: str

    async def send(self, model: Model) -> None:
        if not has_post(model, self.text):
            return
        post = post_of(model, self.text)
        payload = (await model.people[self.person].ask(DELETE_TWEET, id=post.id))["deleteTweet"]
        assert _codes(payload) in ([], ["NOT_FOUND"])
        model.posts.pop(post.id, None)

    async def settle(self, model: Model) -> None:
        if not has_post(model, self.text):
            return
        post = post_of(model, self.text)
        if (await model.people[self.person].ask(TWEET, id=post.id))["tweet"] is None:
            del model.posts[post.id]


MUTATIONS = {
    "follow": FOLLOW,
    "unfollow": UNFOLLOW,
    "accept": ACCEPT,
    "reject": REJECT,
    "block": BLOCK,
    "unblock": UNBLOCK,
    "mute": MUTE,
    "unmute": UNMUTE,
}


@dataclass(frozen=True)
class Relate:
    """Does one of the MUTATIONS to somebody else."""

    verb: str
    person: str
    other: str

    async def send(self, model: Model) -> None:
        data = await model.people[self.person].ask(MUTATIONS[self.verb], id=model.people[self.other].id)
        (payload,) = data.values()
        assert _codes(payload) == getattr(model, self.verb)(self.person, self.other)

    async def settle(self, model: Model) -> None:
        for who, whom in ((self.person, self.other), (self.other, self.person)):
            node = (await model.people[who].ask(RELATIONS, id=model.people[whom].id))["node"]
            held = {
                "viewerFollows": model.follows,
                "viewerHasRequested": model.requests,
                "viewerBlocks": model.blocks,
                "viewerMutes": model.mutes,
            }
            for name, pairs in held.items():
                pairs.discard((who, whom))
                if node[name]:
                    pairs.add((who, whom))


Follow, Unfollow, Accept, Reject, Block, Unblock, Mute, Unmute = (partial(Relate, verb) for verb in MUTATIONS)


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


def _codes(payload: Json) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]
