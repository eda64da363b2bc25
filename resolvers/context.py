"""What the resolvers of one operation share."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

import strawberry

from domain.accounts import Session
from domain.errors import QueryTooComplex, Unauthenticated
from loaders import Loaders, Stores
from services import Services
from services.accounts import Origin

MAX_OBJECTS = 10_000
"""How many objects the pages of one operation, or of one event of a subscription, may have together."""


class Client(Protocol):
    """Who asks, as far as it matters here."""

    @property
    def address(self) -> str: ...

    @property
    def user_agent(self) -> str | None: ...


class Cookies(Protocol):
    """Takes what is to be set with the response."""

    def set_session(self, token: str, expires: datetime) -> None: ...

    def clear_session(self) -> None: ...


@dataclass(slots=True)
class Context:
    """One operation's viewer, services and loaders. `viewer` is None for a guest, `cookies` where none can be set."""

    viewer: Session | None
    client: Client
    cookies: Cookies | None
    services: Services
    stores: Stores
    loaders: Loaders = field(init=False)
    _objects: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.fresh_loaders()

    @property
    def viewer_id(self) -> int | None:
        return self.viewer.account_id if self.viewer else None

    @property
    def origin(self) -> Origin:
        return Origin(self.client.address, self.client.user_agent)

    def require_viewer(self) -> Session:
        """The viewer's session. Raises Unauthenticated for a guest."""
        if self.viewer is None:
            message = "Sign in first: logIn or signUp give a token, to be sent as `Authorization: Bearer TOKEN`."
            raise Unauthenticated(message)
        return self.viewer

    def change_viewer(self, viewer: Session | None) -> None:
        """Goes on as somebody else: what the viewer sees of others is loaded anew."""
        self.viewer = viewer
        self.fresh_loaders()

    def fresh_loaders(self) -> None:
        """Forgets what was loaded, so that a state written since is seen."""
        self.loaders = Loaders(self.stores, self.viewer_id)

    def next_event(self) -> None:
        """Makes ready for a subscription's next event: each is read, and bounded, on its own."""
        self.fresh_loaders()
        self._objects = 0

    def charge(self, objects: int) -> None:
        """Counts a page of so many objects, before it is read. Raises QueryTooComplex beyond MAX_OBJECTS in all: pages
        nested in pages multiply."""
        self._objects += objects
        if self._objects > MAX_OBJECTS:
            message = (
                f"Too complex: pages of {self._objects} objects or more in all, at most {MAX_OBJECTS} are allowed; "
                "ask for smaller pages or nest fewer of them."
            )
            raise QueryTooComplex(message)


Info: TypeAlias = strawberry.Info[Context, None]
