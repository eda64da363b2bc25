"""Those who have a stream open in this process, and what they may see: read once, and kept fresh by the live log."""

import asyncio
import logging
from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from domain.access import OPEN, Access
from domain.errors import Unavailable
from events import Blocked, Body, Followed, Muted, Unblocked, Unfollowed, Unmuted
from services.presence import PresenceService
from services.ring import viewers_changed
from stores.graph import GraphStore


class Ids(Collection[int]):
    """A set in 8 bytes an element: thousands of viewers follow hundreds of people each."""

    def __init__(self, ids: Iterable[int]) -> None:
        self._ids = array("Q", sorted(ids))

    def __contains__(self, each: object) -> bool:
        if not isinstance(each, int):
            return False
        at = bisect_left(self._ids, each)
        return at < len(self._ids) and self._ids[at] == each

    def __iter__(self) -> Iterator[int]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


class Viewer:
    """`access` has all whom they follow, as of the hub's place in the log; `walls` all whom they block or mute, or who
    block them. `missed`: what the log told before the stores had answered; None afterwards. `heard`: what it told since
    they were last asked."""

    __slots__ = ("access", "checking", "heard", "missed", "ready", "streams", "walls")

    def __init__(self, viewer_id: int | None) -> None:
        self.streams = 0
        self.missed: list[Body] | None = []
        self.heard: list[Body] = []
        self.ready: asyncio.Task[None] | None = None
        self.checking: asyncio.Task[None] | None = None
        self.become(Access(viewer_id, OPEN, Ids(())))

    @property
    def id(self) -> int | None:
        return self.access.viewer_id

    def become(self, access: Access) -> None:
        boundaries = access.boundaries
        self.walls = boundaries.blocks | boundaries.blocked_by | boundaries.mutes
        self.access = access if self.walls else replace(access, boundaries=OPEN)

    def hear(self, body: Body) -> None:
        """Of a change of their follows, blocks or mutes."""
        if self.missed is not None:
            self.missed.append(body)
        else:
            self.heard.append(body)
            self.become(_changed(self.access, body))


RETRY_SECONDS = 1.0

_logger = logging.getLogger(__name__)


class Viewers:
    """`mended` is told of those whose follows are others than the log said."""

    def __init__(
        self, graph: GraphStore, presence: PresenceService, mended: Callable[[Viewer], None] = lambda _: None
    ) -> None:
        self._graph = graph
        self._presence = presence
        self.mended = mended
        self._viewers: dict[int, Viewer] = {}

    def __getitem__(self, viewer_id: int) -> Viewer | None:
        """Whoever has a stream open, or is about to."""
        return self._viewers.get(viewer_id)

    async def enter(self, viewer_id: int | None) -> Viewer:
        """The viewer of one more stream, which `leave` is to be called for; None: a guest. Raises Unavailable."""
        if viewer_id is None:
            return Viewer(None)
        viewer = self._viewers.get(viewer_id)
        if viewer is None:
            viewer = self._viewers[viewer_id] = Viewer(viewer_id)
            self._presence.came(viewer_id)
            viewer.ready = asyncio.create_task(self._read(viewer, viewer_id), name=f"viewer {viewer_id}")
            viewer.ready.add_done_callback(lambda reading: reading.cancelled() or reading.exception())
        viewer.streams += 1
        try:
            if viewer.ready:
                await asyncio.shield(viewer.ready)
        except BaseException:
            self.leave(viewer)
            raise
        return viewer

    def leave(self, viewer: Viewer) -> None:
        """One of the viewer's streams is closed."""
        viewer.streams -= 1
        if viewer.id is not None and not viewer.streams:
            self._forget(viewer, viewer.id)

    def changed_by(self, body: Body | None) -> Iterable[Viewer]:
        """Those whose follows, blocks or mutes it changes."""
        return [self._viewers[viewer_id] for viewer_id in set(viewers_changed(body)) & self._viewers.keys()]

    def hear(self, body: Body | None) -> None:
        """What the log tells next."""
        if body is not None:
            for viewer in self.changed_by(body):
                viewer.hear(body)
                self._check(viewer)

    def _check(self, viewer: Viewer) -> None:
        """The log may tell of an older change after a newer one, where a relay had to hand it on: what somebody may see
        is what the graph says in the end."""
        if viewer.checking is None and viewer.missed is None:
            name = f"check viewer {viewer.id}"
            viewer.checking = asyncio.create_task(self._read_again(viewer), name=name)

    async def _read_again(self, viewer: Viewer) -> None:
        viewer_id = viewer.id or 0
        while viewer.heard and self._viewers.get(viewer_id) is viewer:
            viewer.heard.clear()
            try:
                access = await self._access(viewer_id)
            except Unavailable as unavailable:
                _logger.warning("viewers: %s", unavailable)
                viewer.heard.append(Followed(()))  # is asked for once more
                await asyncio.sleep(RETRY_SECONDS)
                continue
            for body in viewer.heard:
                access = _changed(access, body)
            differs = set(access.followees) != set(viewer.access.followees)
            viewer.become(access)
            if differs:
                self.mended(viewer)
        viewer.checking = None

    async def _access(self, viewer_id: int) -> Access:
        followees, boundaries = await asyncio.gather(
            self._graph.followees(viewer_id), self._graph.boundaries(viewer_id)
        )
        return Access(viewer_id, boundaries, Ids(followees.ids))

    async def _read(self, viewer: Viewer, viewer_id: int) -> None:
        """What is changed while it is read comes by the log; to be told what was read already changes nothing."""
        try:
            access = await self._access(viewer_id)
        except BaseException:
            self._forget(viewer, viewer_id)
            raise
        viewer.become(access)
        missed, viewer.missed, viewer.ready = viewer.missed or (), None, None
        for body in missed:
            viewer.hear(body)
        if missed:
            self._check(viewer)

    def _forget(self, viewer: Viewer, viewer_id: int) -> None:
        if self._viewers.get(viewer_id) is viewer:
            del self._viewers[viewer_id]
            self._presence.left(viewer_id)


def _changed(access: Access, body: Body) -> Access:
    """What somebody may see after a change that may be theirs."""
    me, walls = access.viewer_id, access.boundaries
    match body:
        case Followed(edges):
            return replace(access, followees=Ids({*access.followees, *_targets(edges, me)}))
        case Unfollowed(edges):
            return replace(access, followees=Ids({*access.followees} - _targets(edges, me)))
        case Blocked(edges):
            targets, blockers = _targets(edges, me), _sources(edges, me)
            walls = replace(walls, blocks=walls.blocks | targets, blocked_by=walls.blocked_by | blockers)
            return Access(me, walls, Ids({*access.followees} - targets - blockers))
        case Unblocked(edges):
            targets, blockers = _targets(edges, me), _sources(edges, me)
            walls = replace(walls, blocks=walls.blocks - targets, blocked_by=walls.blocked_by - blockers)
        case Muted(edges):
            walls = replace(walls, mutes=walls.mutes | _targets(edges, me))
        case Unmuted(edges):
            walls = replace(walls, mutes=walls.mutes - _targets(edges, me))
    return replace(access, boundaries=walls)


Edges = Sequence[tuple[int, int]]


def _targets(edges: Edges, source: int | None) -> set[int]:
    return {target for each, target in edges if each == source}


def _sources(edges: Edges, target: int | None) -> set[int]:
    return {source for source, each in edges if each == target}
