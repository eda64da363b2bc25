"""Whatever people do, whatever fails and whoever comes back when: everybody reads what an oracle of sets says."""

from typing import get_args

from domain.timelines import TimelineSource
from metrics import PageSource
from tests.contract.redis_fixtures import RedisServer
from tests.histories.histories import WEIGHTS
from tests.histories.running import run

EXAMPLES = 60


def test_system_and_oracle_agree(postgres_server: str, shared_redis: RedisServer) -> None:
    """And all that can happen did, and every path served pages."""
    counts = run(postgres_server, shared_redis.url, EXAMPLES)
    assert counts.histories >= EXAMPLES
    assert set(counts.steps) == set(WEIGHTS) - {"nothing"}
    assert set(counts.pages) == set(get_args(PageSource))
    assert set(counts.sources) == {source.value for source in TimelineSource}
