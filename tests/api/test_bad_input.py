"""Arguments outside their rules: each gets the one error that says what to mend, and nothing is half-written."""

import base64
from collections.abc import Awaitable, Callable

import pytest

from tests.api.asking import LIKE, RETWEET, REVOKE, UNLIKE, UNRETWEET, failure, post, refusals, unchanged
from tests.support.clients import CREATE_TWEET, DELETE_TWEET, FOLLOW, TIMELINE, UNFOLLOW, Account, Json, ask

FORBIDDEN = ["\x00", "\t", "\x0b", "\r", "\x1f", "\ufeff", "\ufffe", "\uffff"]
"""One of each class: NUL, controls below, between and above line feed and carriage return, noncharacters."""

SEARCH = "query($q: String!, $after: String) { search(query: $q, after: $after) { nodes { __typename } } }"
NODE = "query($id: ID!) { node(id: $id) { id } tweet(id: $id) { id } }"
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
LISTS = """query($h: String!, $first: Int, $after: String) { user(handle: $h) {
  %s(first: $first, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } } }"""
NO_TWEET = ("NOT_FOUND", "There is no such tweet.")
NO_USER = ("NOT_FOUND", "There is no such user.", "userId")


def name_id(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def u(character: str) -> str:
    return f"U+{ord(character):04X}"


@pytest.mark.parametrize("character", FORBIDDEN, ids=u)
async def test_characters_that_no_text_may_have(viewer: Account, character: str) -> None:
    text = f"a{character}b"
    message = f"can't have the character {u(character)}."
    async with unchanged(viewer):
        tweet = await refusals(viewer, CREATE_TWEET, input={"text": text})
        assert tweet == [("INVALID", f"A tweet {message}", "text")]
        key = await refusals(viewer, CREATE_TWEET, input={"text": "a", "idempotencyKey": text})
        assert key == [("INVALID", "An idempotency key has 1 to 100 printable characters.", "idempotencyKey")]
        assert await failure(viewer, SEARCH, q=text) == ("BAD_USER_INPUT", f"query: {message}", ["search"])
    person = "query($h: String!) { user(handle: $h) { id } }"
    assert await viewer.ask(person, h=text) == {"user": None}


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", ("TOO_SHORT", "A tweet can't be blank.", "text")),
        (" \n\u3000\u2028", ("TOO_SHORT", "A tweet can't be blank.", "text")),
        ("x" * 281, ("TOO_LONG", "A tweet has at most 280 weighted characters, not 281.", "text")),
        ("字" * 140 + "x", ("TOO_LONG", "A tweet has at most 280 weighted characters, not 281.", "text")),
        ("e" + "\u0301" * 10_000, ("TOO_LONG", "A tweet has at most 280 weighted characters, not 10000.", "text")),
    ],
    ids=["empty", "blank", "281", "CJK", "10,000 marks"],
)
async def test_a_text_that_no_tweet_can_have(viewer: Account, text: str, refusal: tuple[str, str, str]) -> None:
    async with unchanged(viewer):
        assert await refusals(viewer, CREATE_TWEET, input={"text": text}) == [refusal]


@pytest.mark.parametrize("text", ["x" * 280, "字" * 140, "\u202ea\u200fb", " a \n"])
async def test_a_text_at_the_edge_is_stored_as_sent(viewer: Account, text: str) -> None:
    tweet = await viewer.tweet(text)
    assert await viewer.ask("query($id: ID!) { tweet(id: $id) { text } }", id=tweet) == {"tweet": {"text": text}}


async def test_escapes_of_what_is_no_text(viewer: Account) -> None:
    """NUL and half a surrogate pair, in JSON and in a literal of GraphQL."""
    literal = 'mutation { createTweet(input: {text: "%s"}) { tweet { id } userErrors { message code field } } }'
    async with unchanged(viewer):
        assert await refusals(viewer, literal % r"a\u0000") == [
            ("INVALID", "A tweet can't have the character U+0000.", "text")
        ]
        message = r"Syntax Error: Invalid Unicode escape sequence: '\uD800'."
        assert await failure(viewer, literal % r"a\uD800") == ("GRAPHQL_PARSE_FAILED", message, None)
        sent = rb'{"query": "query($h: String!) { user(handle: $h) { id } }", "variables": {"h": "\ud800"}}'
        answer = await post(viewer.http, viewer.url, sent)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_USER_INPUT")


