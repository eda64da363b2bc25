"""GraphQL over HTTP: POST with a JSON body, GET for queries, and the page for browsers.

Status codes follow the GraphQL-over-HTTP specification, for both media types alike: 400 when an operation was never
executed, 200 when it was, with errors or without. What HTTP itself refuses has its own 4xx, and the same form of body.
"""

from collections.abc import Awaitable, Callable, Mapping
from inspect import isawaitable
from urllib.parse import parse_qsl

import orjson
from graphql import OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from domain.errors import BadUserInput, Forbidden, RateLimited, StarlingError, Unauthenticated, Unavailable
from transport.context import ContextFactory, Cookies, new_request_id, read_client
from transport.errors import RequestError, failure_of, payload_of
from transport.limits import Limits
from transport.operations import Operation, Operations
from transport.request import OperationRequest, decode_json, read_request

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
DRAINED = 8
ALLOW = {"allow": "GET, POST, OPTIONS"}
STATUS: Mapping[type[StarlingError], int] = {Forbidden: 403, Unavailable: 503}

Page = Callable[[Request], Response | Awaitable[Response]]


class HttpError(BadUserInput):
    """A request that HTTP has a status for; its body is a GraphQL error with code BAD_USER_INPUT."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}


class GraphQLEndpoint:
    """The ASGI application for the HTTP side of /graphql.

    `page` answers a browser that asks for HTML without a query. Each answer has its own `x-request-id`.
    """

    def __init__(self, operations: Operations, context_factory: ContextFactory, page: Page, limits: Limits) -> None:
        self._operations = operations
        self._context_factory = context_factory
        self._page = page
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        request_id = new_request_id()
        try:
            response = await self._answer(request, request_id)
        except ClientDisconnect:
            return
        except Exception as error:
            response = _failure(request, error, request_id)
        response.headers["cache-control"] = "no-store"
        response.headers["x-request-id"] = request_id
        await response(scope, receive, send)

    async def _answer(self, request: Request, request_id: str) -> Response:
        match request.method:
            case "POST":
                _check_content_type(request)
                params = decode_json(await self._body(request), "The body")
            case "GET":
                params = self._query_params(request)
                if "query" not in params and "text/html" in request.headers.get("accept", ""):
                    page = self._page(request)
                    return await page if isawaitable(page) else page
            case "OPTIONS":
                return Response(status_code=204, headers=ALLOW)
            case method:
                raise HttpError(405, f"{method} is not allowed here.", ALLOW)
        return await self._run(request, read_request(params, self._limits.variables_depth), request_id)

    async def _run(self, request: Request, asked: OperationRequest, request_id: str) -> Response:
        client = read_client(request, request_id)
        operation = self._operations.prepare(asked)
        _check_method(request, operation)
        cookies = Cookies()
        context = await self._context_factory(client, cookies)
        result = await self._operations.execute(operation, context)
        response = _json(request, 200, payload_of(result, request_id))
        cookies.write(response, secure=request.url.scheme == "https")
        return response

    async def _body(self, request: Request) -> bytes:
        """Reads the body. Of one that is too large the rest is dropped as it comes, up to DRAINED times the limit:
        most clients read an answer only after they have sent all.
        """
        limit, size, body = self._limits.body_bytes, 0, bytearray()
        async for chunk in request.stream():
            size += len(chunk)
            if size <= limit:
                body += chunk
            elif size > DRAINED * limit:
                break
        if size > limit:
            raise HttpError(413, f"The body must not be larger than {limit} bytes.", {"connection": "close"})
        return bytes(body)

    def _query_params(self, request: Request) -> dict[str, object]:
        """The members of a request out of the query string, `variables` and `extensions` decoded."""
        raw: bytes = request.scope["query_string"]
        if len(raw) > self._limits.query_string_bytes:
            message = f"The query string must not be longer than {self._limits.query_string_bytes} bytes; use POST."
            raise HttpError(414, message)
        try:
            pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
        except ValueError as error:
            raise HttpError(400, "The query string must be percent-encoded UTF-8 of at most 20 parameters.") from error
        params: dict[str, object] = dict(pairs)
        if len(params) < len(pairs):
            raise HttpError(400, "The query string names a parameter twice.")
        for member in ("variables", "extensions"):
            if member in params:
                params[member] = decode_json(str(params[member]), f"'{member}'")
        return params


def _check_content_type(request: Request) -> None:
    media_type, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.replace('"', "").strip()
    if media_type.strip() != JSON or charset not in {"", "charset=utf-8"}:
        raise HttpError(415, f"The content type must be {JSON}, in UTF-8.")


def _check_method(request: Request, operation: Operation) -> None:
    if operation.type is OperationType.SUBSCRIPTION:
        raise HttpError(400, "Subscriptions need a websocket with the subprotocol graphql-transport-ws.")
    if request.method == "GET" and operation.type is not OperationType.QUERY:
        raise HttpError(405, "A GET may only query; use POST for a mutation.", {"allow": "POST"})


def _failure(request: Request, error: Exception, request_id: str) -> Response:
    """The answer when nothing was executed: the client's fault, or ours."""
    status, headers = _status(error)
    return _json(request, status, {"errors": failure_of(error, request_id)}, headers)


def _status(error: Exception) -> tuple[int, Mapping[str, str]]:
    match error:
        case HttpError():
            return error.status, error.headers
        case RequestError():
            return 400, {}
        case Unauthenticated():
            return 401, {"www-authenticate": "Bearer"}
        case RateLimited():
            return 429, {"retry-after": str(error.retry_after)}
        case StarlingError():
            return STATUS.get(type(error), 400), {}
        case _:
            return 500, {}


def _json(
    request: Request, status: int, payload: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> Response:
    media_type = _response_type(request.headers.get("accept", ""))
    return Response(orjson.dumps(payload), status, headers, media_type)


def _response_type(accept: str) -> str:
    """The media type of an answer: the newer one only for a client that names it before the older."""
    for accepted in accept.lower().split(","):
        media_type = accepted.partition(";")[0].strip()
        if media_type == GRAPHQL_RESPONSE:
            return GRAPHQL_RESPONSE
        if media_type in {JSON, "application/*", "*/*"}:
            break
    return JSON
