"""Subscriptions."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from domain.accounts import Session
from domain.live import TimelineEvent
from resolvers.arguments import After
from resolvers.context import Context, Info


async def timeline_updates(info: Info, after: After = None) -> AsyncGenerator[TimelineEvent, None]:
    """Refuses a guest before there is a stream."""
    viewer = info.context.require_viewer()
    return _stream(info.context, viewer, info.context.services.live.timeline_updates(viewer.account_id, after))


async def _stream(
    context: Context, viewer: Session, events: AsyncGenerator[TimelineEvent, None]
) -> AsyncGenerator[TimelineEvent, None]:
    """Events, each read afresh. Whoever has one open is present."""
    with context.services.presence.open(viewer.account_id):
        async with aclosing(events):
            async for event in events:
                context.next_event()
                yield event
