"""The timeline consumer: what is posted, deleted and followed, and readers of another class, into timelines."""

from collections.abc import Mapping, Sequence

from composition import Process
from events import ActivityChanged, Event, Followed, TweetsDeleted, TweetsPosted
from services.activity import ActivityService
from services.fan_out import FanOut
from stores.queue.redis.layout import CONSUMER
from workers.jobs import Job, consuming


class TweetProcessor:
    def __init__(self, fan_out: FanOut, activity: ActivityService) -> None:
        self._fan_out = fan_out
        self._activity = activity

    async def consume(self, event: Event, *, redelivered: bool) -> None:
        match event.body:
            case TweetsPosted() as posted:
                await self._fan_out.posted(event.id, posted, redelivered=redelivered)
            case TweetsDeleted(tweets):
                await self._fan_out.deleted(tweets)
            case Followed(edges):
                await self._fan_out.followed(edges)
            case ActivityChanged(user_ids):
                await self._activity.changed(user_ids)
            case _:
                raise ValueError(f"not for the timeline consumer: {event}")


def timeline_jobs(composed: Process) -> Mapping[str, Job]:
    """What the timeline queue's worker does: events, and what pages, the classifier and events ask for."""

    async def build(reader_id: int, *, redelivered: bool) -> None:
        await composed.activity.wake(reader_id)

    async def refresh(reader_ids: Sequence[int], *, redelivered: bool) -> None:
        await composed.builder.refresh(reader_ids)

    async def index(author_id: int, *, redelivered: bool) -> None:
        await composed.builder.index(author_id)

    return {
        CONSUMER: consuming(TweetProcessor(composed.fan_out, composed.activity)),
        "deliver": composed.fan_out.deliver,
        "build": build,
        "refresh": refresh,
        "index": index,
    }
