"""What is measured, of one process and of several that share a folder."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

import metrics
from settings import Settings
from startup import CannotStart, serve_metrics
from stores.queue import QueueState
from tests.support.servers import ROOT, free_port

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
SERVER_PROCESS = """
import sys
import metrics
metrics.delivered(int(sys.argv[1]))
metrics.ring(int(sys.argv[2]), float(sys.argv[3]))
metrics.streaming(1)
print("measured", flush=True)
input()
"""
WORKER = """
import metrics
from settings import Settings
from startup import serve_metrics
serve_metrics(Settings())
metrics.delivered(7)
print("serves", flush=True)
input()
"""


def figures(exposed: bytes) -> dict[str, float]:
    """Every sample by its name and labels."""
    lines = [line for line in exposed.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def buckets(path: str, *bounds: str) -> dict[str, float]:
    """One more in each."""
    return {f'starling_tweet_visible_seconds_bucket{{le="{bound}",path="{path}"}}': 1 for bound in bounds}


def told() -> dict[str, float]:
    return figures(metrics.exposition({}, {}))


@contextmanager
def child(source: str, *args: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A process that has said its first line; killed at the end."""
    command = [sys.executable, "-c", source, *args]
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline()
            yield process
        finally:
            process.kill()


def test_services_count() -> None:
    before = told()
    metrics.visible("pushed", int(time.time() * 1000) - 2_000)
    metrics.visible("live", int(time.time() * 1000) + 60_000)
    metrics.delivered(3)
    metrics.built("indexed")
    metrics.paged("rested")
    metrics.streaming(2)
    metrics.streaming(-1)
    assert told()["starling_live_streams"] == before["starling_live_streams"] + 1
    metrics.streaming(-1)
    after = told()
    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == {
        **buckets("pushed", "2.5", "5.0", "10.0", "30.0", "60.0", "300.0", "+Inf"),
        'starling_tweet_visible_seconds_count{path="pushed"}': 1,
        'starling_tweet_visible_seconds_sum{path="pushed"}': pytest.approx(2, abs=0.4),
        **buckets("live", *map(str, BUCKETS), "+Inf"),
        'starling_tweet_visible_seconds_count{path="live"}': 1,
        "starling_deliveries_total": 3,
        'starling_builds_total{kind="indexed"}': 1,
        'starling_pages_total{source="rested"}': 1,
    }


def test_every_label_is_there_from_the_start() -> None:
    with metrics.shared(), child(SERVER_PROCESS, "0", "0", "0"):
        names = told().keys()
    assert {name for name in names if "_bucket" not in name and "_sum" not in name} == {
        'starling_tweet_visible_seconds_count{path="pushed"}',
        'starling_tweet_visible_seconds_count{path="merged"}',
        'starling_tweet_visible_seconds_count{path="live"}',
        'starling_builds_total{kind="built"}',
        'starling_builds_total{kind="refreshed"}',
        'starling_builds_total{kind="indexed"}',
        'starling_pages_total{source="precomputed"}',
        'starling_pages_total{source="rested"}',
        'starling_pages_total{source="store"}',
        "starling_deliveries_total",
        "starling_live_streams",
        "starling_ring_entries",
        "starling_ring_reach_seconds",
    }


def test_queues_and_relays() -> None:
    queues = {"timeline": QueueState(5, 1.5, 2), "search": QueueState(0, 0, 0)}
    exposed = metrics.exposition(queues, {"live": 0.25})
    assert {name: value for name, value in figures(exposed).items() if name not in told()} == {
        'starling_queue_jobs{queue="timeline"}': 5,
        'starling_queue_jobs{queue="search"}': 0,
        'starling_queue_age_seconds{queue="timeline"}': 1.5,
        'starling_queue_age_seconds{queue="search"}': 0,
        'starling_dead_letters{queue="timeline"}': 2,
        'starling_dead_letters{queue="search"}': 0,
        'starling_relay_lag_seconds{target="live"}': 0.25,
    }
    assert b"# TYPE starling_queue_jobs gauge\n" in exposed


def test_tasks_are_those_of_who_answers() -> None:
    assert "starling_tasks" not in told()
    exposed = metrics.exposition({}, {}, 12)
    assert figures(exposed)["starling_tasks"] == 12
    assert b"# TYPE starling_tasks gauge\n" in exposed


def test_processes_that_share_a_folder() -> None:
    """Whoever is asked tells of all that live; what the dead counted stays."""
    with ExitStack() as stack:
        stack.enter_context(metrics.shared())
        folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
        first = stack.enter_context(child(SERVER_PROCESS, "2", "5", "50"))
        stack.enter_context(child(SERVER_PROCESS, "3", "9", "20"))
        both = told()
        first.kill()
        first.wait()
        one = told()
    names = ("deliveries_total", "live_streams", "ring_entries", "ring_reach_seconds")
    assert [both[f"starling_{name}"] for name in names] == [5, 2, 5, 20]
    assert [one[f"starling_{name}"] for name in names] == [5, 1, 9, 20]
    assert not folder.exists()
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ


def test_a_worker_serves_its_own() -> None:
    port = free_port()
    with child(WORKER, STARLING_METRICS_PORT=str(port)):
        with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            assert figures(answer.read())["starling_deliveries_total"] == 7
        with pytest.raises(CannotStart) as refused:
            serve_metrics(Settings(metrics_port=port))
    expected = f"can't listen on 127.0.0.1, port {port}: Address already in use; name another in STARLING_METRICS_PORT"
    assert str(refused.value) == expected


def test_a_worker_serves_none_where_no_port_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[tuple[str, int]] = []
    monkeypatch.setattr(metrics, "serve", lambda host, port: served.append((host, port)))
    serve_metrics(Settings())
    serve_metrics(Settings(host="::1", metrics_port=9100))
    assert served == [("::1", 9100)]
