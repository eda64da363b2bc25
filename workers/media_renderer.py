"""The media consumer: what is served is made of what was uploaded, and the media of deleted tweets are removed."""

import asyncio
import logging
from collections.abc import Mapping

from composition import Process
from domain.errors import Unavailable
from events import Event, MediaUploaded, TweetsDeleted
from services.media import MediaRemoval, MediaRendering
from stores.cache import Cache
from stores.queue.redis.layout import CONSUMER
from workers.jobs import Job, consuming

COLLECT_SECONDS = 600
RETRY_SECONDS = 5.0

_logger = logging.getLogger(__name__)


class MediaRenderer:
    def __init__(self, rendering: MediaRendering, removal: MediaRemoval) -> None:
        self._rendering = rendering
        self._removal = removal

    async def consume(self, event: Event, *, redelivered: bool) -> None:
        match event.body:
            case MediaUploaded(media_ids):
                for media_id in media_ids:
                    await self._rendering.render(media_id)
            case TweetsDeleted(tweets):
                await self._removal.tweets_deleted(tweet_id for tweet_id, _ in tweets)
            case _:
                raise ValueError(f"not for the media consumer: {event}")


def media_jobs(composed: Process) -> Mapping[str, Job]:
    return {CONSUMER: consuming(MediaRenderer(composed.rendering, composed.removal))}


async def collect(removal: MediaRemoval, cache: Cache) -> None:
    """Removes what nothing uses, for as long as the process lives. Of several processes one does it each time."""
    while True:
        pause: float = COLLECT_SECONDS
        try:
            if await cache.first_in("collect media", COLLECT_SECONDS // 2):
                _logger.info("%d media that nothing used are removed", await removal.collect())
        except Unavailable as unavailable:
            _logger.warning("removal of media: %s", unavailable)
            pause = RETRY_SECONDS
        await asyncio.sleep(pause)
