"""Every way to ask over HTTP, and every way to ask wrongly."""

from collections.abc import AsyncIterator
from urllib.parse import quote

import httpx
import orjson
import pytest

from domain.errors import Forbidden, RateLimited, StarlingError, Unavailable
from tests.unit.transport.kit import build_app
from tests.unit.transport.worlds import World
from transport.limits import Limits

JSON = {"content-type": "application/json"}


async def post(http: httpx.AsyncClient, query: str, **members: object) -> httpx.Response:
    return await http.post("/graphql", json={"query": query, **members})


def code(response: httpx.Response) -> str:
    errors = response.json()["errors"]
    assert isinstance(errors[0]["message"], str)
    return str(errors[0]["extensions"]["code"])


async def test_a_query_by_post(http: httpx.AsyncClient) -> None:
    response = await post(http, "query Q($n: String!) { hello(name: $n) }", variables={"n": "Ada"}, operationName="Q")
    assert response.status_code == 200
    assert response.json() == {"data": {"hello": "Hello, Ada!"}}
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert len(response.headers["x-request-id"]) == 16


async def test_a_query_by_get(http: httpx.AsyncClient) -> None:
    params = {"query": "query($n: String!) { hello(name: $n) }", "variables": '{"n": "é"}', "extensions": "{}"}
    response = await http.get("/graphql", params=params)
    assert (response.status_code, response.json()) == (200, {"data": {"hello": "Hello, é!"}})


async def test_null_members_and_unknown_members_are_legal(http: httpx.AsyncClient) -> None:
    response = await post(http, "{ hello }", variables=None, operationName=None, extensions=None, id="x")
    assert response.json() == {"data": {"hello": "Hello, world!"}}


async def test_one_of_several_operations_is_selected_by_name(http: httpx.AsyncClient) -> None:
    text = "query A { hello } query B { token }"
    assert (await post(http, text, operationName="B")).json() == {"data": {"token": None}}
    for name, message in (
        (None, "'operationName' must name one of the document's operations."),
        ("C", "The document has no operation 'C'."),
    ):
        response = await post(http, text, operationName=name)
        assert response.status_code == 400
        assert response.json() == {"errors": [{"message": message, "extensions": {"code": "BAD_USER_INPUT"}}]}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"1", "A request is a JSON object with the member 'query'."),
        (b'"{ hello }"', "A request is a JSON object with the member 'query'."),
        (b"null", "A request is a JSON object with the member 'query'."),
        (b'[{"query":"{ hello }"}]', "Batches are not supported; send one operation per request."),
        (b"{}", "'query' must be a string with a GraphQL document."),
        (b'{"query":null}', "'query' must be a string with a GraphQL document."),
        (b'{"query":["{ hello }"]}', "'query' must be a string with a GraphQL document."),
        (b'{"query":"{ hello }","operationName":1}', "'operationName' must be a string or null."),
        (b'{"query":"{ hello }","variables":[]}', "'variables' must be a JSON object or null."),
        (b'{"query":"{ hello }","variables":"{}"}', "'variables' must be a JSON object or null."),
        (b'{"query":"{ hello }","extensions":1}', "'extensions' must be a JSON object or null."),
    ],
)
async def test_a_wrong_body_is_a_400_that_says_why(http: httpx.AsyncClient, body: bytes, message: str) -> None:
    response = await http.post("/graphql", content=body, headers=JSON)
    assert response.status_code == 400
    assert response.json() == {"errors": [{"message": message, "extensions": {"code": "BAD_USER_INPUT"}}]}


@pytest.mark.parametrize(
    "body",
    [
        b'{"query":"\xff"}',
        b'{"query":"{ hello }","variables":{"n":NaN}}',
        b'{"query":"\\ud800"}',
        b'{"query":"\xed\xa0\x80"}',
        b'{"query":"{ hello }","variables":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
        b"[" * 900_000,
        b"\xef\xbb\xbf{}",
    ],
)
async def test_what_is_no_json_is_a_400(http: httpx.AsyncClient, body: bytes) -> None:
    response = await http.post("/graphql", content=body, headers=JSON)
    assert (response.status_code, code(response)) == (400, "BAD_USER_INPUT")
    assert "is not valid JSON" in response.json()["errors"][0]["message"]


