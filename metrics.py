"""What is measured, as Prometheus reads it. Services call the functions here; servers and workers expose it.

Of several server processes on one port each keeps its figures in files of one folder, so that whichever is asked can
tell those of all: prometheus_client does that where PROMETHEUS_MULTIPROC_DIR is set when this module is imported.
"""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, get_args

import prometheus_client
import psutil
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from stores.queue import QueueState

CONTENT_TYPE = prometheus_client.CONTENT_TYPE_PLAIN_0_0_4

VisiblePath = Literal["pushed", "merged", "live"]
"""How a tweet becomes visible: written into timelines, into its author's pull index, or held by a server's ring."""

Build = Literal["built", "refreshed", "indexed"]
"""What is made from the stores: a timeline that is pushed to, a passive reader's, an author's pull index."""

PageSource = Literal["precomputed", "rested", "store"]
"""What a page of a timeline is read from: a list that is pushed to, a passive reader's, or the tweets store."""

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)

prometheus_client.disable_created_metrics()
_registry = CollectorRegistry()
_visible_family = Histogram(
    "starling_tweet_visible_seconds",
    "From a tweet's posting until it is visible.",
    ["path"],
    buckets=_SECONDS,
    registry=_registry,
)
_builds_family = Counter("starling_builds", "Lists made from the stores.", ["kind"], registry=_registry)
_pages_family = Counter(
    "starling_pages", "Timeline pages, by what they were read from.", ["source"], registry=_registry
)
_deliveries = Counter("starling_deliveries", "Entries written into timelines.", registry=_registry)
_streams = Gauge(
    "starling_live_streams", "Subscriptions being listened to.", registry=_registry, multiprocess_mode="livesum"
)
_ring_entries = Gauge(
    "starling_ring_entries",
    "Entries of the live log in memory; of several processes the fewest.",
    registry=_registry,
    multiprocess_mode="livemin",
)
_ring_reach = Gauge(
    "starling_ring_reach_seconds",
    "Age of the oldest entry of the live log in memory; of several processes the least.",
    registry=_registry,
    multiprocess_mode="livemin",
)
_visible = {path: _visible_family.labels(path) for path in get_args(VisiblePath)}
_builds = {kind: _builds_family.labels(kind) for kind in get_args(Build)}
_pages = {source: _pages_family.labels(source) for source in get_args(PageSource)}


def visible(path: VisiblePath, event_ms: int) -> None:
    """A tweet has become visible to readers; `event_ms` is the Unix time of its event. For news alone: what is read
    again at a start was visible before."""
    _visible[path].observe(max(0.0, time.time() - event_ms / 1000))


def delivered(entries: int) -> None:
    """So many entries were written into timelines."""
    _deliveries.inc(entries)


def built(kind: Build) -> None:
    """A list was made from the stores."""
    _builds[kind].inc()


def paged(source: PageSource) -> None:
    """A page of a timeline was read."""
    _pages[source].inc()


def streaming(more: int) -> None:
    """So many more subscriptions are listened to, or fewer."""
    _streams.inc(more)


def ring(entries: int, reach_seconds: float) -> None:
    """What this process has of the live log in memory: how much, and how old the oldest is."""
    _ring_entries.set(entries)
    _ring_reach.set(reach_seconds)


def exposition(queues: Mapping[str, QueueState], relay_lags: Mapping[str, float], tasks: int | None = None) -> bytes:
    """All there is to tell, in Prometheus' text format: of this process or all that share a folder, the queues' state
    (empty where their Redis is down), and how many tasks the event loop of this process has."""
    return prometheus_client.generate_latest(_Scrape(queues, relay_lags, tasks))


def serve(host: str, port: int) -> None:
    """Exposes this process's metrics on a port of their own, until it ends. Raises OSError."""
    prometheus_client.start_http_server(port, host, _registry)


@contextmanager
def shared() -> Iterator[None]:
    """The processes that are spawned meanwhile share a folder of metrics."""
    with TemporaryDirectory(prefix="starling-metrics-") as folder:
        os.environ[_FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[_FOLDER]


class _Scrape(Collector):
    def __init__(self, queues: Mapping[str, QueueState], relay_lags: Mapping[str, float], tasks: int | None) -> None:
        self._queues = queues
        self._relay_lags = relay_lags
        self._tasks = tasks

    def collect(self) -> Iterator[Metric]:
        if _FOLDER in os.environ:
            _forget_the_dead(Path(os.environ[_FOLDER]))
            yield from MultiProcessCollector(None).collect()
        else:
            yield from _registry.collect()
        queues = self._queues.items()
        yield _gauge("queue_jobs", "Jobs waiting or running.", "queue", {name: each.jobs for name, each in queues})
        ages = {name: each.age_seconds for name, each in queues}
        yield _gauge("queue_age_seconds", "How long the first job due has been waiting.", "queue", ages)
        letters = {name: each.dead_letters for name, each in queues}
        yield _gauge("dead_letters", "Jobs that failed for good.", "queue", letters)
        help_text = "Age of the first event that a target waits for."
        yield _gauge("relay_lag_seconds", help_text, "target", self._relay_lags)
        if self._tasks is not None:
            help_text = "Tasks of the event loop; of several processes that of the one which answers."
            yield GaugeMetricFamily("starling_tasks", help_text, self._tasks)


def _gauge(name: str, help_text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"starling_{name}", help_text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _forget_the_dead(folder: Path) -> None:
    """Drops the gauges of processes that are gone; what they counted stays."""
    pids = {int(file.stem.rpartition("_")[2]) for file in folder.glob("gauge_live*.db")}
    for pid in pids:
        if not psutil.pid_exists(pid):
            with suppress(FileNotFoundError):  # another process was faster
                mark_process_dead(pid, folder)
