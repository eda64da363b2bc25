"""Keeps a process's ring up to date: the one reader of the live log in each server process."""

import asyncio
import logging

from domain.errors import Unavailable
from services.ring import Ring
from stores.live import LiveLog

_logger = logging.getLogger(__name__)

BATCH = 1_000
BLOCK_MS = 1_000
RETRY_SECONDS = 0.2


class LogReader:
    def __init__(self, log: LiveLog, ring: Ring) -> None:
        self._log = log
        self._ring = ring

    async def run(self) -> None:
        """Reads the log for as long as the process lives. A lost connection is made again, and reading goes on from
        where it was; where entries were lost meanwhile, the ring begins anew, and streams are told."""
        while True:
            try:
                await self._read_once(are_news=True)
            except Unavailable as unavailable:
                _logger.warning("live log: %s", unavailable)
                await asyncio.sleep(RETRY_SECONDS)

    async def start(self) -> None:
        """Reads all that is in the log now: a process serves nobody before."""
        position = await self._log.position()
        await self._ring.restart(position, await self._log.first_number() - 1)
        while self._ring.epoch == position.epoch and self._ring.number < position.number:
            await self._read_once()

    async def _read_once(self, *, are_news: bool = False) -> None:
        position, entries = await self._log.read(self._ring.number, BATCH, BLOCK_MS)
        if position.epoch != self._ring.epoch:
            _logger.info("live log: epoch %s", position.epoch)
            await self._ring.restart(position, await self._log.first_number() - 1)
        elif entries and entries[0].number != self._ring.number + 1:
            _logger.warning("live log: entries %d to %d are lost", self._ring.number + 1, entries[0].number - 1)
            await self._ring.restart(position, entries[0].number - 1)
            await self._ring.append(entries, are_news=are_news)
        else:
            await self._ring.append(entries, are_news=are_news)
