"""Everywhere that a tweet and the doings of its author can be met, and who meets them where."""

from dataclasses import dataclass

from composition import Process
from tests.api.in_process import add_people, ask, post, tweet_ids, user_ids
from tests.support.clients import PROTECT, TIMELINE, Json

PAGE = "{ nodes { id } }"
PLACES = f"""query($tweet: ID!, $author: ID!, $reply: ID!, $quote: ID!, $retweet: ID!, $answered: ID!, $other: ID!,
  $reader: ID!) {{
  reader: node(id: $reader) {{ id }}
  node(id: $tweet) {{ id }} nodes(ids: [$tweet]) {{ id }} tweet(id: $tweet) {{ id }}
  author: node(id: $author) {{ ... on User {{
    tweets(includeReplies: true) {PAGE} likes {PAGE} followers {PAGE} following {PAGE} }} }}
  reply: tweet(id: $reply) {{ inReplyTo {{ id }} ancestors {PAGE} }}
  quote: tweet(id: $quote) {{ quoteOf {{ id }} }}
  retweet: tweet(id: $retweet) {{ retweetOf {{ id }} }}
  answered: tweet(id: $answered) {{ replies {PAGE} quotes {PAGE} likedBy {PAGE} retweetedBy {PAGE} }}
  other: node(id: $other) {{ ... on User {{ likes {PAGE} tweets {PAGE} }} }}
  top: search(query: "lighthouse") {{ nodes {{ ... on Node {{ id }} }} }}
  latest: search(query: "lighthouse", type: LATEST) {{ nodes {{ ... on Node {{ id }} }} }} }}"""

MET = {
    **dict.fromkeys(("node", "nodes", "tweet", "top", "latest"), "tweet"),
    **dict.fromkeys(("reply.inReplyTo", "reply.ancestors", "quote.quoteOf", "retweet.retweetOf"), "tweet"),
    **dict.fromkeys(("answered.replies", "answered.quotes"), "tweet"),
    **dict.fromkeys(("answered.likedBy", "answered.retweetedBy"), "author"),
    "author.tweets": "tweet",
    "author.likes": "answered",
    "author.followers": "reader",
    "author.following": "other",
    "other.likes": "tweet",
    "other.tweets": "retweet",
}
"""What there is to be met in each place but the timeline, as an attribute of the stage."""

EVERYWHERE = frozenset(MET) | {"timeline"}
ELSEWHERE = EVERYWHERE - {"timeline"}
NOWHERE: frozenset[str] = frozenset()


@dataclass
class Stage:
    """An author, and another one who does with the author's tweet all that can be done, and whose tweet the author has
    answered and quoted, likes and has retweeted. `reader` follows the author; the stranger nobody. People and tweets
    are numbers, as in the stores."""

    process: Process
    author: int
    other: int
    reader: int
    stranger: int
    tweet: int = 0
    reply: int = 0
    quote: int = 0
    retweet: int = 0
    answered: int = 0

    async def do(self, who: int, mutation: str, whom: int) -> None:
        """A mutation on somebody, or on a tweet, that is not refused."""
        ids = tweet_ids([whom]) if whom in (self.tweet, self.answered) else user_ids([whom])
        (payload,) = (await ask(self.process, who, mutation, id=ids[0])).values()
        assert payload["userErrors"] == []

    async def refusals(self, who: int, mutation: str, **variables: Json) -> list[Json]:
        """(code, message, field) of each user error of a mutation, which has nothing else to tell."""
        (payload,) = (await ask(self.process, who, mutation, **variables)).values()
        errors = payload.pop("userErrors")
        assert set(payload.values()) == {None}
        return [(error["code"], error["message"], *error["field"]) for error in errors]

    async def events_so_far(self) -> int:
        """How many events there have been; what writes nothing adds none."""
        return (await self.process.stores.live.position()).number

    async def protect(self, who: int, *, protected: bool = True) -> None:
        payload = (await ask(self.process, who, PROTECT, protected=protected))["updateProfile"]
        assert payload == {"user": {"id": user_ids([who])[0], "isProtected": protected}, "userErrors": []}

    async def places(self, viewer: int | None) -> frozenset[str]:
        """Where the viewer meets the tweet, what was made of it, and what its author does."""
        tweets, people = ("tweet", "reply", "quote", "retweet", "answered"), ("author", "other", "reader")
        ids = dict(zip(tweets, tweet_ids([getattr(self, name) for name in tweets]), strict=True))
        ids |= dict(zip(people, user_ids([getattr(self, name) for name in people]), strict=True))
        data = await ask(self.process, viewer, PLACES, **ids)
        met = {place for place, name in MET.items() if ids[name] in _ids(data, place.split("."))}
        if viewer and ids["tweet"] in await self.timeline(viewer):
            met.add("timeline")
        return frozenset(met)

    async def timeline(self, viewer: int) -> list[str]:
        page = (await ask(self.process, viewer, TIMELINE, first=100))["timeline"]
        assert page["pageInfo"]["hasNextPage"] is False
        return [edge["node"]["id"] for edge in page["edges"]]


def _ids(data: Json, path: list[str]) -> list[str]:
    """Of the object, list or connection at a path."""
    for name in path:
        data = data and data[name]
    nodes = data if isinstance(data, list) else data.get("nodes", [data]) if data else []
    return [node["id"] for node in nodes if node]


async def set_stage(process: Process) -> Stage:
    await process.follow_live_log()
    stage = Stage(process, *await add_people(process, 4, "person"))
    graph, tweets = process.services.graph, process.services.tweets
    await graph.follow(stage.reader, stage.author)
    await graph.follow(stage.author, stage.other)
    stage.answered = await post(process, stage.other, "a question")
    stage.tweet = await post(
        process, stage.author, "of the lighthouse", reply_to=stage.answered, quote_of=stage.answered
    )
    stage.reply = await post(process, stage.other, "a reply", reply_to=stage.tweet)
    stage.quote = await post(process, stage.other, "a quote", quote_of=stage.tweet)
    stage.retweet, _ = await tweets.retweet(stage.other, stage.tweet)
    await tweets.like(stage.other, stage.tweet)
    await tweets.like(stage.author, stage.answered)
    await tweets.retweet(stage.author, stage.answered)
    await process.services.search.tweets_posted([stage.tweet])
    return stage
