"""What is no conversation in graphql-transport-ws: the socket closes with the code for it, and operations that fail
end alone."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.api.asking import LOG_IN, LOG_OUT, REFUSALS
from tests.support.clients import PASSWORD, UPDATES, Account, GraphQLFailed, Json, ask, socket

INIT = '{"type": "connection_init"}'
SUBSCRIBE = '{"id": "1", "type": "subscribe", "payload": {"query": "{ viewer { email } }"}}'
NEVER_ENDS = json.dumps({"id": "1", "type": "subscribe", "payload": {"query": UPDATES}})
POST_TWEET = f'mutation {{ createTweet(input: {{text: "by socket"}}) {{ tweet {{ text }} {REFUSALS} }} }}'


def dial(account: Account, origin: str | None = None) -> connect:
    headers = {"origin": origin} if origin else {}
    address = account.url.replace("http", "ws", 1) + "/graphql"
    return connect(address, subprotocols=[Subprotocol("graphql-transport-ws")], additional_headers=headers)


async def closing(connection: ClientConnection) -> tuple[int, str]:
    """Reads to the end; how the server closes."""
    with suppress(ConnectionClosed):
        async for _ in connection:
            pass
    assert connection.close_code is not None
    assert connection.close_reason is not None
    return connection.close_code, connection.close_reason


@pytest.mark.parametrize(
    ("sent", "code", "reason"),
    [
        ("", 4400, "Invalid message: it is not valid JSON"),
        ("{", 4400, "Invalid message: it is not valid JSON"),
        ("[]", 4400, "Invalid message: it is no JSON object"),
        ("7", 4400, "Invalid message: it is no JSON object"),
        ("{}", 4400, "Invalid message: its type is missing or unknown"),
        ('{"type": "start"}', 4400, "Invalid message: its type is missing or unknown"),
        ('{"type": "ping", "payload": 7}', 4400, "Invalid message: its payload is no JSON object"),
        ('{"type": "subscribe", "payload": {"query": "{a}"}}', 4400, "Invalid message: its id is no string"),
        ('{"type": "subscribe", "id": "", "payload": {"query": "{a}"}}', 4400, "Invalid message: its id is no string"),
        ('{"type": "subscribe", "id": 7, "payload": {"query": "{a}"}}', 4400, "Invalid message: its id is no string"),
        ('{"type": "subscribe", "id": "1"}', 4400, "Invalid message: A request is a JSON object"),
        (
            '{"type": "subscribe", "id": "1", "payload": {"query": 7}}',
            4400,
            "Invalid message: 'query' must be a string",
        ),
        ('{"type": "complete"}', 4400, "Invalid message: its id is no string"),
        (b'{"type": "ping"}', 4400, "Invalid message: a frame must be text"),
        (INIT, 4429, "Too many initialisation requests"),
    ],
)
async def test_messages_that_are_none(viewer: Account, sent: str | bytes, code: int, reason: str) -> None:
    async with dial(viewer) as connection:
        await connection.send(INIT)
        assert json.loads(await connection.recv()) == {"type": "connection_ack"}
        await connection.send(sent)
        closed = await closing(connection)
        assert closed[0] == code
        assert closed[1].startswith(reason)


@pytest.mark.parametrize("payload", ["x", [], 7, True])
async def test_a_beginning_with_a_payload_that_is_no_object(viewer: Account, payload: Json) -> None:
    async with dial(viewer) as connection:
        await connection.send(json.dumps({"type": "connection_init", "payload": payload}))
        assert await closing(connection) == (4400, "Invalid message: its payload is no JSON object")


async def test_text_that_is_no_utf8(viewer: Account) -> None:
    """It is the client's fault, and not in the log."""
    async with dial(viewer) as connection:
        await connection.send(b"\xff", text=True)
        assert await closing(connection) == (1007, "Invalid UTF-8")


async def test_operations_beyond_fifty(viewer: Account) -> None:
    """Each that ends makes room for another."""
    async with socket(viewer.url, viewer.token) as live:
        for _ in range(50):
            await live.subscribe(UPDATES)
        await live.send({"id": "more", "type": "subscribe", "payload": {"query": "{ viewer { email } }"}})
        message = "A socket runs at most 50 operations at once."
        refused = {"message": message, "extensions": {"code": "BAD_USER_INPUT"}}
        assert await live.receive() == {"id": "more", "type": "error", "payload": [refused]}
        await live.send({"id": "7", "type": "complete"})
        await live.send({"id": "more", "type": "subscribe", "payload": {"query": "{ viewer { email } }"}})
        answer = {"data": {"viewer": {"email": f"{viewer.handle}@example.org"}}}
        assert await live.receive() == {"id": "more", "type": "next", "payload": answer}
        assert await live.receive() == {"id": "more", "type": "complete"}


async def test_queries_and_mutations(viewer: Account) -> None:
    async with socket(viewer.url, viewer.token) as live:
        asked = await live.subscribe(POST_TWEET)
        assert await asked.next() == {"tweet": {"text": "by socket"}, "userErrors": []}
        assert await asked.next() is None
        asked = await live.subscribe("{ viewer { user { id } } }")
        assert await asked.next() == {"user": {"id": viewer.id}}
        assert await asked.next() is None


async def test_an_id_that_is_in_use(viewer: Account) -> None:
    async with socket(viewer.url, viewer.token) as live:
        for _ in range(2):
            await live.connection.send(NEVER_ENDS)
        assert await closing(live.connection) == (4409, "Subscriber for 1 already exists")


