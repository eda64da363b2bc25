"""What strikes a deployment in the middle of a load. Each returns when it is over; what it leaves is for the system to
mend."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from domain.activity import Activity
from tests.embedded.owners import kill
from tests.faults.deployment import Deployment, Worker
from tests.faults.load import SILENT
from tests.faults.sleepers import check_marks, put_to_sleep
from tests.faults.waiting import eventually
from tests.faults.world import World
from tests.faults.writes import Delete, Follow, Unfollow
from tests.support import stack
from tests.support.servers import STOP_SECONDS

Mishap = Callable[[Deployment, World], Awaitable[None]]

NTH = 3
"""Which passing of a point it is, so that there is something before it."""

TIMELINE = "{ timeline(first: 1) { nodes { id } } }"
TWEETS = "{ viewer { user { tweets(first: 1) { nodes { id } } } } }"
SEARCH = '{ search(query: "classic") { edges { cursor } } }'

DELETED = 20
"""More tweets than are at work at once."""


async def server_killed(deployment: Deployment, _: World) -> None:
    kill(*deployment.server_processes())
    deployment.server.process.wait(STOP_SECONDS)
    await asyncio.to_thread(deployment.server.start)


async def workers_killed_in_fan_out(deployment: Deployment, _: World) -> None:
    """A parent between two pages, a child before its write, and one after it."""
    points = ("fan_out.page", "fan_out.delivering", "fan_out.delivered")
    faults = [{"crash_at": f"{point}:{NTH}"} for point in points]
    for worker in await asyncio.to_thread(deployment.start_workers, *faults):
        await asyncio.to_thread(worker.wait_for_crash)


async def redis_killed(deployment: Deployment, world: World) -> None:
    deployment.redis.kill()
    await _see_unavailable(world)
    deployment.redis.start()


async def redis_wiped(deployment: Deployment, _: World) -> None:
    async with deployment.redis_client() as client:
        await client.flushall()


async def postgres_restarted(deployment: Deployment, world: World) -> None:
    deployment.postgres.kill()
    await _see_unavailable(world)
    await asyncio.to_thread(deployment.postgres.start)


async def job_done_twice(deployment: Deployment, _: World) -> None:
    """By a worker that stood still for so long that another took its jobs, and by that one."""
    async with paused(deployment, "fan_out.page", "timeline.deliver.worked"):
        await jobs_done(deployment)


async def delete_overtaking_create(deployment: Deployment, world: World) -> None:
    """Whatever was about to be written to search and timelines is deleted before it is."""
    async with paused(deployment, "search.read", "fan_out.delivering"):
        posts = sorted(world.model.posts.values(), key=lambda post: -post.number)
        newest = [post for post in posts if not post.of and "classic" not in post.text][:DELETED]
        for post in newest:
            await world.attempt(Delete(post.author, post.text.removeprefix(f"{world.model.tag} ")))
        await jobs_done(deployment)


async def unfollow_in_fan_out(deployment: Deployment, world: World) -> None:
    """All unfollow all, and some follow again, before the rest of the pages is written."""
    async with paused(deployment, "fan_out.page", "fan_out.delivering"):
        for number, (who, whom) in enumerate(sorted(world.model.follows)):
            await world.attempt(Unfollow(who, whom))
            if number % 2:
                await world.attempt(Follow(who, whom))
        await jobs_done(deployment)


async def class_change_in_follow(deployment: Deployment, world: World) -> None:
    """A follow stops after its commit, and the change of its follower's class, which comes then, after its own; with
    their old class gone and the new one not told of the follower follows somebody else, and comes back."""
    reader = "uma"
    account = world.model.people[reader]
    with deployment.another_server(pause_at="followed.unmerged") as another:
        url, account.url = account.url, another.url
        following = asyncio.create_task(world.attempt(Follow(reader, "dee")))
        await eventually(Worker(another.process).check_stopped)
        account.url = url
        async with paused(deployment, "activity.reclassed"):
            await put_to_sleep(deployment.graph_url, world, reader, Activity.PASSIVE)
            for write in (Unfollow(reader, "cid"), Follow(reader, "cid")):
                await world.attempt(write)
            await check_marks(deployment.graph_url)
            await account.timeline(first=1)
            await jobs_done(deployment)
            Worker(another.process).wake()
            assert await following


async def builder_paused(deployment: Deployment, _: World) -> None:
    """It has read the stores, and writes what they held then when another has built the timeline meanwhile."""
    async with paused(deployment, "build.read"):
        await jobs_done(deployment)


async def _server_killed(server: str, query: str, _: Deployment, world: World) -> None:
    await asyncio.to_thread(stack.kill, server)
    try:
        await _see_unavailable(world, query)
    finally:
        await asyncio.to_thread(stack.start, server)


SERVER_MISHAPS: dict[str, Mishap] = {
    f"{server}_killed": partial(_server_killed, server, query)
    for server, query in {"neo4j": TIMELINE, "cassandra": TWEETS, "elasticsearch": SEARCH}.items()
}
"""Those of a deployment on the real servers alone."""

MISHAPS: dict[str, Mishap] = {
    mishap.__name__: mishap
    for mishap in (
        server_killed,
        workers_killed_in_fan_out,
        redis_killed,
        redis_wiped,
        postgres_restarted,
        job_done_twice,
        delete_overtaking_create,
        unfollow_in_fan_out,
        class_change_in_follow,
        builder_paused,
    )
}


@asynccontextmanager
async def paused(deployment: Deployment, *points: str) -> AsyncIterator[None]:
    """During the block a worker stands still at each of these points, with all the jobs that it had taken."""
    faults = [{"pause_at": f"{point}:{NTH}"} for point in points]
    workers = await asyncio.to_thread(deployment.start_workers, *faults)
    for worker in workers:
        await eventually(worker.check_stopped)
    try:
        yield
    finally:
        for worker in workers:
            worker.wake()


async def jobs_done(deployment: Deployment) -> None:
    """All that there are now; those of a worker that stands still, by others."""
    jobs = await deployment.jobs()

    async def check() -> None:
        assert jobs.isdisjoint(await deployment.jobs())

    await eventually(check)


async def _see_unavailable(world: World, query: str = TIMELINE) -> None:
    """A reader is told what is down, and nothing else."""
    somebody = world.model.people[SILENT]
    headers = {"authorization": f"Bearer {somebody.token}"}
    answer = await somebody.http.post(f"{somebody.url}/graphql", json={"query": query}, headers=headers)
    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["UNAVAILABLE"]
