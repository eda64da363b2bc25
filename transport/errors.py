"""What a client is told of a failure, and what only the log is told."""

import logging
from collections.abc import Iterable, Iterator
from itertools import islice

from graphql import ExecutionResult, GraphQLError, ValueNode
from strawberry.exceptions import StrawberryInputCoercionError

from domain.errors import BadUserInput, StarlingError

MAX_ERRORS = 20
MAX_TEXT = 300
"""Characters of a message, or of a key in a path: our words and at most about 200 characters of the client's."""

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
INTERNAL = "INTERNAL"

log = logging.getLogger(__name__)


class RequestError(Exception):
    """Why a request never reached execution. Each error bears `code`, or the one in its own extensions."""

    def __init__(self, code: str, errors: list[GraphQLError]) -> None:
        super().__init__(code)
        self.code = code
        self.errors = errors


def payload_of(result: ExecutionResult, request_id: str) -> dict[str, object]:
    """An executed operation's response: `data`, and `errors` if there are any."""
    payload: dict[str, object] = {"data": result.data}
    if result.errors:
        payload["errors"] = format_errors(result.errors, request_id)
    return payload


def failure_of(error: Exception, request_id: str) -> list[dict[str, object]]:
    """The errors of an operation that failed as a whole, before its execution or in it."""
    return format_request_error(error) if isinstance(error, RequestError) else format_errors([error], request_id)


def format_request_error(error: RequestError) -> list[dict[str, object]]:
    """The errors of a request that was not executed, for the key `errors` of a response."""
    return [
        _entry(each, each.message, {"code": error.code, **(each.extensions or {})})
        for each in error.errors[:MAX_ERRORS]
    ]


def format_errors(errors: Iterable[Exception], request_id: str) -> list[dict[str, object]]:
    """Failures of execution, for the key `errors` of a response: the first MAX_ERRORS of them.

    What a StarlingError says is shown, and so is what a client's argument is refused for. All else becomes INTERNAL
    with `extensions.requestId`, and is logged with its traceback: once, however many fields failed of it.
    """
    return list(_entries(islice(errors, MAX_ERRORS), request_id))


def _entries(errors: Iterable[Exception], request_id: str) -> Iterator[dict[str, object]]:
    logged: set[int] = set()
    for error in errors:
        cause = _root_cause(error)
        if isinstance(cause, StarlingError):
            yield _entry(error, str(cause), cause.extensions())
        elif _blames_argument(error, cause):
            yield _entry(error, str(getattr(cause, "message", cause)), {"code": BadUserInput.code})
        else:
            if id(cause) not in logged:
                logged.add(id(cause))
                path = error.path if isinstance(error, GraphQLError) else None
                log.error("request %s failed at %s", request_id, path, exc_info=cause)
            extensions: dict[str, object] = {"code": INTERNAL, "requestId": request_id}
            yield _entry(error, f"Internal error; the log has it as request {request_id}.", extensions)


def _root_cause(error: Exception) -> Exception:
    while isinstance(error, GraphQLError) and error.original_error is not None:
        error = error.original_error
    return error


def _blames_argument(error: Exception, cause: Exception) -> bool:
    """Whether execution refused an argument: then graphql-core blames the value, and for a fault of ours the field."""
    if isinstance(cause, StrawberryInputCoercionError):
        return True
    nodes = (error.nodes or []) if isinstance(error, GraphQLError) and isinstance(cause, GraphQLError) else []
    return any(isinstance(node, ValueNode) for node in nodes)


def _entry(error: Exception, message: str, extensions: dict[str, object]) -> dict[str, object]:
    entry: dict[str, object] = {"message": clip(message)}
    if isinstance(error, GraphQLError):
        if error.locations:
            entry["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
        if error.path:
            entry["path"] = [clip(key) if isinstance(key, str) else key for key in error.path]
    entry["extensions"] = extensions
    return entry


def clip(text: str) -> str:
    """The text, or its beginning and an ellipsis."""
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
