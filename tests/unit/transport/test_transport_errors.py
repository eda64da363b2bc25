"""What clients are told: the same for queries, mutations, subscriptions and whatever comes before them."""

import asyncio
import logging
from collections.abc import Callable

import httpx
import pytest
from graphql import GraphQLError, located_error

from domain.errors import BadUserInput, StarlingError
from tests.unit.transport.kit import Socket, build_app, eventually
from tests.unit.transport.worlds import world
from transport.errors import clip, format_errors

Connect = Callable[..., Socket]

SHOWN = {
    "forbidden": ("Not yours.", {"code": "FORBIDDEN"}),
    "input": ("'first' must be at most 100.", {"code": "BAD_USER_INPUT"}),
    "rate": ("Too many attempts.", {"code": "RATE_LIMITED", "retryAfter": 7}),
    "unavailable": (
        "The graph store does not answer now; try again.",
        {"code": "UNAVAILABLE", "store": "graph"},
    ),
}


@pytest.mark.parametrize("how", SHOWN)
@pytest.mark.parametrize("kind", ["query", "mutation"])
async def test_our_failures_are_shown(http: httpx.AsyncClient, kind: str, how: str) -> None:
    response = await http.post("/graphql", json={"query": f'{kind} {{ fail(how: "{how}") }}'})
    message, extensions = SHOWN[how]
    assert response.status_code == 200
    assert response.json() == {
        "data": {"fail": None},
        "errors": [
            {
                "message": message,
                "locations": [{"line": 1, "column": len(kind) + 4}],
                "path": ["fail"],
                "extensions": extensions,
            }
        ],
    }


