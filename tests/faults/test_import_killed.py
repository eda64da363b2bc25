"""An import that is killed, wherever it is, goes on when it is begun again, and nothing is there twice."""

import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.embedded.owners import new_folder
from tests.support import network
from tests.support.servers import RunningServer

KILLED_SECONDS = 60
pytestmark = pytest.mark.skipif(not network.DATA.is_dir(), reason=f"there is no {network.DATA}")


@pytest.fixture
def server() -> Iterator[RunningServer]:
    """Not started yet."""
    with new_folder() as folder:
        made = RunningServer(folder, timeline_size="50")
        yield made
        made.close()


def kill_at(point: str, server: RunningServer, arguments: list[str]) -> None:
    process = network.importer(arguments, server, crash_at=point)
    said, _ = process.communicate(timeout=KILLED_SECONDS)
    assert process.returncode == -signal.SIGKILL, said


async def test_killed_again_and_again(server: RunningServer, http: httpx.AsyncClient, tmp_path: Path) -> None:
    """First as the owner of the stores, then beside a server."""
    sample = network.read_network(follows=4_000, tweets=1_000)
    arguments = sample.write(tmp_path / "files")
    kill_at("signed_up.dispatched:2", server, arguments)
    kill_at("followed.committed:2", server, arguments)
    server.start()
    kill_at("tweets.posted.committed:2", server, arguments)
    kill_at("tweets.posted.dispatched", server, arguments)
    network.import_into(server, arguments)
    assert network.import_into(server, arguments).endswith("New: 0 people, 0 follows, 0 tweets.\n")
    expected = sample.timelines()
    readers = await network.log_in(http, server, sample.readers(longest=10, at_random=10))
    for reader, edges in zip(readers, await network.whole_timelines(readers), strict=True):
        assert network.entries(edges) == expected[reader.handle]