async def test_malformed_json_is_named_with_its_position(http: httpx.AsyncClient) -> None:
    response = await http.post("/graphql", content=b'{"query":\n }', headers=JSON)
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"].endswith(": line 2 column 2 (char 11).")


def nested(levels: int) -> dict[str, object]:
    value: dict[str, object] = {}
    for _ in range(levels - 1):
        value = {"deep": value}
    return value


async def test_variables_may_be_nested_50_levels(http: httpx.AsyncClient) -> None:
    text = "query($v: Deep) { nested(value: $v) }"
    assert (await post(http, text, variables={"v": nested(49)})).json() == {"data": {"nested": True}}
    for variables in ({"v": nested(50)}, {"v": [[[[nested(60)]]]]}, {"unused": nested(900)}):
        response = await post(http, text, variables=variables)
        assert response.status_code == 400
        assert response.json()["errors"] == [
            {
                "message": "'variables' must not be nested deeper than 50 levels.",
                "extensions": {"code": "BAD_USER_INPUT"},
            }
        ]


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("Application/JSON; charset=UTF-8", 200),
        ('application/json;charset="utf-8"', 200),
        ("application/json; charset=latin-1", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("text/plain", 415),
        ("application/graphql", 415),
        (None, 415),
    ],
)
async def test_only_json_is_taken(http: httpx.AsyncClient, content_type: str | None, status: int) -> None:
    headers = {"content-type": content_type} if content_type else {}
    response = await http.post("/graphql", content=b'{"query":"{ hello }"}', headers=headers)
    assert response.status_code == status
    assert ("errors" in response.json()) is (status == 415)


async def test_a_body_of_more_than_a_megabyte_is_a_413_and_is_not_read_for_ever(http: httpx.AsyncClient) -> None:
    taken = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(100):
            taken += 1
            yield b" " * 100_000

    response = await http.post("/graphql", content=body(), headers=JSON)
    assert (response.status_code, code(response)) == (413, "BAD_USER_INPUT")
    assert response.headers["connection"] == "close"
    assert taken == 81
    exact = b'{"query":"{ hello }"}'.ljust(1_000_000)
    assert (await http.post("/graphql", content=exact, headers=JSON)).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
async def test_other_methods_are_405(http: httpx.AsyncClient, method: str) -> None:
    response = await http.request(method, "/graphql")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST, OPTIONS"


async def test_options(http: httpx.AsyncClient) -> None:
    response = await http.options("/graphql", headers={"origin": "https://stranger.example"})
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["allow"] == "GET, POST, OPTIONS"
    assert not [name for name in response.headers if name.startswith("access-control")]


async def test_get_is_for_queries_only(http: httpx.AsyncClient, fresh_world: World) -> None:
    response = await http.get("/graphql", params={"query": "mutation { logIn }"})
    assert (response.status_code, response.headers["allow"], code(response)) == (405, "POST", "BAD_USER_INPUT")
    assert fresh_world.contexts == []


async def test_a_subscription_over_http_is_told_to_use_a_websocket(http: httpx.AsyncClient) -> None:
    for response in (
        await post(http, "subscription { count }"),
        await http.get("/graphql", params={"query": "subscription { count }"}),
    ):
        assert response.status_code == 400
        assert response.json()["errors"][0]["message"] == (
            "Subscriptions need a websocket with the subprotocol graphql-transport-ws."
        )


