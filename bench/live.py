"""Live delivery beside Node's graphql-ws: `python -m bench.live [--sockets 1000 10000] [--documents A B]
[--servers Node Starling] [--tweets 20] [--seconds 1]`.

So many websockets follow one author each, every one as a viewer of its own, and tweets are posted one after the other.
Each socket must have each tweet exactly once. Starling's server process, whose worker and embedded stores are processes
of their own, and Node's (bench/node: graphql-ws on ws, stores in memory) are measured in turns, under the same load
from a process of its own (bench/support/load.py):
- deliveries per CPU second of the server process: user and system time of the phase of delivery, the posting included,
  without what an idle phase of the same length takes; and without what the same mutations take when nobody follows;
- from a mutation being sent until the last socket has the tweet, p50 and p99 of the tweets;
- resident memory per socket, above what the server took before they came, when all are subscribed, and at the end.

Document A asks for what is the same for everybody, B for viewerLikes too. Loopback alone is used.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import product

from bench.support import crowd
from bench.support.followers import DOCUMENTS, percentile
from bench.support.load import Order, Report, may_open
from bench.support.serving import Network, Served, calm, network, node, starling, toolchain, versions
from settings import Settings
from tests.support.servers import ROOT

SERVERS = ("Node", "Starling")
TARGETS = {"A": 8, "B": 2}
"""Times as many deliveries per CPU second as Node's."""

TARGET_BYTES = 30_000
"""Of memory per socket, at ten thousand."""

TARGET_SECONDS = 1.0
"""Until the last of ten thousand sockets has a tweet, at the 99th percentile."""

COLUMNS = "{:>7} {:<3} {:<9} {:>14} {:>13} {:>10} {:>9} {:>9} {:>9} {:>9} {:>8} {:>8} {:>7}"
HEAD = (
    "sockets", "doc", "server", "deliveries/CPUs", "w/o posting", "CPU µs/one",
    "last p50", "last p99", "each p50", "each p99", "kB/sock", "kB later", "bytes",
)  # fmt: skip


def main() -> None:
    asked = arguments()
    may_open(max(asked.sockets))
    print(f"{' '.join(versions(toolchain()))}; {asked.tweets} tweets, {asked.seconds:g} s apart; times in ms")
    print(COLUMNS.format(*HEAD), flush=True)
    with crowd.servers() as settings:
        networks = [asyncio.run(network(settings, sockets)) for sockets in asked.sockets]
        with crowd.workers(settings, 1):
            asyncio.run(calm(settings))
            for made, document in product(networks, asked.documents):
                compare(asked, settings, made, document)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Live delivery beside Node's graphql-ws.")
    parser.add_argument("--sockets", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--documents", choices=DOCUMENTS, nargs="+", default=list(DOCUMENTS))
    parser.add_argument("--servers", choices=SERVERS, nargs="+", default=SERVERS)
    parser.add_argument("--tweets", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=1.0, help="from one tweet to the next, at least")
    return parser.parse_args()


def compare(asked: argparse.Namespace, settings: Settings, made: Network, document: str) -> None:
    reports = {}
    for name in asked.servers:
        with served(name, settings) as server:
            report = loaded(name, server, made, document, asked)
        reports[name] = report
        print(row(len(made.viewers), document, name, report), flush=True)
    if len(reports) == len(SERVERS):
        print(verdict(len(made.viewers), document, reports["Starling"], reports["Node"]), flush=True)


@contextmanager
def served(name: str, settings: Settings) -> Iterator[Served]:
    with node() if name == "Node" else starling(settings) as server:
        yield server


def loaded(name: str, server: Served, made: Network, document: str, asked: argparse.Namespace) -> Report:
    """What the load's process has to tell. Ends this one where it fails: it has said why."""
    order = Order(name, server.url, server.pids, document, made.author, made.viewers, asked.tweets, asked.seconds)
    command = [sys.executable, "-m", "bench.support.load"]
    load = subprocess.run(
        command, cwd=ROOT, input=json.dumps(asdict(order)), stdout=subprocess.PIPE, text=True, check=False
    )
    if load.returncode:
        raise SystemExit(f"{name}, document {document}, {len(made.viewers):,} sockets: the load failed")
    return Report(**json.loads(load.stdout))


def rate(report: Report) -> float:
    return report.deliveries / report.cpu


def rate_alone(report: Report) -> float:
    return report.deliveries / (report.cpu - report.posting_cpu)


def row(sockets: int, document: str, name: str, report: Report) -> str:
    times = (statistics.median(report.last), percentile(report.last, 0.99), report.each_p50, report.each_p99)
    return COLUMNS.format(
        f"{sockets:,}",
        document,
        name,
        f"{rate(report):,.0f}",
        f"{rate_alone(report):,.0f}",
        f"{report.cpu / report.deliveries * 1e6:,.1f}",
        *(f"{seconds * 1000:,.0f}" for seconds in times),
        f"{report.bytes_per_socket / 1000:,.1f}",
        f"{report.bytes_per_socket_later / 1000:,.1f}",
        f"{report.bytes_per_message:,.0f}",
    )


def verdict(sockets: int, document: str, ours: Report, theirs: Report) -> str:
    """Starling beside Node, and beside the targets."""
    times, alone = rate(ours) / rate(theirs), rate_alone(ours) / rate_alone(theirs)
    told = [f"{times:.2f} times Node's deliveries per CPU second (target {TARGETS[document]})"]
    told.append(f"{alone:.2f} without the posting")
    if sockets >= 10_000:
        told.append(f"{ours.bytes_per_socket / 1000:.1f} kB per socket (target {TARGET_BYTES / 1000:.0f})")
        p99 = percentile(ours.last, 0.99)
        told.append(f"p99 to the last socket {p99 * 1000:,.0f} ms (target {TARGET_SECONDS * 1000:,.0f})")
    return f"{'':8}{document}: " + ", ".join(told)


if __name__ == "__main__":
    main()