@pytest.mark.parametrize("kind", ["query", "mutation"])
async def test_all_else_is_masked_and_logged(
    http: httpx.AsyncClient, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = await http.post("/graphql", json={"query": f'{kind} {{ fail(how: "secret") }}'})
    request_id = response.headers["x-request-id"]
    assert response.json()["data"] == {"fail": None}
    assert response.json()["errors"][0]["message"] == f"Internal error; the log has it as request {request_id}."
    assert response.json()["errors"][0]["extensions"] == {"code": "INTERNAL", "requestId": request_id}
    assert "hunter2" not in response.text
    assert len(caplog.records) == 1
    assert request_id in caplog.text
    assert "Traceback" in caplog.text
    assert "hunter2" in caplog.text


async def test_a_field_that_must_not_be_null_takes_data_with_it_and_is_a_200(http: httpx.AsyncClient) -> None:
    response = await http.post("/graphql", json={"query": "{ must }"})
    assert (response.status_code, response.json()["data"]) == (200, None)
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL"


async def test_data_that_json_cannot_hold_is_masked(http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    response = await http.post("/graphql", json={"query": "{ huge }"})
    assert response.status_code == 500
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert len(caplog.records) == 1


@pytest.mark.parametrize("how", ["secret", *SHOWN])
async def test_a_stream_that_breaks_ends_with_an_error(
    connect: Connect, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    socket = await connect().start()
    socket.subscribe(f'subscription {{ broken(how: "{how}") }}')
    assert await socket.receive() == {"id": "1", "type": "next", "payload": {"data": {"broken": 1}}}
    failure = await socket.receive()
    assert (failure["id"], failure["type"]) == ("1", "error")
    (error,) = failure["payload"]
    if how == "secret":
        request_id = error["extensions"]["requestId"]
        assert error == {
            "message": f"Internal error; the log has it as request {request_id}.",
            "extensions": {"code": "INTERNAL", "requestId": request_id},
        }
        assert "hunter2" in caplog.text
    else:
        assert (error["message"], error["extensions"]) == SHOWN[how]
        assert caplog.records == []
    socket.subscribe("{ hello }")
    assert (await socket.receive())["type"] == "next"


async def test_a_crash_in_validation_is_masked(
    monkeypatch: pytest.MonkeyPatch, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(*_: object) -> None:
        raise KeyError("hunter2")

    monkeypatch.setattr("transport.documents.validate", crash)
    app = build_app().app
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://starling.test") as client:
        response = await client.post("/graphql", json={"query": "{ hello }"})
    assert response.status_code == 500
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    socket = await connect(app).start()
    socket.subscribe("{ hello }")
    message = await socket.receive()
    assert message["type"] == "error"
    assert message["payload"][0]["extensions"]["code"] == "INTERNAL"
    assert "hunter2" not in response.text + str(message)
    assert caplog.text.count("KeyError: 'hunter2'") == 2


async def test_an_argument_that_execution_refuses_is_the_clients(http: httpx.AsyncClient) -> None:
    query = "query($n: Int) { limited(first: $n) }"
    assert (await http.post("/graphql", json={"query": query})).json() == {"data": {"limited": 20}}
    response = await http.post("/graphql", json={"query": query, "variables": {"n": None}})
    assert response.status_code == 200
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert error["path"] == ["limited"]
    assert "first" in error["message"]


async def test_errors_are_capped_in_number_and_length(http: httpx.AsyncClient) -> None:
    for query in (
        "{" + " ".join(f"wrong{i}" for i in range(300)) + "}",
        "{" + " ".join(f'a{i}: fail(how: "input")' for i in range(90)) + "}",
    ):
        assert len((await http.post("/graphql", json={"query": query})).json()["errors"]) == 20
    long = "x" * 50_000
    for query, variables in (
        (f"{{ {long} }}", None),
        (f'{{ {long}: fail(how: "input") }}', None),
        (f'query {long} {{ limited(first: "{long}") }}', None),
        ("query($n: Int!) { limited(first: $n) }", {"n": long}),
    ):
        response = await http.post("/graphql", json={"query": query, "variables": variables})
        assert len(response.content) - len(long) * (response.status_code == 200) < 1_500
    response = await http.post("/graphql", json={"query": "{ hello }", "operationName": long})
    assert len(response.content) < 600


def test_one_cause_is_logged_once_however_many_fields_fail_of_it(caplog: pytest.LogCaptureFixture) -> None:
    cause, other = RuntimeError("lost"), RuntimeError("lost")
    errors = [located_error(cause, path=["a", i]) for i in range(5)] + [located_error(other, path=["b"])]
    entries = format_errors(errors, "r1")
    assert [entry["path"] for entry in entries] == [["a", 0], ["a", 1], ["a", 2], ["a", 3], ["a", 4], ["b"]]
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2


def test_a_failure_is_found_under_any_number_of_wrappers() -> None:
    error: Exception = BadUserInput("No.")
    for _ in range(3):
        error = GraphQLError("wrapped", original_error=error)
    assert format_errors([error], "r1") == [{"message": "No.", "extensions": {"code": "BAD_USER_INPUT"}}]


def test_an_error_of_a_driver_that_has_extensions_of_its_own_is_masked() -> None:
    class DriverError(Exception):
        extensions = {"code": "FORBIDDEN", "secret": "hunter2"}  # noqa: RUF012

    (entry,) = format_errors([located_error(DriverError("hunter2"), path=["a"])], "r1")
    assert "hunter2" not in str(entry)
    assert entry["extensions"] == {"code": "INTERNAL", "requestId": "r1"}


async def test_a_cancellation_is_passed_on(http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    asked = asyncio.create_task(http.post("/graphql", json={"query": "{ hello hangs }"}))
    await eventually(lambda: world.hanging == 1)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert (caplog.records, world.hanging) == ([], 0)


async def test_a_cancellation_of_what_a_resolver_awaits_is_a_failure(
    http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    """The request itself was not cancelled, and is answered."""
    answer = await http.post("/graphql", json={"query": "{ hello cancelled }"})
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (500, "INTERNAL")
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


@pytest.mark.parametrize(("length", "clipped"), [(0, 0), (300, 300), (301, 300), (10_000, 300)])
def test_clip(length: int, clipped: int) -> None:
    text = clip("x" * length)
    assert len(text) == clipped
    assert text.endswith("…") is (length > 300)


def test_the_base_of_our_errors_is_shown_too() -> None:
    assert format_errors([StarlingError("Odd.")], "r") == [{"message": "Odd.", "extensions": {"code": "INTERNAL"}}]