@pytest.mark.parametrize(
    ("query_string", "status"),
    [
        ("", 400),
        ("query=%7Bhello%7D&variables=", 400),
        ("query=%7Bhello%7D&variables=%7B", 400),
        ("query=%7Bhello%7D&variables=1", 400),
        ("query=%7Bhello%7D&extensions=[]", 400),
        ("query=%7Bhello%7D&query=%7Btoken%7D", 400),
        ("query=%FF", 400),
        ("query=%ED%A0%80", 400),
        ("&".join(f"a{i}=1" for i in range(21)), 400),
        ("query=" + quote("{ hello }") + "&x=" + "a" * 16_384, 414),
        ("query=%7Bhello%7D&variables=null&operationName", 400),
        ("query=%7Bhello%7D&variables=null", 200),
    ],
)
async def test_query_strings(http: httpx.AsyncClient, query_string: str, status: int) -> None:
    response = await http.get(f"/graphql?{query_string}")
    assert response.status_code == status
    assert ("errors" in response.json()) is (status != 200)


async def test_a_browser_gets_the_page_and_a_query_gets_data(http: httpx.AsyncClient) -> None:
    accept = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    page = await http.get("/graphql", headers=accept)
    assert (page.text, page.headers["content-type"]) == ("<p>GraphiQL", "text/html; charset=utf-8")
    data = await http.get("/graphql?query={hello}", headers=accept)
    assert data.json() == {"data": {"hello": "Hello, world!"}}


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/json"),
        ("application/json, application/graphql-response+json", "application/json"),
        ("application/graphql-response+json, application/json;q=0.9", "application/graphql-response+json"),
        ("text/plain", "application/json"),
    ],
)
async def test_the_media_type_is_the_one_accepted_first(http: httpx.AsyncClient, accept: str, media_type: str) -> None:
    for query, status in (("{ hello }", 200), ("{", 400)):
        response = await http.post("/graphql", json={"query": query}, headers={"accept": accept})
        assert (response.status_code, response.headers["content-type"]) == (status, media_type)


@pytest.mark.parametrize(
    ("text", "error_code"),
    [
        ("", "GRAPHQL_PARSE_FAILED"),
        ("{ hello", "GRAPHQL_PARSE_FAILED"),
        ("{a" * 4_900 + "}" * 200, "GRAPHQL_PARSE_FAILED"),
        ("{" * 10_000, "GRAPHQL_PARSE_FAILED"),
        ("{ " + "hello " * 10_000 + "}", "GRAPHQL_PARSE_FAILED"),
        ("{ hello }" + " " * 100_000, "GRAPHQL_PARSE_FAILED"),
        ("{ hello }" + "#\n" * 1_001, "GRAPHQL_PARSE_FAILED"),
        ("{ hello(name: [" + "[" * 150 + "]" * 150 + "]) }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("type A { b: Int }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...f } fragment f on Query { ...f }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ " + "me { " * 15 + "hello" + " }" * 15 + " }", "QUERY_TOO_COMPLEX"),
    ],
)
async def test_a_document_that_is_refused_is_a_400(http: httpx.AsyncClient, text: str, error_code: str) -> None:
    response = await post(http, text)
    assert (response.status_code, code(response)) == (400, error_code)
    assert "data" not in response.json()


async def test_variables_that_do_not_fit_are_a_400(http: httpx.AsyncClient) -> None:
    response = await post(http, "query($n: Int!) { limited(first: $n) }", variables={"n": "x"})
    assert response.status_code == 400
    assert response.json() == {
        "errors": [
            {
                "message": "Variable '$n' has invalid value: Int cannot represent non-integer value: 'x'",
                "locations": [{"line": 1, "column": 7}],
                "extensions": {"code": "BAD_USER_INPUT"},
            }
        ]
    }