@pytest.mark.parametrize(
    ("query", "variables", "message"),
    [
        (CREATE_TWEET, {"input": {"text": 5}}, "at .text: String cannot represent a non string value: 5"),
        (CREATE_TWEET, {"input": "text"}, "to be an object, found: 'text'."),
        (CREATE_TWEET, {}, "Expected a value of non-null type 'CreateTweetInput!' to be provided."),
        (CREATE_TWEET, {"input": {"text": "a", "colour": 1}}, "not to include unknown field 'colour'"),
        (CREATE_TWEET, {"input": {"text": None}}, "at .text: Expected value of non-null type 'String!'"),
        (TIMELINE, {"first": "7"}, "Int cannot represent non-integer value: '7'"),
        (TIMELINE, {"first": 1.5}, "Int cannot represent non-integer value: 1.5"),
        (TIMELINE, {"first": 2**31}, "Int cannot represent non 32-bit signed integer value: 2147483648"),
        (FOLLOW, {"id": {"id": 1}}, "ID cannot represent value: {'id': 1}"),
        (FOLLOW, {"id": None}, "Expected value of non-null type 'ID!' not to be None."),
    ],
)
async def test_values_of_another_type(viewer: Account, query: str, variables: Json, message: str) -> None:
    async with unchanged(viewer):
        code, told, path = await failure(viewer, query, **variables)
        assert (code, path) == ("BAD_USER_INPUT", None)
        assert message in told


UNKNOWN = [f"Tweet:{number}" for number in (0, -1, " 1", 2**63 - 1, 2**63)] + [
    "User:1",
    "Session:1",
    "Colour:1",
    "Tweet",
]


@pytest.mark.parametrize("tweet_id", ["", "x", "!", "ü", "7", "x" * 10_000, "VHdlZXQ6MQ==", *map(name_id, UNKNOWN)])
async def test_ids_of_nothing(viewer: Account, tweet_id: str) -> None:
    async with unchanged(viewer):
        await assert_no_such_tweet(viewer, tweet_id)
        assert await refusals(viewer, FOLLOW, id=tweet_id) == [NO_USER]
        assert await refusals(viewer, UNFOLLOW, id=tweet_id) == [NO_USER]
        assert await viewer.ask(NODES, ids=[tweet_id, viewer.id]) == {"nodes": [None, {"id": viewer.id}]}


async def assert_no_such_tweet(account: Account, tweet_id: str) -> None:
    """Whatever is tried with it."""
    for query in (LIKE, UNLIKE, RETWEET, UNRETWEET):
        assert await refusals(account, query, id=tweet_id) == [(*NO_TWEET, "tweetId")]
    assert await refusals(account, DELETE_TWEET, id=tweet_id) == [(*NO_TWEET, "id")]
    for field in ("inReplyToId", "quoteOfId"):
        assert await refusals(account, CREATE_TWEET, input={"text": "a", field: tweet_id}) == [(*NO_TWEET, field)]
    assert await account.ask(NODE, id=tweet_id) == {"node": None, "tweet": None}


async def test_ids_of_another_type(viewer: Account, other: Account) -> None:
    tweet = await other.tweet("not a user")
    [session] = (await viewer.ask("{ viewer { sessions { id } } }"))["viewer"]["sessions"]
    async with unchanged(viewer, other):
        for query in (FOLLOW, UNFOLLOW):
            assert await refusals(viewer, query, id=tweet) == [NO_USER]
            assert await refusals(viewer, query, id=session["id"]) == [NO_USER]
        for query in (LIKE, UNLIKE, RETWEET, UNRETWEET):
            assert await refusals(viewer, query, id=other.id) == [(*NO_TWEET, "tweetId")]
        assert await refusals(viewer, DELETE_TWEET, id=other.id) == [(*NO_TWEET, "id")]
        assert await refusals(viewer, REVOKE, id=tweet) == [("NOT_FOUND", "There is no such session.", "id")]
        assert await viewer.ask(NODE, id=session["id"]) == {"node": None, "tweet": None}
        assert await viewer.ask("query($id: ID!) { tweet(id: $id) { id } }", id=other.id) == {"tweet": None}


async def test_a_deleted_tweet_is_gone_for_everybody(viewer: Account, other: Account) -> None:
    tweet = await viewer.tweet("deleted soon")
    await viewer.mutate(DELETE_TWEET, id=tweet)
    async with unchanged(viewer, other):
        await assert_no_such_tweet(viewer, tweet)
        await assert_no_such_tweet(other, tweet)


async def test_what_another_account_wrote(viewer: Account, other: Account) -> None:
    tweet = await other.tweet("mine")
    [session] = (await other.ask("{ viewer { sessions { id } } }"))["viewer"]["sessions"]
    async with unchanged(viewer, other):
        refusal = ("FORBIDDEN", "Only its author can delete a tweet.", "id")
        assert await refusals(viewer, DELETE_TWEET, id=tweet) == [refusal]
        refusal = ("NOT_FOUND", "There is no such session.", "id")
        assert await refusals(viewer, REVOKE, id=session["id"]) == [refusal]