async def test_an_operation_before_the_beginning(viewer: Account) -> None:
    async with dial(viewer) as connection:
        await connection.send(SUBSCRIBE)
        assert await closing(connection) == (4401, "Unauthorized")


@pytest.mark.parametrize("authorization", ["Bearer unknown", "unknown", "Basic dTpw", ""])
async def test_a_token_that_is_none(viewer: Account, authorization: str) -> None:
    async with dial(viewer) as connection:
        await connection.send(json.dumps({"type": "connection_init", "payload": {"authorization": authorization}}))
        assert await closing(connection) == (4401, "Unauthorized")


async def test_another_protocol(viewer: Account) -> None:
    """That of the past, which some clients still speak."""
    address = viewer.url.replace("http", "ws", 1) + "/graphql"
    async with connect(address, additional_headers={"sec-websocket-protocol": "graphql-ws"}) as connection:
        assert await closing(connection) == (4406, "Subprotocol not acceptable")


async def test_a_page_of_another_origin(viewer: Account) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with dial(viewer, "https://elsewhere.example"):
            pass
    assert refused.value.response.status_code == 403
    async with dial(viewer, viewer.url):
        pass


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ viewer { email }", "GRAPHQL_PARSE_FAILED"),
        ("subscription { colour }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription($after: String!) { timelineUpdates(after: $after) { __typename } }", "BAD_USER_INPUT"),
        ("subscription { timelineUpdates(after: 7) { __typename } }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "subscription { a: timelineUpdates { __typename } timelineUpdates { __typename } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
    ],
)
async def test_an_operation_that_fails_ends_alone(viewer: Account, query: str, code: str) -> None:
    async with socket(viewer.url, viewer.token) as live:
        with pytest.raises(GraphQLFailed) as failed:
            await (await live.subscribe(query)).next()
        assert failed.value.code == code
        assert await (await live.subscribe("{ viewer { user { id } } }")).next() == {"user": {"id": viewer.id}}


@pytest.mark.parametrize("cursor", ["", "x", "ü", "x" * 10_000, "dGltZWxpbmU6MQ"])
async def test_a_stream_from_a_cursor_of_nothing(viewer: Account, cursor: str) -> None:
    async with viewer.updates(after=cursor) as stream:
        with pytest.raises(GraphQLFailed) as failed:
            await stream.next()
        assert failed.value.code == "BAD_USER_INPUT"
        assert failed.value.errors[0]["message"].startswith("after: not a cursor of this stream")


@pytest.mark.parametrize("place", ["an-epoch:1", "an-epoch:x", "an-epoch", "a:b:1", ":", "a:99999999999999999999999"])
async def test_a_stream_from_a_place_that_is_not_kept(viewer: Account, place: str) -> None:
    cursor = urlsafe_b64encode(f"timelineUpdates:{place}".encode()).rstrip(b"=").decode()
    async with viewer.updates(after=cursor) as stream:
        assert await stream.next() == {"__typename": "TimelineReset", "reason": "TOO_OLD"}
        assert await stream.next() is None


async def test_a_stream_from_the_future(viewer: Account) -> None:
    cursor = (await viewer.timeline())["liveCursor"]
    field, epoch, _ = urlsafe_b64decode(cursor + "==").split(b":")
    ahead = urlsafe_b64encode(b":".join((field, epoch, b"999999999"))).rstrip(b"=").decode()
    async with viewer.updates(after=ahead) as stream:
        assert await stream.next() == {"__typename": "TimelineReset", "reason": "TOO_OLD"}
        assert await stream.next() is None


async def test_a_guest_has_no_stream_but_may_query(viewer: Account) -> None:
    for query in (UPDATES, POST_TWEET):
        async with socket(viewer.url) as live:
            with pytest.raises(GraphQLFailed) as failed:
                await (await live.subscribe(query)).next()
            assert failed.value.code == "UNAUTHENTICATED"
    async with socket(viewer.url) as live:
        assert await (await live.subscribe("{ viewer { email } }")).next() is None


async def test_a_cookie_cannot_be_asked_for_over_a_socket(viewer: Account) -> None:
    login = {"login": viewer.handle, "password": PASSWORD, "useCookie": True}
    async with socket(viewer.url) as live:
        answer = await (await live.subscribe(LOG_IN, input=login)).next()
    message = "A cookie can't be set over a websocket; ask over HTTP, or without useCookie."
    error = {"message": message, "code": "UNSUPPORTED", "field": ["useCookie"]}
    assert answer == {"token": None, "viewer": None, "userErrors": [error]}


async def log_in(account: Account) -> str:
    payload: Json = await ask(account.http, account.url, LOG_IN, input={"login": account.handle, "password": PASSWORD})
    token: str = payload["logIn"]["token"]
    return token


async def test_a_token_that_was_revoked_ends_its_socket(viewer: Account) -> None:
    token = await log_in(viewer)
    async with socket(viewer.url, token) as live:
        await ask(viewer.http, viewer.url, LOG_OUT, token)
        await live.connection.send(SUBSCRIBE)
        assert await closing(live.connection) == (4401, "Unauthorized")


async def test_a_token_that_was_revoked_ends_its_stream(viewer: Account) -> None:
    """Nothing that happens afterwards is told to whoever holds it."""
    token = await log_in(viewer)
    async with socket(viewer.url, token) as live:
        stream = await live.subscribe(UPDATES)
        first = await viewer.tweet("for all sessions")
        assert (await stream.next())["tweet"]["id"] == first
        await ask(viewer.http, viewer.url, LOG_OUT, token)
        await viewer.tweet("for the others")
        assert await closing(live.connection) == (4401, "Unauthorized")
