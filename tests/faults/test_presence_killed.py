"""Who is here when a server is killed is gone soon, though nobody says so."""

import httpx

from domain.global_id import Kind, decode_as
from tests.embedded.owners import kill
from tests.faults.deployment import Deployment
from tests.faults.waiting import eventually
from tests.support.clients import Account, sign_up
from tests.support.servers import STOP_SECONDS

GONE_SECONDS = 90


async def activity(account: Account) -> str:
    found: str = (await account.ask("{ viewer { user { activity } } }"))["viewer"]["user"]["activity"]
    return found


async def test_a_subscription_of_a_killed_server(deployment: Deployment, http: httpx.AsyncClient) -> None:
    account = await sign_up(http, deployment.server.url)
    key = f"presence:{decode_as(Kind.USER, account.id)}"

    async def check_live() -> None:
        assert await activity(account) == "LIVE"

    async with deployment.redis_client() as client:
        async with account.updates():
            await eventually(check_live)
            kill(*deployment.server_processes())
            left_ms = await client.pttl(key)
        assert 0 < left_ms < GONE_SECONDS * 1000
        deployment.server.process.wait(STOP_SECONDS)
        deployment.server.start()
        ((process, lapses_ms),) = await client.zrange(key, 0, -1, withscores=True)
        seconds, _ = await client.time()
        assert lapses_ms < (seconds + GONE_SECONDS) * 1000
        assert await activity(account) == "LIVE"
        await client.zincrby(key, -left_ms, process)  # as if that time had passed
        assert await activity(account) == "ACTIVE"