@pytest.mark.parametrize(
    ("query", "variables"),
    [(CREATE_TWEET, {"input": {"text": "a"}}), (FOLLOW, {"id": ""}), (LIKE, {"id": ""}), (TIMELINE, {})],
)
async def test_what_a_guest_may_not(viewer: Account, query: str, variables: Json) -> None:
    guest = Account(viewer.url, viewer.http, "", "", "")
    code, message, _ = await failure(guest, query, **variables)
    assert code == "UNAUTHENTICATED"
    assert message.startswith("Sign in first")


Listing = Callable[[Account, Json], Awaitable[Json]]


def user_list(field: str) -> Listing:
    async def read(account: Account, arguments: Json) -> Json:
        return (await account.ask(LISTS % field, h=account.handle, **arguments))["user"][field]

    return read


async def timeline(account: Account, arguments: Json) -> Json:
    return await account.timeline(**arguments)


PAGED = {name: user_list(name) for name in ("followers", "following", "tweets", "likes")} | {"timeline": timeline}


@pytest.mark.parametrize("field", PAGED)
async def test_page_sizes(viewer: Account, field: str) -> None:
    query, path = (TIMELINE, [field]) if field == "timeline" else (LISTS % field, ["user", field])
    variables = {} if field == "timeline" else {"h": viewer.handle}
    for size in (101, -1, 2**31 - 1):
        message = f"first: must lie between 0 and 100, not {size}."
        assert await failure(viewer, query, first=size, **variables) == ("BAD_USER_INPUT", message, path)
    assert (await PAGED[field](viewer, {"first": 0}))["pageInfo"]["endCursor"] is None


async def test_both_ends_of_the_timeline_at_once(viewer: Account) -> None:
    message = "first, last: give one of them, not both."
    assert await failure(viewer, TIMELINE, first=1, last=1) == ("BAD_USER_INPUT", message, ["timeline"])
    message = "last: must lie between 0 and 100, not 101."
    assert await failure(viewer, TIMELINE, last=101) == ("BAD_USER_INPUT", message, ["timeline"])


@pytest.mark.parametrize("field", [*PAGED, "search"])
async def test_cursors_of_nothing_and_of_other_fields(viewer: Account, field: str) -> None:
    await viewer.tweet("so that there is a cursor")
    foreign = (await viewer.timeline())["edges"][0]["cursor"]
    if field == "timeline":
        foreign = (await user_list("tweets")(viewer, {}))["pageInfo"]["endCursor"]
    name = {"timeline": "timeline", "search": "search.TOP"}.get(field, f"User.{field}")
    keys = [name_id(f"{name}:{key}") for key in ("", "x", "-1", "9223372036854775808", "1:2:3", "٣")]
    path = [field] if field in ("timeline", "search") else ["user", field]
    query = {"timeline": TIMELINE, "search": SEARCH}.get(field, LISTS % field)
    variables = {"timeline": {}, "search": {"q": "a"}}.get(field, {"h": viewer.handle})
    for cursor in ["", "x", "ü", "!", "=" * 500, "x" * 100_000, foreign, *keys]:
        code, message, where = await failure(viewer, query, after=cursor, **variables)
        assert (code, where) == ("BAD_USER_INPUT", path)
        assert message.startswith(f"after: not a cursor of `{name}`; give an endCursor or edge cursor of that ")


async def test_nodes_of_more_than_a_hundred_ids(viewer: Account) -> None:
    message = "ids: at most 100 at a time, not 101."
    assert await failure(viewer, NODES, ids=[viewer.id] * 101) == ("BAD_USER_INPUT", message, ["nodes"])
    assert await viewer.ask(NODES, ids=[viewer.id] * 100) == {"nodes": [{"id": viewer.id}] * 100}


async def test_pages_that_multiply(viewer: Account) -> None:
    """Within every bound on documents, but for 100 times 100 times 100 objects."""
    tweet = await viewer.tweet("one of many")
    for number in range(2):
        await viewer.tweet(f"answer {number}", inReplyToId=tweet)
    pages = "author { tweets(first: 100) { nodes { author { tweets(first: 100) { nodes { id } } } } } }"
    query = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Tweet {{ {pages} }} }} }}"
    data = await viewer.http.post(f"{viewer.url}/graphql", json={"query": query, "variables": {"ids": [tweet] * 100}})
    errors = data.json()["errors"]
    assert {error["extensions"]["code"] for error in errors} == {"QUERY_TOO_COMPLEX"}
    assert errors[0]["message"].startswith("Too complex: lists of 1")
    assert len(errors) <= 20


async def test_searches_that_ask_too_much_or_nothing(viewer: Account) -> None:
    message = "query: has at most 500 characters, not 501."
    assert await failure(viewer, SEARCH, q="a" * 501) == ("BAD_USER_INPUT", message, ["search"])
    for query in ("", " ", '"', "-", "-a", "or", "the", "\\", "'; DROP TABLE tweets; --", ":*", "a" * 500, "(((("):
        assert (await ask(viewer.http, viewer.url, SEARCH, q=query))["search"] == {"nodes": []}
