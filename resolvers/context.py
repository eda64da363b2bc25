"""What the resolvers of one operation share."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

import strawberry

from domain.access import OPEN, Access
from domain.accounts import Session
from domain.errors import Unauthenticated
from domain.live import TweetAdded
from domain.tweets import Tweet
from loaders import Loaders, Stores
from resolvers.budget import Budget
from resolvers.viewers import Hole, ViewerField, fill, load
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
    budget: Budget = field(init=False, default_factory=Budget)
    _loaders: Loaders | None = field(init=False, default=None)

    @property
    def loaders(self) -> Loaders:
        """Made when first asked for: a subscription's own context loads nothing."""
        if self._loaders is None:
            self._loaders = Loaders(self.stores, self.viewer_id)
        return self._loaders

    @property
    def viewer_id(self) -> int | None:
        return self.viewer.account_id if self.viewer else None

    @property
    def account_id(self) -> int | None:
        return self.viewer_id

    @property
    def origin(self) -> Origin:
        return Origin(self.client.address, self.client.user_agent)

    def is_viewer(self, user_id: int) -> bool:
        """Whether somebody is the viewer."""
        return user_id == self.viewer_id

    def require_viewer(self) -> Session:
        """The viewer's session. Raises Unauthenticated for a guest."""
        if self.viewer is None:
            message = "Sign in first: logIn or signUp give a token, to be sent as `Authorization: Bearer TOKEN`."
            raise Unauthenticated(message)
        return self.viewer

    def fresh_loaders(self) -> None:
        """Forgets what was loaded, so that a state written since is seen, by the viewer of now."""
        self._loaders = None

    def for_event(self) -> "Context":
        """One for an event of a subscription: each is read, and bounded, on its own."""
        return Context(self.viewer, self.client, None, self.services, self.stores)

    def for_all(self, event: object) -> "SharedContext":
        """One for an event that many are told of."""
        tweet = event.tweet if isinstance(event, TweetAdded) else event
        authors = tweet.author_ids if isinstance(tweet, Tweet) else ()
        return SharedContext(None, self.client, None, self.services, self.stores, authors)

    def watch_session(self, ended: Callable[[], None]) -> Callable[[], None]:
        """Has `ended` called when the viewer's session is over; what ends the watch."""
        return self.services.live.sessions.watch(self.viewer, ended) if self.viewer else lambda: None

    async def of_viewer(self, _info: "Info", field: ViewerField, subject_id: int) -> bool | None:
        """A field that tells how the viewer stands to a tweet or a person; None for a guest."""
        return await load(field, self.loaders, self.viewer_id, subject_id) if self.viewer_id else None


@dataclass(slots=True)
class SharedContext(Context):
    """That of an execution for many viewers, who all see the same, but for holes: whoever doesn't gets their own.
    Everything is shown, and noted whose it is. `authors` are those of the event itself."""

    authors: Collection[int] = ()
    _fields: list[Hole] = field(init=False, default_factory=list)
    _asked_about: set[int] = field(init=False, default_factory=set)
    _is_personal: bool = field(init=False, default=False)

    @property
    def loaders(self) -> Loaders:
        if self._loaders is None:
            self._loaders = Loaders(self.stores, None, shows_all=True)
        return self._loaders

    @property
    def viewer_id(self) -> int | None:
        """Whatever depends on it can't be shared."""
        self._is_personal = True
        return None

    @property
    def holes(self) -> Sequence[Sequence[str | int]]:
        return [hole.path for hole in self._fields]

    def is_viewer(self, user_id: int) -> bool:
        self._asked_about.add(user_id)
        return False

    async def of_viewer(self, info: "Info", field: ViewerField, subject_id: int) -> bool | None:
        """Any value: the place of it is what counts."""
        self._fields.append(Hole(info.path.as_list(), field, subject_id))
        return False

    def suits(self, access: Access) -> bool:
        """People see more of themselves, so that they get their own as well."""
        if self._is_personal or access.viewer_id in self._asked_about or access.viewer_id in self.authors:
            return False
        if access.boundaries is not OPEN and any(map(access.boundaries.parted, self.authors)):
            return False
        return self.loaders.graph.guard.shows(access)

    async def fill(self, viewers: Sequence[Access]) -> Sequence[Sequence[bool | None]]:
        return await fill(self._fields, self.stores, viewers)


Info: TypeAlias = strawberry.Info[Context, None]


def charge(info: Info, objects: int) -> None:
    """Counts a list of so many objects that this field will have. Raises QueryTooComplex."""
    raw = info._raw_info
    info.context.budget.charge(objects, raw.field_nodes, raw.fragments)
