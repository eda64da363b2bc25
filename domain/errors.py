"""Failures that a client is told about, each with the `extensions.code` it becomes. All other exceptions are masked as
INTERNAL."""

from typing import ClassVar


class StarlingError(Exception):
    """Base of every failure whose message may be shown to a client."""

    code: ClassVar[str] = "INTERNAL"

    def extensions(self) -> dict[str, object]:
        """What goes into the GraphQL error's `extensions`."""
        return {"code": self.code}


class Unauthenticated(StarlingError):
    """Needs a signed-in account; also for a token that is unknown, expired or revoked."""

    code = "UNAUTHENTICATED"


class Forbidden(StarlingError):
    """Signed in, but not allowed."""

    code = "FORBIDDEN"


class BadUserInput(StarlingError):
    """An argument outside its rules; the message names the argument and the mend."""

    code = "BAD_USER_INPUT"


class QueryTooComplex(StarlingError):
    """The operation asks for more than one request may."""

    code = "QUERY_TOO_COMPLEX"


class RateLimited(StarlingError):
    """Too many attempts. `retry_after` is in seconds."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after

    def extensions(self) -> dict[str, object]:
        return {"code": self.code, "retryAfter": self.retry_after}


class Unavailable(StarlingError):
    """A store does not answer. `store` is its port's name: accounts, graph, tweets, search, media, cache, queue."""

    code = "UNAVAILABLE"

    def __init__(self, store: str) -> None:
        super().__init__(f"The {store} store does not answer now; try again.")
        self.store = store

    def extensions(self) -> dict[str, object]:
        return {"code": self.code, "store": self.store}
