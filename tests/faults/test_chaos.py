"""Screens whose sockets are cut and whose servers die show what timelines are, by events, resumes and resets alone."""

import httpx

from tests.faults.chaos import Chaos, Size, redis_restarted, server_killed, server_restarted
from tests.faults.deployment import Deployment

SHORT = Size(readers=10, screens=40, writes=200, strikes=(server_killed, redis_restarted, server_restarted))


async def test_screens_in_chaos(deployment: Deployment, http: httpx.AsyncClient) -> None:
    outcome = await Chaos(deployment, http, SHORT).run()
    assert (outcome.differ, outcome.repeats) == ([], [])
    assert outcome.answered.total() >= SHORT.writes
    assert outcome.cuts > 0
    assert outcome.connections > SHORT.screens + outcome.cuts // 2
    assert set(outcome.resets) <= {"REBUILT", "TOO_OLD"}
    assert outcome.resets["REBUILT"] > 0
