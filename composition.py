"""Puts a process together: settings -> stores -> services -> what runs in the background."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from migrations.runner import migrate
from services import Services
from services.accounts import AccountLimits, AccountService
from services.background import Background
from services.dispatch import Dispatcher
from services.fan_out import FanOut
from services.graph import GraphService
from services.hub import Hub
from services.live import LiveService
from services.passwords import Passwords
from services.ring import Ring
from services.search import SearchService
from services.snowflakes import Snowflakes
from services.timeline_builder import TimelineBuilder
from services.timelines import TimelineService
from services.tweets import TweetService
from settings import Settings
from stores.opening import Stores, open_stores
from stores.reach import reach


@dataclass(frozen=True, slots=True)
class Process:
    """All that a server, a worker or a command is made of."""

    settings: Settings
    stores: Stores
    services: Services
    fan_out: FanOut
    builder: TimelineBuilder
    dispatcher: Dispatcher
    snowflakes: Snowflakes
    passwords: Passwords
    ring: Ring
    hub: Hub
    background: Background

    async def follow_live_log(self) -> None:
        """Needed by whoever reads timelines or streams: returns when the ring is up to date, and keeps it so."""
        await self.hub.start()
        self.background.spawn("hub", self.hub.follow_log)


async def prepare(settings: Settings) -> None:
    """Waits for the servers, and brings the database up to date. Raises WrongUrl, Unreachable or MigrationError."""
    await reach(settings)
    await migrate(settings.database_url or "")


@asynccontextmanager
async def process(settings: Settings) -> AsyncIterator[Process]:
    """Prepares and opens the stores, and starts minting ids; all is stopped and closed again at the end."""
    await prepare(settings)
    async with open_stores(settings) as stores:
        composed = compose(settings, stores)
        await composed.snowflakes.start()
        composed.background.spawn("node lease", composed.snowflakes.keep)
        try:
            yield composed
        finally:
            await composed.background.stop()
            await composed.snowflakes.stop()
            composed.passwords.close()


def compose(settings: Settings, stores: Stores) -> Process:
    """Services on stores; nothing runs yet."""
    size = settings.timeline_size
    snowflakes = Snowflakes(stores.nodes)
    dispatcher = Dispatcher(stores.queue)
    passwords = Passwords()
    ring = Ring(settings.live_log_entries)
    fan_out = FanOut(stores.graph, stores.tweets, stores.timelines, dispatcher, snowflakes, size)
    graph = GraphService(stores.graph, fan_out, dispatcher, snowflakes)
    limits = AccountLimits(
        settings.failed_logins_per_account,
        settings.failed_logins_per_address,
        settings.sign_ups_per_address,
        settings.session_days,
    )
    accounts = AccountService(
        stores.accounts, stores.graph, graph, stores.cache, dispatcher, snowflakes, passwords, limits
    )
    services = Services(
        accounts=accounts,
        graph=graph,
        tweets=TweetService(stores.tweets, dispatcher, snowflakes),
        timelines=TimelineService(stores.timelines, stores.graph, stores.tweets, stores.live, ring, stores.queue),
        search=SearchService(stores.search, stores.tweets, stores.graph),
        live=LiveService(stores.graph, stores.tweets, stores.live, ring),
    )
    return Process(
        settings=settings,
        stores=stores,
        services=services,
        fan_out=fan_out,
        builder=TimelineBuilder(stores.graph, stores.tweets, stores.timelines, size),
        dispatcher=dispatcher,
        snowflakes=snowflakes,
        passwords=passwords,
        ring=ring,
        hub=Hub(stores.live, ring),
        background=Background(),
    )
