"""The shape of a GraphQL request: what is checked before a document is even parsed."""

from dataclasses import dataclass

import orjson

from domain.errors import BadUserInput


@dataclass(frozen=True, slots=True)
class OperationRequest:
    """One operation that a client asks for, of the right types and nothing more."""

    query: str
    operation_name: str | None
    variables: dict[str, object]


def decode_json(text: bytes | str, what: str) -> object:
    """Decodes JSON in UTF-8; NaN, lone surrogates and more than 1024 levels are no JSON.

    Raises BadUserInput that says `what` it is, and the position.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadUserInput(f"{what} is not valid JSON: {error}.") from error


def read_request(params: object, variables_depth: int) -> OperationRequest:
    """Checks the members of a request as GraphQL over HTTP names them; members of other names are ignored.

    Raises BadUserInput that names the member.
    """
    if isinstance(params, list):
        raise BadUserInput("Batches are not supported; send one operation per request.")
    if not isinstance(params, dict):
        raise BadUserInput("A request is a JSON object with the member 'query'.")
    query = params.get("query")
    if not isinstance(query, str):
        raise BadUserInput("'query' must be a string with a GraphQL document.")
    operation_name = params.get("operationName")
    if not isinstance(operation_name, str | None):
        raise BadUserInput("'operationName' must be a string or null.")
    variables = _object_or_none(params, "variables")
    _object_or_none(params, "extensions")
    if _deeper_than(variables, variables_depth):
        raise BadUserInput(f"'variables' must not be nested deeper than {variables_depth} levels.")
    return OperationRequest(query, operation_name, variables)


def _object_or_none(params: dict[str, object], member: str) -> dict[str, object]:
    value = params.get(member)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadUserInput(f"'{member}' must be a JSON object or null.")
    return value


def _deeper_than(value: object, levels: int) -> bool:
    """Whether objects and lists lie in each other more than `levels` deep; breadth first, without recursion."""
    layer = [value]
    for _ in range(levels + 1):
        containers = [each for each in layer if isinstance(each, dict | list)]
        if not containers:
            return False
        layer = [item for each in containers for item in (each.values() if isinstance(each, dict) else each)]
    return True
