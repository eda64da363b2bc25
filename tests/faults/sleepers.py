"""Readers who are away for days, and come back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle

import asyncpg

from domain.activity import Activity
from domain.global_id import Kind, decode_as
from tests.faults.load import READERS
from tests.faults.waiting import PAUSE_SECONDS, eventually
from tests.faults.world import World

DAYS_AGO = {Activity.PASSIVE: 8, Activity.INACTIVE: 31}
ASLEEP = 10
"""Writes that a sleeper misses."""

_UNREACHABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


async def put_to_sleep(database_url: str, world: World, name: str, activity: Activity) -> None:
    """Lets so many days pass for somebody that the classifier makes them of this class. They must not ask for anything
    meanwhile."""
    user_id = decode_as(Kind.USER, world.model.people[name].id)

    async def fall_asleep() -> None:
        async with _connected(database_url) as connection:
            await connection.execute(
                "UPDATE activity SET last_seen_at = now() - make_interval(days => $2) WHERE user_id = $1",
                user_id,
                DAYS_AGO[activity],
            )
            found = await connection.fetchval("SELECT class FROM activity WHERE user_id = $1", user_id)
        assert found == activity.value

    async def check() -> None:
        try:
            await fall_asleep()
        except _UNREACHABLE as error:
            raise AssertionError from error

    await eventually(check)


async def check_marks(database_url: str) -> None:
    """At any time tweets are written to active readers alone, and to all of them."""
    async with _connected(database_url) as connection:
        stale = await connection.fetchval(
            "SELECT count(*) FROM follows JOIN activity ON user_id = follower_id WHERE feeds <> (class = 'ACTIVE')"
        )
    assert stale == 0


async def sleep_and_return(database_url: str, world: World) -> None:
    """Two readers do, as long as this is not cancelled, by turns for less and for more days."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_by_turns(database_url, world, READERS[0], Activity.PASSIVE, Activity.INACTIVE))
        tasks.create_task(_by_turns(database_url, world, READERS[1], Activity.INACTIVE, Activity.PASSIVE))


async def _by_turns(database_url: str, world: World, name: str, *activities: Activity) -> None:
    for activity in cycle(activities):
        await put_to_sleep(database_url, world, name, activity)
        missed = world.answered + ASLEEP
        while world.answered < missed:
            await asyncio.sleep(PAUSE_SECONDS)
        await world.read(name)


@asynccontextmanager
async def _connected(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    try:
        yield connection
    finally:
        await connection.close()
