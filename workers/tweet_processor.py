"""The timeline consumer: what is posted, deleted and followed, and readers of another class, into timelines."""

from events import ActivityChanged, Event, Followed, TweetsDeleted, TweetsPosted
from services.activity import ActivityService
from services.fan_out import FanOut


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
