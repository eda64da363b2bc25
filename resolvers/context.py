"""What the resolvers of one operation share."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

import strawberry

from domain.accounts import Session
from domain.errors import Unauthenticated
from loaders import Loaders, Stores
from resolvers.budget import Budget
from services import Services
from services.accounts import Origin


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
    """One operation's viewer, services and loaders. `viewer` is None for a guest, `cookies` where none can be set.

    A mutation may change the viewer; the loaders follow when it has answered.
    """

    viewer: Session | None
    client: Client
    cookies: Cookies | None
    services: Services
    stores: Stores
    loaders: Loaders = field(init=False)
    budget: Budget = field(init=False, default_factory=Budget)

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

    def fresh_loaders(self) -> None:
        """Forgets what was loaded, so that a state written since is seen, by the viewer of now."""
        self.loaders = Loaders(self.stores, self.viewer_id)

    def next_event(self) -> None:
        """Makes ready for a subscription's next event: each is read, and bounded, on its own."""
        self.fresh_loaders()
        self.budget = Budget()


Info: TypeAlias = strawberry.Info[Context, None]


def charge(info: Info, objects: int) -> None:
    """Counts a list of so many objects that this field will have. Raises QueryTooComplex."""
    raw = info._raw_info
    info.context.budget.charge(objects, raw.field_nodes, raw.fragments)
