"""One call per store method and tick, whatever a query nests and however many objects it nests it in."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from domain.errors import Unavailable
from domain.page import Link, Window
from loaders.batches import by_window
from tests.unit.resolvers.fakes import Api
from tests.unit.resolvers.records import make_session, make_tweet, make_user, tweet_id

NESTED = """{
  timeline(first: %d) { nodes {
    author { handle viewerFollows followsViewer tweetsCount }
    quoteOf { author { handle } }
    inReplyTo { author { handle } }
    retweetOf { author { handle } }
    entities { mentions { user { handle } } }
    viewerLikes viewerRetweeted
    replies(first: 2) { nodes { author { handle } viewerLikes } }
    likedBy(first: 3) { nodes { handle } }
    ancestors(last: 1) { nodes { author { handle } } }
  } }
}"""


def timeline_of(size: int) -> Api:
    """A timeline in which every tweet is by another author, and answers, quotes and retweets others."""
    api = Api(viewer=make_session(1))
    world = api.world
    world.users = {number: make_user(number) for number in range(1, 1 + 6 * size)}
    for place in range(size):
        base = 10_000 + 10 * place
        authors = range(1 + 6 * place, 7 + 6 * place)
        answered, quoted, original, *replies = (make_tweet(base + 1 + n, authors[1 + n]) for n in range(5))
        shown = make_tweet(
            base, authors[0], f"@user{authors[5]}", reply_to=answered.id, quote_of=quoted.id, retweet_of=original.id
        )
        world.tweets |= {tweet.id: tweet for tweet in (shown, answered, quoted, original, *replies)}
        world.lists["replies", base] = [1000 + reply.id for reply in replies]
        world.lists["liked_by", base] = [1000 + author for author in authors]
        world.lists["ancestors", base] = [1000 + answered.id]
        api.fake.timeline.append(shown)
    return api


async def test_calls_do_not_grow_with_the_page() -> None:
    small, large = timeline_of(5), timeline_of(50)
    await small.data(NESTED % 5)
    await large.data(NESTED % 50)
    assert large.world.counts == small.world.counts
    assert large.world.counts == {
        "graph.users": 4,
        "graph.ids_by_handle": 1,
        "graph.following_among": 1,
        "tweets.tweets": 2,
        "tweets.tweet_counts": 1,
        "tweets.viewer_marks": 3,
        "tweets.replies": 1,
        "tweets.liked_by": 1,
        "tweets.ancestors": 1,
    }


async def test_no_key_is_loaded_twice_in_one_operation() -> None:
    api = timeline_of(5)
    await api.data(NESTED % 5)
    assert sum(keys for method, keys in api.world.calls if method == "graph.users") == 6 * 5
    assert sum(keys for method, keys in api.world.calls if method == "tweets.tweets") == 5 * 5


async def test_tweets_of_a_timeline_are_not_loaded_again() -> None:
    api = timeline_of(5)
    await api.data("{ timeline(first: 5) { nodes { id } } }")
    assert api.world.calls == []
    first, second = api.fake.timeline[:2]
    api.fake.timeline = [first, make_tweet(99, quote_of=first.id, reply_to=second.id), second]
    data = await api.data("{ timeline(first: 5) { nodes { conversationRoot { id } quoteOf { id } } } }")
    shown = {"conversationRoot": {"id": tweet_id(99)}, "quoteOf": {"id": tweet_id(first.id)}}
    assert data["timeline"]["nodes"][1] == shown
    quoted = 2  # What the first and the last tweet quote.
    assert api.world.calls == [("tweets.tweets", quoted), ("graph.users", quoted)]


async def test_people_of_a_timeline_are_not_loaded_again() -> None:
    api = timeline_of(5)
    api.fake.people = {tweet.author_id: api.world.users[tweet.author_id] for tweet in api.fake.timeline}
    data = await api.data("{ timeline(first: 5) { nodes { author { handle } } } }")
    assert [node["author"]["handle"] for node in data["timeline"]["nodes"]] == [
        "User1",
        "User7",
        "User13",
        "User19",
        "User25",
    ]
    assert api.world.calls == []


async def test_each_window_is_a_call_of_its_own() -> None:
    api = timeline_of(5)
    lists = "a: replies(first: 1) { nodes { id } } replies { nodes { id } }"
    data = await api.data(f"{{ timeline(first: 5) {{ nodes {{ {lists} }} }} }}")
    lists_read = [("tweets.replies", 5), ("tweets.replies", 5)]
    assert api.world.calls == [*lists_read, ("tweets.tweets", 10), ("graph.users", 10)]
    shown = data["timeline"]["nodes"][0]
    assert shown["a"]["nodes"] == [{"id": tweet_id(10_005)}]
    assert shown["replies"]["nodes"] == [{"id": tweet_id(10_005)}, {"id": tweet_id(10_004)}]


async def test_a_store_that_is_down_fails_the_fields_that_need_it() -> None:
    api = timeline_of(2)
    api.world.down = {"graph"}
    query = "{ timeline(first: 2) { nodes { text author { handle } viewerLikes viewer: author { id } } } }"
    data, errors = await api.run(query)
    nodes = [{"text": f"@user{number}", "author": None, "viewer": None, "viewerLikes": False} for number in (6, 12)]
    assert data == {"timeline": {"nodes": nodes}}
    assert sorted(map(str, (path for path, _ in errors))) == [
        str(["timeline", "nodes", place, name]) for place in (0, 1) for name in ("author", "viewer")
    ]
    assert len({id(cause) for _, cause in errors}) == 1
    assert isinstance(errors[0][1], Unavailable)
    assert errors[0][1].extensions() == {"code": "UNAVAILABLE", "store": "graph"}
    assert api.world.counts["graph.users"] == 1


async def test_a_window_that_fails_leaves_the_others() -> None:
    async def fetch(parents: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
        if window.limit == 2:
            raise Unavailable("tweets")
        return {parent: [Link(7, parent)] for parent in parents if parent != 3}

    loader = by_window(fetch)
    keys = [(1, Window(1)), (2, Window(1)), (3, Window(1)), (1, Window(2))]
    found = await asyncio.gather(*map(loader.load, keys), return_exceptions=True)
    assert found[:3] == [[Link(7, 1)], [Link(7, 2)], ()]
    assert isinstance(found[3], Unavailable)


async def test_lists_fail_apart_from_what_else_is_read() -> None:
    api = timeline_of(1)
    api.world.down = {"tweets"}
    data, errors = await api.run("{ timeline(first: 1) { nodes { author { handle } replies { nodes { id } } } } }")
    assert data == {"timeline": {"nodes": [{"author": {"handle": "User1"}, "replies": None}]}}
    assert [path for path, _ in errors] == [["timeline", "nodes", 0, "replies"]]


@pytest.mark.parametrize("handle", ["", "a" * 16, "a b", "ä", "a\\u0000"])
async def test_what_cannot_be_a_handle_is_not_looked_up(handle: str) -> None:
    api = timeline_of(1)
    assert await api.data(f'{{ user(handle: "{handle}") {{ id }} }}') == {"user": None}
    assert api.world.calls == []
