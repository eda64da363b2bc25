"""Requests that are none: over HTTP each gets a 4xx with one clear error."""

import json

import httpx
import pytest

from tests.api.asking import error_of, failure, post, unchanged
from tests.support.clients import Account, Json

VIEWER = "{ viewer { email } }"
POST_TWEET = 'mutation { createTweet(input: {text: "%s"}) { tweet { id } userErrors { code field } } }'


def body(query: str, **variables: Json) -> bytes:
    return json.dumps({"query": query, "variables": variables}).encode()


@pytest.mark.parametrize(
    ("sent", "code", "message"),
    [
        pytest.param(body(VIEWER + " " * 100_000), "GRAPHQL_PARSE_FAILED", "more than 100000 code points", id="100 kB"),
        pytest.param(body("{ a }" * 5_000), "GRAPHQL_PARSE_FAILED", "more than 10000 tokens", id="tokens"),
        pytest.param(body("{ viewer { email }"), "GRAPHQL_PARSE_FAILED", "Expected Name, found <EOF>", id="syntax"),
        pytest.param(body("{ colour }"), "GRAPHQL_VALIDATION_FAILED", "Cannot query field 'colour'", id="field"),
        pytest.param(b'{"query": ', "BAD_USER_INPUT", "The body is not valid JSON", id="malformed"),
        pytest.param(b"", "BAD_USER_INPUT", "The body is not valid JSON", id="empty"),
        pytest.param(b'{"query":"{viewer{email}}\xff"}', "BAD_USER_INPUT", "not valid UTF-8", id="not UTF-8"),
        pytest.param(b"[" * 100_000, "BAD_USER_INPUT", "The body is not valid JSON", id="nested"),
        pytest.param(b"7", "BAD_USER_INPUT", "A request is a JSON object", id="scalar"),
        pytest.param(b"[" + body(VIEWER) + b"]", "BAD_USER_INPUT", "Batches are not supported", id="batch"),
        pytest.param(b'{"query": 7}', "BAD_USER_INPUT", "'query' must be a string", id="query"),
        pytest.param(b'{"query": "{a}", "variables": []}', "BAD_USER_INPUT", "'variables' must be", id="variables"),
        pytest.param(b'{"query": "{a}", "operationName": 1}', "BAD_USER_INPUT", "'operationName' must", id="operation"),
    ],
)
async def test_what_is_no_request(viewer: Account, sent: bytes, code: str, message: str) -> None:
    answer = await post(viewer.http, viewer.url, sent, authorization=f"Bearer {viewer.token}")
    assert error_of(answer)[:2] == (400, code)
    assert message in error_of(answer)[2]


async def test_the_largest_query_is_answered(viewer: Account) -> None:
    answer = await post(viewer.http, viewer.url, body(f"{VIEWER}#".ljust(100_000, "x")))
    assert (answer.status_code, answer.json()) == (200, {"data": {"viewer": None}})


async def test_a_body_of_more_than_a_megabyte(viewer: Account) -> None:
    answer = await post(viewer.http, viewer.url, b" " * 1_000_001)
    assert error_of(answer) == (413, "BAD_USER_INPUT", "The body must not be larger than 1000000 bytes.")


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_a_form_is_no_request(viewer: Account, content_type: str) -> None:
    """A page of another origin may send forms with the cookie, unasked."""
    async with unchanged(viewer):
        sent = body(POST_TWEET % "forged")
        answer = await post(
            viewer.http, viewer.url, sent, content_type=content_type, cookie=f"starling_session={viewer.token}"
        )
        assert error_of(answer) == (415, "BAD_USER_INPUT", "The content type must be application/json, in UTF-8.")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
async def test_a_method_that_is_not_served(viewer: Account, method: str) -> None:
    async with unchanged(viewer):
        headers = {"authorization": f"Bearer {viewer.token}", "content-type": "application/json"}
        sent = body(POST_TWEET % "by another method")
        answer = await viewer.http.request(method, f"{viewer.url}/graphql", content=sent, headers=headers)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST, OPTIONS")


async def test_a_mutation_by_get(viewer: Account) -> None:
    async with unchanged(viewer):
        headers = {"authorization": f"Bearer {viewer.token}"}
        sent = {"query": POST_TWEET % "by GET"}
        answer = await viewer.http.get(f"{viewer.url}/graphql", params=sent, headers=headers)
        assert error_of(answer) == (405, "BAD_USER_INPUT", "A GET may only query; use POST for a mutation.")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_subscription_over_http(viewer: Account, method: str) -> None:
    sent = {"query": "subscription { timelineUpdates { __typename } }"}
    where = {"params": sent} if method == "GET" else {"json": sent}
    answer = await viewer.http.request(method, f"{viewer.url}/graphql", **where)  # type: ignore[arg-type]
    message = "Subscriptions need a websocket with the subprotocol graphql-transport-ws."
    assert error_of(answer) == (400, "BAD_USER_INPUT", message)


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        ("Basic dTpw", "The authorization must have the form 'Bearer TOKEN'."),
        ("Bearer", "The authorization must have the form 'Bearer TOKEN'."),
        ("Bearer a b", "The authorization must have the form 'Bearer TOKEN'."),
        ("Bearer unknown", "This token is unknown, expired or revoked; log in for a new one."),
    ],
)
async def test_a_token_that_is_none(http: httpx.AsyncClient, viewer: Account, authorization: str, message: str) -> None:
    async with unchanged(viewer):
        answer = await post(http, viewer.url, body(POST_TWEET % "by nobody"), authorization=authorization)
        assert error_of(answer) == (401, "UNAUTHENTICATED", message)
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        pytest.param(
            '{ tweet(id: "a") ' + "{ inReplyTo " * 14 + "{ id }" + " }" * 14 + " }",
            "Too complex: 16 levels of fields in the query, at most 15 are allowed.",
            id="deep",
        ),
        pytest.param(
            "{ viewer { " + "email " * 400 + "} }",
            "Too complex: 401 field selections after fragments in the query, at most 400 are allowed.",
            id="wide",
        ),
        pytest.param(
            "{ " + " ".join(f"a{n}: viewer {{ email }}" for n in range(101)) + " }",
            "Too complex: 101 aliases after fragments in the query, at most 100 are allowed.",
            id="aliases",
        ),
        pytest.param(
            "{ ...f0 } "
            + " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(30))
            + " fragment f30 on Query { viewer { email } }",
            "Too complex: over 1000000 field selections after fragments in the query, at most 400 are allowed.",
            id="fragments",
        ),
    ],
)
async def test_a_document_that_asks_too_much(viewer: Account, query: str, message: str) -> None:
    assert await failure(viewer, query) == ("QUERY_TOO_COMPLEX", message, None)
