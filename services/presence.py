"""Who is here: last-seen marks of all who ask for something, and heartbeats for those with a subscription open."""

import asyncio
import logging
import secrets
import time
from collections import Counter

from domain.errors import Unavailable
from services.activity import ActivityService
from stores.cache import Cache
from stores.presence import Presence

_logger = logging.getLogger(__name__)

FLUSH_SECONDS = 2.0
"""How long marks are gathered, to be written together."""

SEEN_SECONDS = 60
"""How often at most one account's mark is written, by all processes together."""

BEAT_SECONDS = 30.0
PRESENT_SECONDS = 75
"""How long a heartbeat counts: whose process was killed is gone after so long at most."""


class PresenceService:
    """One per process."""

    def __init__(self, presence: Presence, cache: Cache, activity: ActivityService) -> None:
        self._presence = presence
        self._cache = cache
        self._activity = activity
        self._name = secrets.token_hex(8)
        self._marked: dict[int, float] = {}
        self._seen: set[int] = set()
        self._due: set[int] = set()
        self._open: Counter[int] = Counter()
        self._told: set[int] = set()
        self._beaten = 0.0

    def saw(self, account_id: int) -> None:
        """Has the account's last-seen mark written soon, unless it was within the last minute."""
        if time.monotonic() - self._marked.get(account_id, -SEEN_SECONDS) >= SEEN_SECONDS:
            self._marked[account_id] = time.monotonic()
            self._seen.add(account_id)

    def came(self, account_id: int) -> None:
        """The account has a subscription open, until it `left` as often."""
        self._open[account_id] += 1

    def left(self, account_id: int) -> None:
        self._open[account_id] -= 1
        if not self._open[account_id]:
            del self._open[account_id]

    async def run(self) -> None:
        """Writes what was noted, for as long as the process lives."""
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            try:
                await self.flush()
            except Unavailable as unavailable:
                _logger.warning("presence: %s", unavailable)

    async def flush(self) -> None:
        """Writes what was noted since the last time. Raises Unavailable; what was not written is noted still."""
        await self._tell()
        await self._take_turns()
        if due := list(self._due):
            await self._activity.seen(due)
            self._due.difference_update(due)
        now = time.monotonic()
        self._marked = {each: at for each, at in self._marked.items() if now - at < SEEN_SECONDS}

    async def stop(self) -> None:
        """Nobody is here any more, as far as this process knows."""
        if self._told:
            await self._presence.leave(self._name, list(self._told))

    async def _take_turns(self) -> None:
        """Whose turn it is, of those noted, is taken once a minute: and then their marks have to be written."""
        if noted := list(self._seen):
            names = {f"seen:{account_id}": account_id for account_id in noted}
            first = await self._cache.first_among(list(names), SEEN_SECONDS)
            self._seen.difference_update(noted)
            self._due.update(names[name] for name in first)

    async def _tell(self) -> None:
        """Heartbeats: of all where it is time, of those who came at once; and farewells."""
        here = set(self._open)
        due = time.monotonic() - self._beaten >= BEAT_SECONDS
        if beating := here if due else here - self._told:
            await self._presence.beat(self._name, list(beating), PRESENT_SECONDS)
        if gone := self._told - here:
            await self._presence.leave(self._name, list(gone))
        self._told = here
        if due:
            self._beaten = time.monotonic()
            for account_id in here:
                self.saw(account_id)
