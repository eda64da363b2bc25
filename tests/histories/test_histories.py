"""Whatever people do, whatever fails and whoever comes back when: everybody reads what an oracle of sets says."""

from typing import get_args

import pytest

from domain.timelines import TimelineSource
from metrics import PageSource
from tests.contract.redis_fixtures import RedisServer
from tests.histories.histories import WEIGHTS
from tests.histories.running import run
from tests.support.forms import FORMS, form

EXAMPLES = 60


@pytest.mark.parametrize("name", FORMS)
def test_system_and_oracle_agree(postgres_server: str, shared_redis: RedisServer, name: str) -> None:
    """And all that can happen did, and every path served pages."""
    with form(name) as urls:
        counts = run({"database_url": postgres_server, "redis_url": shared_redis.url, **urls}, EXAMPLES)
    assert counts.histories >= EXAMPLES
    assert set(counts.steps) == set(WEIGHTS) - {"nothing"}
    assert set(counts.pages) == set(get_args(PageSource))
    assert set(counts.sources) == {source.value for source in TimelineSource}
