"""Subscriptions."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from domain.live import TimelineEvent
from resolvers.arguments import After
from resolvers.context import Context, Info


async def timeline_updates(info: Info, after: After = None) -> AsyncGenerator[TimelineEvent, None]:
    """Refuses a guest before there is a stream."""
    viewer = info.context.require_viewer()
    return _fresh(info.context, info.context.services.live.timeline_updates(viewer.account_id, after))


async def _fresh(context: Context, events: AsyncGenerator[TimelineEvent, None]) -> AsyncGenerator[TimelineEvent, None]:
    async with aclosing(events):
        async for event in events:
            context.next_event()
            yield event