@pytest.mark.parametrize(
    ("authorization", "token"), [("Bearer T1", "T1"), ("bearer  T1", "T1"), ("BEARER a-b._~+/9==", "a-b._~+/9==")]
)
async def test_a_bearer_token_goes_before_the_cookie(http: httpx.AsyncClient, authorization: str, token: str) -> None:
    headers = {"authorization": authorization, "cookie": "starling_session=T2"}
    response = await http.post("/graphql", json={"query": "{ token }"}, headers=headers)
    assert response.json() == {"data": {"token": token}}


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a b", "T1", "Bearer é"])
async def test_a_malformed_authorization_is_a_401_not_a_guest(http: httpx.AsyncClient, authorization: str) -> None:
    headers = {b"authorization": authorization.encode(), b"cookie": b"starling_session=T2"}
    response = await http.post("/graphql", json={"query": "{ token }"}, headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json() == {
        "errors": [
            {
                "message": "The authorization must have the form 'Bearer TOKEN'.",
                "extensions": {"code": "UNAUTHENTICATED"},
            }
        ]
    }


async def test_the_context_knows_the_client(http: httpx.AsyncClient, fresh_world: World) -> None:
    headers = {"cookie": "a=b; starling_session=T2", "user-agent": "u" * 600}
    response = await http.post("/graphql", json={"query": "{ token }"}, headers=headers)
    client = fresh_world.contexts[0].client
    assert (client.address, client.user_agent, client.token) == ("127.0.0.1", "u" * 500, "T2")
    assert client.token_from_cookie is True
    assert client.request_id == response.headers["x-request-id"]


async def test_a_bad_bearer_token_is_a_401_and_a_stale_cookie_a_guest(http: httpx.AsyncClient) -> None:
    query = {"query": "{ hello }"}
    refused = await http.post("/graphql", json=query, headers={"authorization": "Bearer bad"})
    assert (refused.status_code, code(refused)) == (401, "UNAUTHENTICATED")
    guest = await http.post("/graphql", json=query, headers={"cookie": "starling_session=bad"})
    assert guest.json() == {"data": {"hello": "Hello, world!"}}
    cookie = guest.headers["set-cookie"]
    assert cookie.startswith('starling_session=""; expires=')
    assert cookie.endswith("; HttpOnly; Max-Age=0; Path=/; SameSite=lax")


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_resolvers_set_the_session_cookie(http: httpx.AsyncClient, scheme: str) -> None:
    response = await http.post(f"{scheme}://starling.test/graphql", json={"query": "mutation { logIn }"})
    assert response.json() == {"data": {"logIn": True}}
    secure = "; Secure" if scheme == "https" else ""
    assert response.headers["set-cookie"] == (
        f"starling_session=T0; expires=Wed, 02 Jan 2030 03:04:05 GMT; HttpOnly; Path=/; SameSite=lax{secure}"
    )


@pytest.mark.parametrize(
    ("error", "status", "header"),
    [
        (Unavailable("cache"), 503, None),
        (Forbidden("No."), 403, None),
        (RateLimited("Wait.", 9), 429, ("retry-after", "9")),
        (StarlingError("Odd."), 400, None),
    ],
)
async def test_a_failing_context_has_its_status(
    http: httpx.AsyncClient, fresh_world: World, error: StarlingError, status: int, header: tuple[str, str] | None
) -> None:
    fresh_world.refuse = error
    response = await post(http, "{ hello }")
    assert response.status_code == status
    assert response.json() == {"errors": [{"message": str(error), "extensions": error.extensions()}]}
    assert header is None or response.headers[header[0]] == header[1]


async def test_a_crash_outside_of_execution_is_a_masked_500(
    http: httpx.AsyncClient, fresh_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    fresh_world.refuse = ZeroDivisionError("secret")
    response = await post(http, "{ hello }")
    assert (response.status_code, code(response)) == (500, "INTERNAL")
    assert "secret" not in response.text
    assert response.headers["x-request-id"] in caplog.text


async def test_a_client_that_leaves_in_the_middle_of_its_body() -> None:
    sent: list[object] = []

    async def send(message: object) -> None:
        sent.append(message)

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    await build_app().app(scope, receive, send)
    assert sent == []


async def test_the_limits_are_the_callers() -> None:
    transport = httpx.ASGITransport(build_app(Limits(body_bytes=30)).app)
    async with httpx.AsyncClient(transport=transport, base_url="http://starling.test") as client:
        body = orjson.dumps({"query": "{ hello hello }"})
        assert len(body) == 27
        assert (await client.post("/graphql", content=body, headers=JSON)).status_code == 200
        assert (await client.post("/graphql", content=body + b"    ", headers=JSON)).status_code == 413
