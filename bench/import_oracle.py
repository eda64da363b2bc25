"""The main job on real input, and whether its timelines are right: `python -m bench.import_oracle
[--form scaled_out]`.

For timelines of 50 and of 800: imports the follows and half of the tweets into a fresh server, reads 200 timelines so
that they are precomputed, imports the other half, and reads them whole by pages of 50. Each must equal what the two
files say, and all of the second half that lies above a timeline's floor must have been pushed.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

import httpx

from bench.support.forms import arguments
from settings import Settings
from stores.embedded import running
from stores.opening import open_stores
from stores.timelines import TimelineStore
from tests.embedded.owners import new_folder
from tests.support import network
from tests.support.clients import Account, Json
from tests.support.forms import form
from tests.support.network import Network
from tests.support.servers import RunningServer

SIZES = (50, 800)
LONGEST, AT_RANDOM = 40, 160


class Watch:
    """Prints what took how long."""

    def __init__(self) -> None:
        self._at = time.perf_counter()

    def lap(self, what: str) -> None:
        now = time.perf_counter()
        print(f"  {what}: {now - self._at:.1f} s", flush=True)
        self._at = now


async def check(server: RunningServer, size: int, files: Path) -> bool:
    """Whether all timelines are right."""
    whole = network.read_network()
    first, second = whole.halves()
    watch = Watch()
    network.import_into(server, first.write(files / "first"))
    watch.lap(f"{len(first.follows):,} follows and {len(first.tweets):,} tweets imported")
    urls = running(server.data_dir)
    assert urls is not None
    embedded = Settings(database_url=urls.database_url, redis_url=urls.redis_url, timeline_size=size)
    settings = embedded.model_copy(update={name: url for name, url in server.settings.items() if name.endswith("_url")})
    async with httpx.AsyncClient(timeout=60) as http, open_stores(settings) as stores:
        readers = await network.log_in(http, server, whole.readers(LONGEST, AT_RANDOM))
        watch.lap(f"{len(readers)} readers logged in")
        await network.have_built(readers, stores.timelines)
        watch.lap("their timelines built")
        network.import_into(server, second.write(files / "second"))
        watch.lap(f"{len(second.tweets):,} more tweets imported")
        read = await network.whole_timelines(readers)
        watch.lap(f"{sum(map(len, read)):,} entries read")
        return await compare(whole, readers, read, stores.timelines)


async def compare(whole: Network, readers: list[Account], read: list[list[Json]], timelines: TimelineStore) -> bool:
    """Prints how many timelines and sources are wrong, and how many entries came from where."""
    expected = whole.timelines()
    first, second = whole.halves()
    new = set(second.tweets) - set(first.tweets)  # what both have can't be told apart
    sources: dict[str, int] = {}
    wrong = unpushed = pushed = 0
    for reader, edges in zip(readers, read, strict=True):
        wrong += network.entries(edges) != expected[reader.handle]
        timeline = await timelines.read(network.user_id(reader))
        floor = timeline.floor if timeline else 0
        for edge, entry in zip(edges, network.entries(edges), strict=True):
            sources[edge["source"]] = sources.get(edge["source"], 0) + 1
            if entry in new and network.tweet_id(edge) >= floor:
                pushed += edge["source"] == "PUSHED"
                unpushed += edge["source"] != "PUSHED"
    print(f"  timelines that differ: {wrong} of {len(readers)}; longest {max(map(len, read)):,}; by source: {sources}")
    print(f"  second half above the floor: {pushed:,} PUSHED, {unpushed:,} not")
    return not wrong and not unpushed


def main(name: str) -> int:
    """The exit code is 1 where anything is wrong."""
    right = True
    for size in SIZES:
        print(f"timelines of {size}")
        with form(name) as urls, new_folder() as folder, tempfile.TemporaryDirectory() as files:
            server = RunningServer(folder, timeline_size=str(size), **urls).start()
            right &= asyncio.run(check(server, size, Path(files)))
            server.close()
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main(arguments().parse_args().form))
