"""Readers who are away for days, and come back."""

import asyncio
from itertools import cycle

from domain.activity import Activity
from domain.global_id import Kind, decode_as
from tests.faults.load import READERS
from tests.faults.marks import open_marks
from tests.faults.waiting import CONSISTENT_SECONDS, PAUSE_SECONDS, eventually
from tests.faults.world import World

DAYS_AGO = {Activity.PASSIVE: 8, Activity.INACTIVE: 31}
FALL_ASLEEP_SECONDS = 2 * CONSISTENT_SECONDS
"""A server may be down meanwhile, and everything is to be right only so long after that."""

ASLEEP = 10
"""Writes that a sleeper misses."""


async def put_to_sleep(graph_url: str, world: World, name: str, activity: Activity) -> None:
    """Lets so many days pass for somebody that the classifier makes them of this class. They must not ask for anything
    meanwhile."""
    user_id = decode_as(Kind.USER, world.model.people[name].id) or 0

    async def check() -> None:
        try:
            async with open_marks(graph_url) as marks:
                found = await marks.let_pass(user_id, DAYS_AGO[activity])
        except ConnectionError as error:
            raise AssertionError from error
        assert found == activity.value, f"{name} is {found}, and should become {activity.value}"

    await eventually(check, FALL_ASLEEP_SECONDS)


async def check_marks(graph_url: str) -> None:
    """At any time tweets are written to active readers alone, and to all of them."""
    async with open_marks(graph_url) as marks:
        assert await marks.stale() == 0


async def sleep_and_return(graph_url: str, world: World) -> None:
    """Two readers do, as long as this is not cancelled, by turns for less and for more days."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_by_turns(graph_url, world, READERS[0], Activity.PASSIVE, Activity.INACTIVE))
        tasks.create_task(_by_turns(graph_url, world, READERS[1], Activity.INACTIVE, Activity.PASSIVE))


async def _by_turns(graph_url: str, world: World, name: str, *activities: Activity) -> None:
    for activity in cycle(activities):
        await put_to_sleep(graph_url, world, name, activity)
        missed = world.answered + ASLEEP
        while world.answered < missed:
            await asyncio.sleep(PAUSE_SECONDS)
        await world.read(name)
