"""Screens whose sockets are cut and whose servers die show what timelines are, by events, resumes and resets alone."""

import httpx

from tests.faults.chaos import CUTS, Chaos, Size
from tests.faults.deployment import Deployment
from tests.faults.strikes import process_killed, redis_restarted, server_restarted

STRIKES = (process_killed, redis_restarted, server_restarted)
SHORT = Size(readers=6, screens=24, writes=120, strikes=STRIKES)


async def test_screens_in_chaos(deployment: Deployment, http: httpx.AsyncClient) -> None:
    outcome = await Chaos(deployment, http, SHORT).run()
    assert (outcome.differ, outcome.repeats) == ([], [])
    assert outcome.answered.total() == SHORT.writes
    assert {how for how, count in outcome.cuts.items() if count} == set(CUTS)
    assert outcome.connections == outcome.resumes + outcome.refreshes
    assert outcome.connections >= SHORT.screens + outcome.cuts.total()
    assert set(outcome.resets) == {"REBUILT", "TOO_OLD"}  # by follows, and by the restart of Redis
