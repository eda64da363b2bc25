"""The messages of graphql-transport-ws: strict decoding of a client's, encoding of the server's.

The protocol: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from starlette.types import Message

from domain.errors import BadUserInput
from transport.limits import Limits
from transport.request import OperationRequest, decode_json, read_request

SUBPROTOCOL = "graphql-transport-ws"
ACK = '{"type":"connection_ack"}'

INTERNAL_ERROR = 1011
SERVICE_RESTART = 1012
TRY_AGAIN_LATER = 1013
INVALID_MESSAGE = 4400
UNAUTHORIZED = 4401
SUBPROTOCOL_NOT_ACCEPTABLE = 4406
INIT_TIMEOUT = 4408
DUPLICATE_ID = 4409
TOO_MANY_INITS = 4429
TOO_SLOW = 4290

MAX_ID = 256
MAX_REASON = 123
"""Bytes of a close frame's reason (RFC 6455, section 5.5)."""


class CloseError(Exception):
    """Ends the socket with a close code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason.encode(errors="replace")[:MAX_REASON].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class Init:
    """connection_init"""

    payload: dict[str, object]


@dataclass(frozen=True, slots=True)
class Ping:
    """ping, answered with a pong of the same payload."""

    payload: dict[str, object] | None


@dataclass(frozen=True, slots=True)
class Pong:
    """pong, which asks for nothing."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """subscribe, for an operation of any type."""

    id: str
    request: OperationRequest


@dataclass(frozen=True, slots=True)
class Complete:
    """complete: the client wants no more of an operation."""

    id: str


ClientMessage = Init | Ping | Pong | Subscribe | Complete


def decode(frame: Message, limits: Limits) -> ClientMessage:
    """Decodes one frame, as ASGI's `websocket.receive`. Raises CloseError with 4400 for all that isn't a message."""
    text = frame.get("text")
    if text is None:
        raise _invalid("a frame must be text")
    if len(text) > limits.body_bytes:
        raise _invalid(f"it has more than {limits.body_bytes} characters")
    try:
        return _read(decode_json(text, "it"), limits)
    except BadUserInput as error:
        raise _invalid(str(error)) from error


def _read(message: object, limits: Limits) -> ClientMessage:
    if not isinstance(message, dict):
        raise BadUserInput("it is no JSON object")
    match message.get("type"):
        case "connection_init":
            return Init(_payload(message) or {})
        case "ping":
            return Ping(_payload(message))
        case "pong":
            _payload(message)
            return Pong()
        case "subscribe":
            return Subscribe(_id(message), read_request(message.get("payload"), limits.variables_depth))
        case "complete":
            return Complete(_id(message))
        case _:
            raise BadUserInput("its type is missing or unknown")


def _payload(message: dict[str, object]) -> dict[str, object] | None:
    payload = message.get("payload")
    if not isinstance(payload, dict | None):
        raise BadUserInput("its payload is no JSON object")
    return payload


def _id(message: dict[str, object]) -> str:
    match message.get("id"):
        case str(identifier) if 0 < len(identifier) <= MAX_ID:
            return identifier
        case _:
            raise BadUserInput(f"its id is no string of 1 to {MAX_ID} characters")


def _invalid(why: str) -> CloseError:
    return CloseError(INVALID_MESSAGE, f"Invalid message: {why}")


def next_frame(identifier: str, payload: Mapping[str, object]) -> str:
    """One result of an operation."""
    return _encode({"id": identifier, "type": "next", "payload": payload})


def next_prefix(identifier: str) -> bytes:
    """What stands in such a frame before a payload that is encoded already; `}` follows that."""
    return b'{"id":%b,"type":"next","payload":' % orjson.dumps(identifier)


def error_frame(identifier: str, errors: list[dict[str, object]]) -> str:
    """The end of an operation that failed as a whole."""
    return _encode({"id": identifier, "type": "error", "payload": errors})


def complete_frame(identifier: str) -> str:
    """The end of an operation."""
    return _encode({"id": identifier, "type": "complete"})


def pong_frame(payload: dict[str, object] | None) -> str:
    """The answer to a ping."""
    return _encode({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})


def _encode(message: Mapping[str, object]) -> str:
    return orjson.dumps(message).decode()
