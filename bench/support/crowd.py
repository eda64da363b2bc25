"""Readers for benchmarks: people with the marks and full timelines that active followers have, and worker processes."""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from composition import Process
from domain.accounts import Session
from domain.activity import Activity
from domain.graph import Follow
from events import ActivityChanged, Event, Followed, UsersChanged
from services.accounts import token_hash
from settings import Settings
from stores.embedded import owned
from stores.urls import checked_timeline_urls, checked_urls
from tests.contract.redis_fixtures import RedisServer
from tests.support.servers import ROOT

AT_ONCE = 1_000
EPOCH = b"benchepo"


async def people(process: Process, count: int, prefix: str, *, active: bool) -> list[int]:
    """People who never logged in; active ones as if they had just been seen."""
    ids = [process.snowflakes.mint() for _ in range(count)]
    for start in range(0, count, AT_ONCE):
        batch = ids[start : start + AT_ONCE]
        rows = [(user_id, f"{prefix}{start + at}", prefix) for at, user_id in enumerate(batch)]
        event = Event(process.snowflakes.mint(), UsersChanged(tuple(batch)))
        await process.stores.graph.merge_users(rows, event)
        if active:
            await process.stores.graph.seen(batch, datetime.now(UTC))
            event = Event(process.snowflakes.mint(), ActivityChanged(tuple(batch)))
            await process.stores.graph.reclass(batch, Activity.ACTIVE, event)
    return ids


async def follow(process: Process, followers: Sequence[int], followee: int) -> None:
    for start in range(0, len(followers), AT_ONCE):
        edges = [Follow(process.snowflakes.mint(), reader, followee) for reader in followers[start : start + AT_ONCE]]
        event = Event(process.snowflakes.mint(), Followed(()))
        await process.stores.graph.follow(edges, event)


async def log_in(process: Process, people: Sequence[int]) -> list[str]:
    """A session's token for each, without the password hash that makes a log-in slow; their accounts are not made."""
    tokens = [secrets.token_urlsafe(32) for _ in people]
    now = datetime.now(UTC)
    expires = now + timedelta(days=process.settings.session_days)
    for person, token in zip(people, tokens, strict=True):
        session = Session(process.snowflakes.mint(), person, token_hash(token), "bench", now, expires)
        await process.stores.accounts.add_session(session)
    return tokens


async def begin_timelines(process: Process, readers: Sequence[int]) -> None:
    """An empty one for each, that is ready: nothing is built for those who become active then."""
    for reader in readers:
        await process.stores.timelines.begin(reader, EPOCH, 0)
        await process.stores.timelines.finish(reader, EPOCH, [], 0)


async def fill(process: Process, readers: Sequence[int]) -> None:
    """A full timeline for each, of ids that lie a second apart and end an hour ago."""
    newest = process.snowflakes.mint() - (3_600_000 << 22)
    ids = [newest - (age * 1000 << 22) for age in range(process.settings.timeline_size)]
    for reader in readers:
        await process.stores.timelines.begin(reader, EPOCH, 0)
        await process.stores.timelines.finish(reader, EPOCH, ids, ids[-1])


@contextmanager
def servers(valkeys: int = 0, /, **more: object) -> Iterator[Settings]:
    """Settings of embedded servers that last as long as the block. Timelines lie on so many further Valkeys, where it
    is not 0: caches, which write nothing to files."""
    with ExitStack() as stack:
        folder = tempfile.TemporaryDirectory(prefix="starling-bench-", ignore_cleanup_errors=True)
        urls = stack.enter_context(owned(Path(stack.enter_context(folder)) / "data"))
        caches = [RedisServer(appendonly="no") for _ in range(valkeys)]
        for cache in caches:
            stack.callback(cache.remove)
        own = Settings(database_url=urls.database_url, redis_url=urls.redis_url)
        yield own.model_copy(update={"timeline_urls": tuple(cache.url for cache in caches)} | more)


@contextmanager
def workers(settings: Settings, count: int) -> Iterator[None]:
    """Worker processes for the timeline queue alone."""
    environment = os.environ | {
        **{f"STARLING_{name}": url for name, url in checked_urls(settings).items()},
        "STARLING_TIMELINE_URLS": ",".join(checked_timeline_urls(settings)),
        "STARLING_FAMOUS_FOLLOWERS": str(settings.famous_followers),
        "STARLING_LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-m", "workers.settings", "timeline"]
    started = [subprocess.Popen(command, cwd=ROOT, env=environment) for _ in range(count)]
    time.sleep(3)  # until they have connected and take jobs
    try:
        yield
    finally:
        for worker in started:
            worker.send_signal(signal.SIGTERM)
        for worker in started:
            worker.wait(20)
