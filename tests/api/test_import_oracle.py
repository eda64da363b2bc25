"""After an import, timelines are what the files say: compared with an oracle that knows nothing of stores."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from settings import Settings
from stores.embedded import running
from stores.opening import open_stores
from stores.timelines import TimelineStore
from tests.embedded.owners import new_folder
from tests.support import network
from tests.support.servers import RunningServer

SIZE = 50
pytestmark = pytest.mark.skipif(not network.DATA.is_dir(), reason=f"there is no {network.DATA}")


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with new_folder() as folder:
        started = RunningServer(folder, timeline_size=str(SIZE)).start()
        yield started
        started.close()


@pytest.fixture
async def timelines(server: RunningServer) -> AsyncIterator[TimelineStore]:
    urls = running(server.data_dir)
    assert urls is not None
    settings = Settings(database_url=urls.database_url, redis_url=urls.redis_url, timeline_size=SIZE)
    async with open_stores(settings) as stores:
        yield stores.timelines


async def test_timelines_equal_the_oracle(
    server: RunningServer, timelines: TimelineStore, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    sample = network.read_network(follows=15_000, tweets=2_000)
    first, second = sample.halves()
    network.import_into(server, first.write(tmp_path / "first"))
    readers = await network.log_in(http, server, sample.readers(longest=10, at_random=20))
    await network.have_built(readers, timelines)
    network.import_into(server, second.write(tmp_path / "second"))
    expected = sample.timelines()
    for reader, edges in zip(readers, await network.whole_timelines(readers), strict=True):
        assert network.entries(edges) == expected[reader.handle]
        sources = [edge["source"] for edge in edges]
        precomputed = sources.count("PUSHED")
        assert precomputed >= min(SIZE, len(edges))
        assert sources == ["PUSHED"] * precomputed + ["STORE"] * (len(edges) - precomputed)
