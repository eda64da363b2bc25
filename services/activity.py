"""Moving readers between classes, and what a class means for their timeline."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from domain.activity import Activity, Windows
from events import ActivityChanged, Event
from faults import crash_point
from services.dispatch import Dispatcher
from services.snowflakes import Snowflakes
from services.timeline_builder import TimelineBuilder
from stores.graph import GraphStore
from stores.queue import Jobs
from stores.timelines import TimelineStore

_logger = logging.getLogger(__name__)

RECLASSED_AT_ONCE = 20
"""People per transaction, which changes the marks of all whom they follow: some 40,000 a second."""

REFRESHED_PER_JOB = 100


class ActivityService:
    """The invariant: a READY timeline's reader is ACTIVE, and so the edges to all whom they follow bear the mark."""

    def __init__(
        self,
        graph: GraphStore,
        timelines: TimelineStore,
        jobs: Jobs,
        builder: TimelineBuilder,
        dispatcher: Dispatcher,
        snowflakes: Snowflakes,
        windows: Windows,
    ) -> None:
        self._graph = graph
        self._timelines = timelines
        self._jobs = jobs
        self._builder = builder
        self._dispatcher = dispatcher
        self._snowflakes = snowflakes
        self._windows = windows

    async def seen(self, user_ids: Sequence[int], at: datetime | None = None) -> None:
        """Records that people were seen (None: now). Those who are active stay so, and their timelines too; the others
        are woken: the marks on the edges first, then their timelines are built."""
        asleep = await self._graph.seen(user_ids, at or datetime.now(UTC))
        await self._timelines.keep(user_ids)
        for start in range(0, len(asleep), RECLASSED_AT_ONCE):
            await self._move(asleep[start : start + RECLASSED_AT_ONCE], Activity.ACTIVE)

    async def wake(self, reader_id: int) -> None:
        """Builds the timeline of a reader who reads now."""
        await self.seen([reader_id])
        await self._builder.build(reader_id)

    async def changed(self, user_ids: Sequence[int]) -> None:
        """What their classes of now mean for the timelines of readers who changed class, whatever it was then."""
        activities = await self._graph.activities(user_ids)
        await self._timelines.drop([each for each in user_ids if activities.get(each) is Activity.INACTIVE])
        await self._builder.refresh(user_ids)
        for user_id in user_ids:
            if activities.get(user_id) is Activity.ACTIVE:
                await self._builder.build(user_id)

    async def classify(self, now: datetime | None = None) -> int:
        """Moves people to the class that their last seen mark asks for, by ranges over those marks; how many."""
        at = now or datetime.now(UTC)
        moved = 0
        for activity, since, before in self._ranges(at):
            for other in (Activity.ACTIVE, Activity.PASSIVE, Activity.INACTIVE):
                if other is activity:
                    continue
                while found := await self._graph.classed(other, RECLASSED_AT_ONCE, since=since, before=before):
                    moved += await self._move([each.user_id for each in found], activity, since=since, before=before)
        if moved:
            _logger.info("%d readers changed class", moved)
        return moved

    async def refresh(self) -> int:
        """Asks for new timelines of all passive readers, in batches; how many readers."""
        total, last = 0, None
        while found := await self._graph.classed(Activity.PASSIVE, REFRESHED_PER_JOB, after=last):
            last = found[-1]
            job_id = f"refresh:{last.user_id}"
            await self._jobs.enqueue("timeline", "refresh", job_id, [each.user_id for each in found])
            total += len(found)
        return total

    async def _move(
        self,
        user_ids: Sequence[int],
        activity: Activity,
        *,
        since: datetime | None = None,
        before: datetime | None = None,
    ) -> int:
        """Timelines are dropped before, lest one be read that is not pushed to, or that was not for a while; and those
        of who is to be pushed to no more after it too, since one may have been begun meanwhile."""
        await self._timelines.drop(user_ids)
        event = Event(self._snowflakes.mint(), ActivityChanged(tuple(user_ids)))
        moved = await self._graph.reclass(user_ids, activity, event, since=since, before=before)
        crash_point("activity.reclassed")
        if moved and activity is not Activity.ACTIVE:
            await self._timelines.drop(moved)
        if moved:
            await self._dispatcher.dispatch(event)
        return len(moved)

    def _ranges(self, now: datetime) -> list[tuple[Activity, datetime | None, datetime | None]]:
        """Each class with when those of it were last seen: since and before."""
        active, passive = now - self._windows.active, now - self._windows.passive
        return [
            (Activity.ACTIVE, active, None),
            (Activity.PASSIVE, passive, active),
            (Activity.INACTIVE, None, passive),
        ]
