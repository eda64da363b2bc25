"""What the endpoints know of a client, and what resolvers may send back beside data."""

import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from starlette.requests import HTTPConnection
from starlette.responses import Response

from domain.access import Access
from domain.errors import Unauthenticated

SESSION_COOKIE = "starling_session"
BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]{1,512}=*)", re.IGNORECASE)  # RFC 6750, section 2.1
MAX_USER_AGENT = 500


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks. `token` is not checked yet; one from a cookie may be stale without the client's fault.

    `user_agent` has at most MAX_USER_AGENT characters. Over a websocket all operations share one `request_id`.
    """

    address: str
    user_agent: str | None
    token: str | None
    request_id: str
    token_from_cookie: bool = False


class Cookies:
    """The session cookie that resolvers ask for; the HTTP endpoint writes it with the response."""

    def __init__(self) -> None:
        self._session: tuple[str, datetime] | None = None
        self._cleared = False

    def set_session(self, token: str, expires: datetime) -> None:
        """`expires` must know its time zone."""
        self._session, self._cleared = (token, expires), False

    def clear_session(self) -> None:
        self._session, self._cleared = None, True

    def write(self, response: Response, *, secure: bool) -> None:
        """Adds the cookie, or its removal, to a response; nothing if none was asked for."""
        if self._session:
            token, expires = self._session
            response.set_cookie(
                SESSION_COOKIE, token, expires=expires, path="/", secure=secure, httponly=True, samesite="lax"
            )
        elif self._cleared:
            response.delete_cookie(SESSION_COOKIE, path="/", secure=secure, httponly=True, samesite="lax")


class SharedContext(Protocol):
    """The context of an execution for many viewers."""

    @property
    def holes(self) -> Sequence[Sequence[str | int]]:
        """Response paths of the fields that differ by viewer, in the order of `fill`."""

    def suits(self, access: Access) -> bool:
        """Whether a viewer's own execution would differ in the holes alone: nothing in it is hidden from them."""

    async def fill(self, viewers: Sequence[Access]) -> Sequence[Sequence[bool | None]]:
        """What each of the viewers has in the holes, by one batch for all. Raises Unavailable."""


class SocketContext(Protocol):
    """What a websocket's operations need of their context."""

    @property
    def account_id(self) -> int | None:
        """Whose it is; None for a guest."""

    def for_event(self) -> object:
        """One for an event of a subscription: each is read, and bounded, on its own."""

    def for_all(self, event: object) -> SharedContext:
        """One for an event that many are told of."""

    def watch_session(self, ended: Callable[[], None]) -> Callable[[], None]:
        """Has `ended` called when the session of the token is over; what ends the watch."""


ContextFactory = Callable[[Client, Cookies | None], Awaitable[SocketContext]]
"""Makes one operation's context; the cookies are None where none can be set.

Raises Unauthenticated for a bad bearer token, and any StarlingError as its own.
"""


def new_request_id() -> str:
    """64 random bits in hexadecimal, that name a request in its answer and in the log."""
    return secrets.token_hex(8)


def bearer_token(authorization: str) -> str:
    """The token of `Bearer TOKEN`. Raises Unauthenticated for anything else."""
    match = BEARER.fullmatch(authorization.strip())
    if match is None:
        raise Unauthenticated("The authorization must have the form 'Bearer TOKEN'.")
    return match[1]


def read_client(connection: HTTPConnection, request_id: str, authorization: str | None = None) -> Client:
    """Reads a request's or handshake's client: its token is that of `authorization`, else of the header, else of the
    session cookie.

    Raises Unauthenticated for an authorization of another form than `Bearer TOKEN`.
    """
    if authorization is None:
        authorization = connection.headers.get("authorization")
    cookie = connection.cookies.get(SESSION_COOKIE) or None
    user_agent = connection.headers.get("user-agent")
    return Client(
        address=connection.client.host if connection.client else "",
        user_agent=user_agent[:MAX_USER_AGENT] if user_agent else None,
        token=cookie if authorization is None else bearer_token(authorization),
        request_id=request_id,
        token_from_cookie=authorization is None and cookie is not None,
    )
