"""Puts a process together: settings -> stores -> services -> what runs in the background."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from domain.activity import Windows
from domain.errors import Unavailable
from migrations.targets import migrate_all
from services import Services
from services.access import AccessService
from services.accounts import AccountLimits, AccountService
from services.activity import ActivityService
from services.background import Background
from services.dispatch import Dispatcher
from services.fan_out import FanOut
from services.graph import GraphService
from services.lag import Lag
from services.live import LiveService, WatchedSessions
from services.log_reader import LogReader
from services.media import MediaRemoval, MediaRendering, MediaService
from services.passwords import Passwords
from services.presence import PresenceService
from services.ring import Ring
from services.search import SearchService
from services.snowflakes import Snowflakes
from services.timeline_builder import TimelineBuilder
from services.timelines import TimelineService
from services.tweets import TweetService
from services.walls import WallService
from settings import Settings
from stores.asking import prepare_media, reach_all
from stores.opening import Stores, open_stores


@dataclass(frozen=True, slots=True)
class Process:
    """All that a server, a worker or a command is made of."""

    settings: Settings
    stores: Stores
    services: Services
    activity: ActivityService
    fan_out: FanOut
    rendering: MediaRendering
    removal: MediaRemoval
    builder: TimelineBuilder
    dispatcher: Dispatcher
    snowflakes: Snowflakes
    passwords: Passwords
    ring: Ring
    log_reader: LogReader
    lag: Lag
    background: Background

    async def follow_live_log(self) -> None:
        """Needed by whoever reads timelines or streams: returns when the ring is up to date, and keeps it so."""
        await self.log_reader.start()
        self.background.spawn("log reader", self.log_reader.run)
        self.services.live.start(self.background)
        self.background.spawn("lag", self.lag.run)

    def note_presence(self) -> None:
        """Needed by whoever serves people."""
        self.background.spawn("presence", self.services.presence.run)


async def prepare(settings: Settings) -> None:
    """Waits for the servers, and brings them up to date. Raises WrongUrl, Unreachable or MigrationError."""
    await reach_all(settings)
    await migrate_all(settings)
    await prepare_media(settings)


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
            with suppress(Unavailable):
                await composed.services.presence.stop()
            await composed.snowflakes.stop()
            composed.passwords.close()


def compose(settings: Settings, stores: Stores) -> Process:
    """Services on stores; nothing runs yet."""
    size = settings.timeline_size
    snowflakes = Snowflakes(stores.nodes)
    dispatcher = Dispatcher(stores.queue)
    passwords = Passwords()
    ring = Ring(settings.live_log_entries)
    lag = Lag(stores.queue, ring)
    builder = TimelineBuilder(stores.graph, stores.tweets, stores.timelines, stores.pulled, size)
    fan_out = FanOut(
        stores.graph,
        stores.tweets,
        stores.timelines,
        stores.pulled,
        stores.queue,
        builder,
        dispatcher,
        snowflakes,
        size,
        settings.fan_out_page,
        settings.fan_out_own_pages,
    )
    windows = Windows(timedelta(days=settings.active_days), timedelta(days=settings.passive_days))
    activity = ActivityService(stores.graph, stores.timelines, stores.queue, builder, dispatcher, snowflakes, windows)
    presence = PresenceService(stores.presence, stores.cache, activity)
    media = MediaService(stores.media, stores.files, stores.tweets, dispatcher, snowflakes)
    graph = GraphService(stores.graph, fan_out, dispatcher, snowflakes, media)
    accounts = AccountService(
        stores.accounts, graph, activity, presence, stores.cache, dispatcher, snowflakes, passwords, _limits(settings)
    )
    sessions = WatchedSessions(accounts.current, accounts.used)
    services = Services(
        accounts=accounts,
        graph=graph,
        walls=WallService(stores.graph, dispatcher, snowflakes),
        tweets=TweetService(stores.tweets, stores.graph, AccessService(stores.graph), dispatcher, snowflakes, media),
        timelines=TimelineService(
            stores.timelines,
            stores.pulled,
            stores.graph,
            stores.tweets,
            stores.live,
            ring,
            stores.queue,
            lag.beyond_ring,
        ),
        search=SearchService(stores.search, stores.tweets, stores.graph),
        media=media,
        live=LiveService(stores.graph, stores.tweets, stores.live, ring, presence, sessions),
        presence=presence,
    )
    return Process(
        settings=settings,
        stores=stores,
        services=services,
        activity=activity,
        fan_out=fan_out,
        rendering=MediaRendering(stores.media, stores.files),
        removal=MediaRemoval(stores.media, stores.files, stores.tweets, stores.graph),
        builder=builder,
        dispatcher=dispatcher,
        snowflakes=snowflakes,
        passwords=passwords,
        ring=ring,
        log_reader=LogReader(stores.live, ring),
        lag=lag,
        background=Background(),
    )


def _limits(settings: Settings) -> AccountLimits:
    return AccountLimits(
        settings.failed_logins_per_account,
        settings.failed_logins_per_address,
        settings.sign_ups_per_address,
        settings.session_days,
    )
