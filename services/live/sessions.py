"""The sessions of open sockets: those that are revoked or expire end their sockets. Open sockets are use of them."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable
from datetime import UTC, datetime

from domain.accounts import Session
from domain.errors import Unavailable
from events import SessionsRevoked, TweetsPosted
from services.live.hub import Found
from services.ring import RingEntry

_logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
USE_SECONDS = 12 * 3_600.0
"""How often it is noted that open sockets use their sessions, which last a day at least. A socket that is opened again
meanwhile, as after a restart, has noted it then."""


class Watch:
    """One socket's; `ended` is called once, when its session is over."""

    def __init__(self, session: Session, ended: Callable[[], None]) -> None:
        self.session = session
        self.ended = ended
        self.expiry: asyncio.TimerHandle | None = None


class WatchedSessions:
    """An audience. `current` gives a session as it is now, None where it is over; `used` notes that those of these ids
    are in use."""

    def __init__(
        self,
        current: Callable[[Session], Awaitable[Session | None]],
        used: Callable[[Collection[int]], Awaitable[None]],
    ) -> None:
        self._current = current
        self._used = used
        self._watches: defaultdict[int, set[Watch]] = defaultdict(set)
        self._checks: set[asyncio.Task[None]] = set()

    def watch(self, session: Session, ended: Callable[[], None]) -> Callable[[], None]:
        """What ends the watch."""
        watch = Watch(session, ended)
        self._watches[session.account_id].add(watch)
        self._await_expiry(watch)
        return lambda: self._forget(watch)

    async def run(self) -> None:
        """Notes use, for as long as the process lives."""
        pause = USE_SECONDS
        while True:
            await asyncio.sleep(pause)
            pause = USE_SECONDS if await self._note_use() else RETRY_SECONDS

    async def _note_use(self) -> bool:
        """Whether it could be written."""
        try:
            await self._used({watch.session.id for watches in self._watches.values() for watch in watches})
        except Unavailable as unavailable:
            _logger.warning("sessions: %s", unavailable)
            return False
        return True

    def wants(self, posted: TweetsPosted) -> bool:
        return False

    def tell(self, entry: RingEntry, found: Found) -> None:
        if isinstance(entry.body, SessionsRevoked):
            for account_id in entry.body.account_ids:
                self._check(self._watches.get(account_id, ()))

    def lose(self, *, is_same_log: bool) -> None:
        """What was revoked meanwhile is not known."""
        for watches in list(self._watches.values()):
            self._check(watches)

    def _check(self, watches: Iterable[Watch]) -> None:
        for watch in tuple(watches):
            check = asyncio.create_task(self._look_at(watch), name="check session")
            self._checks.add(check)
            check.add_done_callback(self._checks.discard)

    async def _look_at(self, watch: Watch) -> None:
        while self._is_watched(watch):
            try:
                session = await self._current(watch.session)
            except Unavailable as unavailable:
                _logger.warning("sessions: %s", unavailable)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if self._is_watched(watch):
                self._settle(watch, session)
            return

    def _is_watched(self, watch: Watch) -> bool:
        """Not any more where it was ended, or another look has found its session over."""
        return watch in self._watches.get(watch.session.account_id, ())

    def _settle(self, watch: Watch, session: Session | None) -> None:
        if session:
            watch.session = session
            self._await_expiry(watch)
        else:
            self._forget(watch)
            watch.ended()

    def _await_expiry(self, watch: Watch) -> None:
        """Looks again when it would expire: it may have been used meanwhile."""
        if watch.expiry:
            watch.expiry.cancel()
        left = (watch.session.expires_at - datetime.now(UTC)).total_seconds()
        watch.expiry = asyncio.get_running_loop().call_later(max(0.0, left), self._check, (watch,))

    def _forget(self, watch: Watch) -> None:
        if watch.expiry:
            watch.expiry.cancel()
        watches = self._watches[watch.session.account_id]
        watches.discard(watch)
        if not watches:
            del self._watches[watch.session.account_id]
