"""What strikes a deployment while clients follow in chaos."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.embedded.owners import kill
from tests.faults.deployment import Deployment
from tests.support.servers import STOP_SECONDS

Strike = Callable[[Deployment], Awaitable[None]]


async def server_killed(deployment: Deployment) -> None:
    kill(*deployment.server_processes())
    deployment.server.process.wait(STOP_SECONDS)
    await asyncio.to_thread(deployment.server.start)


async def process_killed(deployment: Deployment) -> None:
    """One of the server's two; its clients come back to the other, until there is a new one."""
    kill(deployment.serving_processes()[0])


async def server_restarted(deployment: Deployment) -> None:
    """As a deployment of a new version does."""
    await asyncio.to_thread(deployment.server.stop)
    await asyncio.to_thread(deployment.server.start)


async def redis_restarted(deployment: Deployment) -> None:
    deployment.redis.kill()
    await asyncio.to_thread(deployment.redis.start)


async def redis_wiped(deployment: Deployment) -> None:
    async with deployment.redis_client() as client:
        await client.flushall()
