"""graphql-transport-ws: what it must do, what ends a socket and with which code, and what does not."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import orjson
import pytest

from domain.errors import Unauthenticated, Unavailable
from tests.unit.transport.kit import Socket, build_app, eventually
from tests.unit.transport.worlds import World
from transport.limits import Limits

Connect = Callable[..., Socket]


async def test_a_subscription(connect: Connect) -> None:
    socket = await connect().start()
    socket.subscribe("subscription C($to: Int!) { count(to: $to) }", "a", variables={"to": 2}, operationName="C")
    assert [await socket.receive() for _ in range(3)] == [
        {"id": "a", "type": "next", "payload": {"data": {"count": 0}}},
        {"id": "a", "type": "next", "payload": {"data": {"count": 1}}},
        {"id": "a", "type": "complete"},
    ]


@pytest.mark.parametrize(
    ("query", "data"), [("{ hello }", {"hello": "Hello, world!"}), ("mutation { logIn }", {"logIn": False})]
)
async def test_queries_and_mutations(connect: Connect, query: str, data: dict[str, object]) -> None:
    socket = await connect().start()
    socket.subscribe(query)
    assert await socket.receive() == {"id": "1", "type": "next", "payload": {"data": data}}
    assert await socket.receive() == {"id": "1", "type": "complete"}


async def test_frames_are_text(connect: Connect) -> None:
    socket = await connect().start()
    socket.subscribe("{ hello }")
    event = await socket.event()
    assert event == {
        "type": "websocket.send",
        "text": '{"id":"1","type":"next","payload":{"data":{"hello":"Hello, world!"}}}',
    }


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "GRAPHQL_PARSE_FAILED"),
        ("{ hello", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { forever count }", "GRAPHQL_VALIDATION_FAILED"),
        ("{" + "me{" * 15 + "hello" + "}" * 16, "QUERY_TOO_COMPLEX"),
        ("query($n: Int!) { limited(first: $n) }", "BAD_USER_INPUT"),
        ("subscription($n: Int!) { count(to: $n) }", "BAD_USER_INPUT"),
        ("query A { hello } query B { hello }", "BAD_USER_INPUT"),
    ],
)
async def test_a_refused_document_is_an_error_and_the_socket_stays(connect: Connect, query: str, code: str) -> None:
    socket = await connect().start()
    socket.subscribe(query, "x")
    message = await socket.receive()
    assert (message["id"], message["type"]) == ("x", "error")
    assert [error["extensions"] for error in message["payload"]] == [{"code": code}]
    socket.subscribe("{ hello }", "x")
    assert (await socket.receive())["type"] == "next"


async def test_ping_at_any_time(connect: Connect) -> None:
    socket = connect()
    await socket.event()
    socket.send(type="ping")
    assert await socket.receive() == {"type": "pong"}
    socket.send(type="pong", payload={"a": 1})
    socket.send(type="complete", id="unknown")
    socket.send(type="connection_init")
    assert await socket.receive() == {"type": "connection_ack"}
    socket.send(type="ping", payload={"t": 1})
    assert await socket.receive() == {"type": "pong", "payload": {"t": 1}}


@pytest.mark.parametrize("subprotocol", [None, "graphql-ws"])
async def test_another_subprotocol_is_closed_with_4406(connect: Connect, subprotocol: str | None) -> None:
    socket = connect(subprotocol=subprotocol)
    assert (await socket.event())["type"] == "websocket.accept"
    assert await socket.closed() == (4406, "Subprotocol not acceptable")


async def test_no_connection_init_in_time_is_4408_however_much_is_said(connect: Connect) -> None:
    socket = connect(build_app(Limits(init_seconds=0.05)).app)
    await socket.event()
    socket.send(type="ping")
    await socket.receive()
    assert await socket.closed() == (4408, "Connection initialisation timeout")


async def test_subscribe_before_connection_init_is_4401(connect: Connect) -> None:
    socket = connect()
    await socket.event()
    socket.subscribe("{ hello }")
    assert await socket.closed() == (4401, "Unauthorized")


async def test_a_second_connection_init_is_4429(connect: Connect) -> None:
    socket = await connect().start()
    socket.send(type="connection_init")
    assert await socket.closed() == (4429, "Too many initialisation requests")


async def test_an_id_in_use_is_4409_and_its_stream_is_closed(connect: Connect, fresh_world: World) -> None:
    socket = await connect().start()
    socket.subscribe("subscription { forever }", "x")
    await socket.receive()
    socket.subscribe("{ hello }", "x")
    assert await socket.closed() == (4409, "Subscriber for x already exists")
    assert fresh_world.closed_streams == 1


SUBSCRIBE = {"id": "1", "type": "subscribe", "payload": {"query": "{ hello }"}}
WRONG: list[dict[str, object]] = [
    {"id": ""},
    {"id": 1},
    {"id": None},
    {"id": "x" * 257},
    {"payload": None},
    {"payload": []},
    {"payload": "{ hello }"},
    {"payload": {}},
    {"payload": {"query": None}},
    {"payload": {"query": "{ hello }", "operationName": 1}},
    {"payload": {"query": "{ hello }", "variables": []}},
    {"payload": {"query": "{ hello }", "extensions": 1}},
]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "1",
        "null",
        "[]",
        '"ping"',
        '{"type":NaN}',
        "{}",
        '{"type":1}',
        '{"type":"start"}',
        '{"type":"next","id":"1"}',
        '{"type":"ping","payload":1}',
        '{"type":"pong","payload":[]}',
        '{"type":"complete"}',
        '{"type":"complete","id":1}',
        '{"type":"complete","id":""}',
        *(orjson.dumps({**SUBSCRIBE, **wrong}).decode() for wrong in WRONG),
        '{"a":' * 2_000,
        " " * 1_000_001,
    ],
)
async def test_an_invalid_message_is_4400(connect: Connect, text: str) -> None:
    socket = await connect().start()
    socket.send_text(text)
    code, reason = await socket.closed()
    assert code == 4400
    assert reason.startswith("Invalid message: ")
    assert len(reason.encode()) <= 123


async def test_a_binary_frame_is_4400(connect: Connect) -> None:
    socket = await connect().start()
    socket.to_app.put_nowait({"type": "websocket.receive", "bytes": b'{"type":"ping"}'})
    assert await socket.closed() == (4400, "Invalid message: a frame must be text")


@pytest.mark.parametrize("payload", ["x", [], 1, {"authorization": 1}, {"Authorization": ["Bearer T"]}])
async def test_a_wrong_connection_init_is_4400(connect: Connect, payload: object) -> None:
    socket = connect()
    await socket.event()
    socket.send(type="connection_init", payload=payload)
    assert (await socket.closed())[0] == 4400


@pytest.mark.parametrize(
    ("payload", "headers", "token", "from_cookie"),
    [
        ({"authorization": "Bearer T1"}, {"cookie": "starling_session=T2"}, "T1", False),
        ({"Authorization": "bearer T1", "other": 1}, {}, "T1", False),
        ({"authorization": None}, {"cookie": "starling_session=T2"}, "T2", True),
        (None, {"cookie": "starling_session=T2"}, "T2", True),
        (None, {"authorization": "Bearer T3", "cookie": "starling_session=T2"}, "T3", False),
        ({}, {}, None, False),
    ],
)
async def test_who_is_asking(
    connect: Connect, fresh_world: World, payload: object, headers: dict[str, str], token: str | None, from_cookie: bool
) -> None:
    socket = await connect(headers=headers).start(payload)
    socket.subscribe("{ token }")
    assert (await socket.receive())["payload"] == {"data": {"token": token}}
    at_init, at_operation = fresh_world.contexts
    assert at_operation is not at_init
    assert at_operation.client is at_init.client
    assert at_operation.cookies is None
    assert replace(at_operation.client, request_id="") == replace(
        at_operation.client,
        address="192.0.2.1",
        user_agent=None,
        token=token,
        token_from_cookie=from_cookie,
        request_id="",
    )


@pytest.mark.parametrize("authorization", ["", "T1", "Basic YTpi", "Bearer bad"])
async def test_a_bad_token_is_4401(connect: Connect, authorization: str) -> None:
    socket = connect()
    await socket.event()
    socket.send(type="connection_init", payload={"authorization": authorization})
    assert await socket.closed() == (4401, "Unauthorized")


async def test_a_store_that_is_down_at_connection_init_asks_to_come_again(connect: Connect, fresh_world: World) -> None:
    fresh_world.refuse = Unavailable("cache")
    socket = connect()
    await socket.event()
    socket.send(type="connection_init")
    assert await socket.closed() == (1013, "The cache store does not answer now; try again.")


async def test_a_crash_at_connection_init_is_logged_and_masked(
    connect: Connect, fresh_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    fresh_world.refuse = TimeoutError("secret")
    socket = connect()
    await socket.event()
    socket.send(type="connection_init")
    assert await socket.closed() == (1011, "Internal error")
    assert "secret" in caplog.text


async def test_a_token_revoked_later_ends_the_socket_at_its_next_operation(
    connect: Connect, fresh_world: World
) -> None:
    socket = await connect().start()
    socket.subscribe("subscription { forever }", "old")
    await socket.receive()
    fresh_world.refuse = Unauthenticated("Revoked.")
    socket.subscribe("{ hello }", "new")
    assert await socket.closed() == (4401, "Unauthorized")
    assert fresh_world.closed_streams == 1


async def test_a_store_that_is_down_later_fails_the_operation_only(connect: Connect, fresh_world: World) -> None:
    socket = await connect().start()
    fresh_world.refuse = Unavailable("cache")
    socket.subscribe("{ hello }")
    assert await socket.receive() == {
        "id": "1",
        "type": "error",
        "payload": [
            {
                "message": "The cache store does not answer now; try again.",
                "extensions": {"code": "UNAVAILABLE", "store": "cache"},
            }
        ],
    }


async def test_complete_ends_a_stream_and_frees_its_id(connect: Connect, fresh_world: World) -> None:
    socket = await connect().start()
    for round_ in range(1, 4):
        socket.subscribe("subscription { forever }", "x")
        await socket.receive()
        assert fresh_world.open_streams == round_
        socket.send(type="complete", id="x")
        await eventually(lambda round_=round_: fresh_world.closed_streams == round_)  # type: ignore[misc]
    socket.subscribe("{ hello }", "x")
    assert (await socket.receive())["type"] == "next"


async def test_a_cancelled_resolver_ends_its_operation_and_frees_the_id(connect: Connect) -> None:
    socket = await connect().start()
    for _ in range(2):
        socket.subscribe("{ hello cancelled }", "x")
        message = await socket.receive()
        assert (message["id"], message["type"]) == ("x", "error")
        assert [error["extensions"]["code"] for error in message["payload"]] == ["INTERNAL"]


async def test_a_cancelled_resolver_of_an_event_is_told_in_its_place(connect: Connect) -> None:
    """Those that follow are told too."""
    socket = await connect().start()
    socket.subscribe("subscription { told(to: 2) { cancelled } }", "x")
    for _ in range(2):
        message = await socket.receive()
        assert (message["type"], message["payload"]["data"]) == ("next", None)
        assert [error["extensions"]["code"] for error in message["payload"]["errors"]] == ["INTERNAL"]
    assert await socket.receive() == {"id": "x", "type": "complete"}


async def test_at_most_50_operations(connect: Connect, fresh_world: World) -> None:
    socket = await connect().start()
    for number in range(50):
        socket.subscribe("subscription { forever }", str(number))
        await socket.receive()
    socket.subscribe("{ hello }", "more")
    assert await socket.receive() == {
        "id": "more",
        "type": "error",
        "payload": [
            {
                "message": "A socket runs at most 50 operations at once.",
                "extensions": {"code": "BAD_USER_INPUT"},
            }
        ],
    }
    socket.send(type="complete", id="7")
    socket.subscribe("{ hello }", "more")
    assert (await socket.receive())["type"] == "next"
    socket.disconnect()
    await asyncio.wait_for(socket.task, 5)
    assert fresh_world.closed_streams == 50


async def test_a_send_that_fails_ends_all(connect: Connect, fresh_world: World) -> None:
    socket = await connect().start()
    socket.subscribe("subscription { forever }", "a")
    await socket.receive()
    socket.break_sends = True
    socket.subscribe("{ hello }", "b")
    await asyncio.wait_for(socket.task, 5)
    assert fresh_world.closed_streams == 1


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ({}, True),
        ({"origin": "http://starling.test"}, True),
        ({"origin": "https://STARLING.test"}, True),
        ({"origin": "https://friend.example"}, True),
        ({"origin": "https://friend.example:8443"}, False),
        ({"origin": "https://starling.test.stranger.example"}, False),
        ({"origin": "http://starling.test:8000"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"origin": "null", "host": ""}, False),
    ],
)
async def test_a_page_of_another_origin_may_not_connect(
    connect: Connect, headers: dict[str, str], accepted: bool
) -> None:
    socket = connect(headers=headers)
    event = await socket.event()
    assert event["type"] == ("websocket.accept" if accepted else "websocket.close")


async def test_close_all(connect: Connect, fresh_world: World) -> None:
    app = build_app()
    sockets = [await connect(app.app).start() for _ in range(3)]
    for socket in sockets:
        socket.subscribe("subscription { forever }")
        await socket.receive()
    waiting = connect(app.app)
    await waiting.event()
    assert await app.websocket.close_all(within=5) == 0
    for socket in [*sockets, waiting]:
        assert await socket.closed() == (1012, "Service restart")
    assert fresh_world.closed_streams == 3
    late = connect(app.app)
    await late.event()
    assert await late.closed() == (1012, "Service restart")
    assert await app.websocket.close_all(within=5) == 0


@pytest.mark.parametrize(("within", "pause"), [(8.0, 0.005), (0.02, 0.0025), (0.0, 0.0)])
async def test_sockets_are_closed_one_by_one(
    connect: Connect, within: float, pause: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order of their coming, over half of the time at most."""
    app = build_app()
    sockets = [await connect(app.app).start() for _ in range(4)]
    slept: list[float] = []
    closed: list[list[bool]] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        slept.append(seconds)
        for _ in range(10):
            await sleep(0)
        closed.append([not socket.from_app.empty() for socket in sockets])

    monkeypatch.setattr(asyncio, "sleep", note)
    await app.websocket.close_all(within=within)
    monkeypatch.undo()
    assert slept == [pause] * 4
    assert closed == [[at <= last for at in range(4)] for last in range(4)]
    assert [await socket.closed() for socket in sockets] == [(1012, "Service restart")] * 4


async def test_a_cancelled_handler_closes_its_streams(connect: Connect, fresh_world: World) -> None:
    socket = await connect().start()
    socket.subscribe("subscription { forever }")
    await socket.receive()
    socket.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await socket.task
    assert fresh_world.closed_streams == 1
    socket.task = asyncio.create_task(asyncio.sleep(0))
