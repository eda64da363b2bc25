"""The timeline consumer: what is posted, deleted and followed, into precomputed timelines."""

from events import Event, Followed, TweetsDeleted, TweetsPosted
from services.fan_out import FanOut


class TweetProcessor:
    def __init__(self, fan_out: FanOut) -> None:
        self._fan_out = fan_out

    async def consume(self, event: Event, *, redelivered: bool) -> None:
        match event.body:
            case TweetsPosted(tweets):
                await self._fan_out.posted(tweets, redelivered=redelivered)
            case TweetsDeleted(tweets):
                await self._fan_out.deleted(tweets)
            case Followed(edges):
                await self._fan_out.followed(edges)
            case _:
                raise ValueError(f"not for the timeline consumer: {event}")
