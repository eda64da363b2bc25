"""Opens the system that histories are played on: small, and with its jobs held."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from unittest.mock import patch

import asyncpg

from composition import compose, prepare
from settings import Settings
from stores.opening import open_stores
from stores.redis import open_client
from tests.contract.elasticsearch_fixtures import ReadAtOnce
from tests.histories.held_jobs import HeldJobs, gated
from tests.histories.system import System
from tests.support.forms import empty

TIMELINE_SIZE = 7
FAN_OUT_PAGE = 3
ACTIVE_DAYS, PASSIVE_DAYS = 7.5, 30.5
"""Whole days pass, so that nobody was seen exactly a window ago."""

FAMOUS, STAYS_FAMOUS = 5, 4
"""The least threshold at which who stays famous may have fewer followers than who becomes so."""

SMALL = {
    "services.fan_out.RETWEETS_AT_ONCE": 1,
    "services.activity.RECLASSED_AT_ONCE": 2,
    "services.activity.REFRESHED_PER_JOB": 2,
    "services.timeline_builder.COMMIT_MS": 0,
}
"""Bounds that a few people and tweets reach, and no wait for writes that there are none of."""


@asynccontextmanager
async def opened(urls: Mapping[str, str]) -> AsyncIterator[System]:
    """A process on the servers that settings with these URLs name, which hold nothing but what histories do."""
    settings = Settings(
        timeline_size=TIMELINE_SIZE,
        fan_out_page=FAN_OUT_PAGE,
        fan_out_own_pages=1,
        active_days=ACTIVE_DAYS,
        passive_days=PASSIVE_DAYS,
        famous_followers=FAMOUS,
    ).model_copy(update=urls)
    await prepare(settings)
    async with AsyncExitStack() as stack:
        for name, value in SMALL.items():
            stack.enter_context(patch(name, value))
        stack.enter_context(patch("stores.search.elasticsearch.ElasticsearchSearch", ReadAtOnce))
        process = compose(settings, gated(await stack.enter_async_context(open_stores(settings))))
        client = open_client(urls["redis_url"])
        stack.push_async_callback(client.aclose)
        database = await asyncpg.connect(urls["database_url"])
        stack.push_async_callback(database.close)
        await process.snowflakes.start()
        stack.push_async_callback(process.snowflakes.stop)
        await process.log_reader.start()
        process.background.spawn("node lease", process.snowflakes.keep)
        process.background.spawn("log reader", process.log_reader.run)
        stack.push_async_callback(process.background.stop)
        stack.callback(process.passwords.close)
        system = System(process, client, database, HeldJobs(process, client), partial(empty, urls))
        stack.enter_context(patch("metrics.paged", lambda source: system.pages.update([source])))
        yield system
