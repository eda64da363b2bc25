"""What a server tells operators: on stores that play each state, and as it runs."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import cast

import httpx
import pytest
from starlette.applications import Starlette

import health
from composition import Process
from domain.errors import Unavailable
from services.ring import Ring
from stores.live import LogEntry, LogPosition
from stores.queue import QUEUES, TARGETS, QueueState
from tests.conftest import MakeAccount
from tests.support.servers import RunningServer

SECONDS = 30


class Waiting:
    """A queue in a given state; None is one whose Redis is down, a negative lag one that never answers."""

    def __init__(self, states: Mapping[str, QueueState] | None, lags: Mapping[str, float]) -> None:
        self._states = states
        self._lags = lags

    async def states(self) -> Mapping[str, QueueState]:
        if self._states is None:
            raise Unavailable("queue")
        return self._states

    async def relay_lags(self) -> Mapping[str, float]:
        if min(self._lags.values()) < 0:
            await asyncio.Event().wait()
        return self._lags


LONG = Waiting(
    {"timeline": QueueState(200_000, 61.5, 3), "search": QueueState(0, 0.0, 0)}, {"live": 0.0, "search": 2.5}
)
DOWN = Waiting(None, {"live": 0.0})
SILENT = Waiting({}, {"live": -1.0})


async def asked(path: str, waiting: Waiting, latencies: Mapping[str, float | None]) -> httpx.Response:
    async def latency() -> Mapping[str, float | None]:
        return latencies

    process = cast("Process", SimpleNamespace(stores=SimpleNamespace(health=latency, queue=waiting)))
    app = Starlette(routes=health.routes(lambda: process))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://server") as client:
        return await client.get(path)


async def test_a_long_queue_is_told_and_makes_nobody_unready() -> None:
    answer = await asked("/readyz", LONG, {"postgres": 0.4, "queue": 0.2})
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "stores": {"postgres": 0.4, "queue": 0.2},
        "queues": {
            "timeline": {"jobs": 200_000, "ageSeconds": 61.5, "deadLetters": 3},
            "search": {"jobs": 0, "ageSeconds": 0.0, "deadLetters": 0},
        },
        "relayLagSeconds": {"live": 0.0, "search": 2.5},
    }


@pytest.mark.parametrize("waiting", [DOWN, SILENT])
async def test_with_redis_down_queues_are_null(waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "HEALTH_SECONDS", 0.01)
    answer = await asked("/readyz", waiting, {"postgres": 0.4, "queue": None})
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "stores": {"postgres": 0.4, "queue": None},
        "queues": None,
        "relayLagSeconds": None,
    }


async def test_metrics_tell_what_waits() -> None:
    answer = await asked("/metrics", LONG, {})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert waiting_figures(answer.text.splitlines()) == {
        'starling_queue_jobs{queue="timeline"} 200000.0',
        'starling_queue_jobs{queue="search"} 0.0',
        'starling_queue_age_seconds{queue="timeline"} 61.5',
        'starling_queue_age_seconds{queue="search"} 0.0',
        'starling_dead_letters{queue="timeline"} 3.0',
        'starling_dead_letters{queue="search"} 0.0',
        'starling_relay_lag_seconds{target="live"} 0.0',
        'starling_relay_lag_seconds{target="search"} 2.5',
    }


async def test_metrics_tell_the_tasks_of_the_event_loop() -> None:
    answer = await asked("/metrics", LONG, {})
    [tasks] = [line for line in answer.text.splitlines() if line.startswith("starling_tasks ")]
    assert float(tasks.split()[1]) == len(asyncio.all_tasks())


def waiting_figures(lines: Iterable[str]) -> set[str]:
    return {line for line in lines if line.startswith(("starling_queue", "starling_dead", "starling_relay"))}


@pytest.mark.parametrize("waiting", [DOWN, SILENT])
async def test_metrics_with_redis_down(waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "HEALTH_SECONDS", 0.01)
    answer = await asked("/metrics", waiting, {})
    assert answer.status_code == 200
    lines = answer.text.splitlines()
    assert waiting_figures(lines) == set()
    assert any(line.startswith("starling_deliveries_total ") for line in lines)


async def test_the_ring_is_measured() -> None:
    ring = Ring(2)
    now_ms = int(time.time() * 1000)
    await ring.restart(LogPosition("epoch", now_ms, 0), 0)
    await ring.append(LogEntry(number, now_ms - 100_000 + number * 10_000, unknown()) for number in (1, 2, 3))
    lines = (await asked("/metrics", DOWN, {})).text.splitlines()
    entries, reach = [float(line.rsplit(" ")[1]) for line in lines if line.startswith("starling_ring")]
    assert entries == 2
    assert reach == pytest.approx(80, abs=5)


def unknown() -> bytes:
    """An event of a kind that only a later version knows: the ring holds it as any other."""
    return b"\x93\x01\xa5later\x90"


async def test_a_running_server(
    running_server: RunningServer, make_account: MakeAccount, http: httpx.AsyncClient
) -> None:
    """A tweet that is delivered is seen in each figure it passes."""

    async def figures() -> dict[str, float]:
        lines = (await http.get(f"{running_server.url}/metrics")).text.splitlines()
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}

    author, reader = await make_account(), await make_account()
    await reader.follow(author)
    await reader.timeline()
    before = await figures()
    await author.tweet("counted")
    deadline = time.monotonic() + SECONDS
    delivered = 'starling_tweet_visible_seconds_count{path="pushed"}'
    while (after := await figures())[delivered] == before[delivered]:
        await reader.timeline()
        assert time.monotonic() < deadline
    grown = {name for name in after if after[name] > before[name]}
    assert {"starling_deliveries_total", 'starling_tweet_visible_seconds_count{path="live"}'} <= grown
    assert after["starling_ring_entries"] > 0
    assert {f'starling_queue_jobs{{queue="{queue}"}}' for queue in QUEUES} <= after.keys()
    assert {f'starling_relay_lag_seconds{{target="{target}"}}' for target in TARGETS} <= after.keys()
    told = (await http.get(f"{running_server.url}/readyz")).json()
    assert told["ready"] is True
    assert told["queues"].keys() == set(QUEUES)
    assert told["relayLagSeconds"].keys() == set(TARGETS)
