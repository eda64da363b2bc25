"""Statements are planned once for all who ask, to the end, and anew after a loss."""

import asyncio
from collections import Counter

import pytest
from neo4j.exceptions import CypherSyntaxError, ServiceUnavailable

from stores.neo4j.plans import Plans


class Server:
    """Plans what it is told to when it is let."""

    def __init__(self) -> None:
        self.began: Counter[str] = Counter()
        self.failure: Exception | None = None
        self.may = asyncio.Event()

    async def plan(self, statement: str) -> None:
        self.began[statement] += 1
        await self.may.wait()
        if self.failure:
            raise self.failure


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def plans(server: Server) -> Plans:
    return Plans(server.plan)


async def ask(plans: Plans, *statements: str) -> list[asyncio.Task[None]]:
    """Calls that have begun."""
    calls = [asyncio.create_task(plans.ensure(each)) for each in statements]
    for _ in range(5):
        await asyncio.sleep(0)
    return calls


async def test_one_is_planned_for_all(plans: Plans, server: Server) -> None:
    calls = await ask(plans, "a", "a", "a")
    assert [call.done() for call in calls] == [False] * 3
    server.may.set()
    await asyncio.gather(*calls)
    await plans.ensure("a")
    assert server.began == {"a": 1}


async def test_planning_goes_on_without_its_callers(plans: Plans, server: Server) -> None:
    for call in await ask(plans, "a", "a"):
        call.cancel()
    later = await ask(plans, "a")
    server.may.set()
    await asyncio.gather(*later)
    assert server.began == {"a": 1}


async def test_one_after_the_other_is_planned(plans: Plans, server: Server) -> None:
    calls = await ask(plans, *"abcde")
    assert sum(server.began.values()) == 1
    server.may.set()
    await asyncio.gather(*calls)
    assert server.began == dict.fromkeys("abcde", 1)


async def test_a_failure_is_told_to_all_and_the_next_plans_anew(plans: Plans, server: Server) -> None:
    server.failure = CypherSyntaxError()
    server.may.set()
    calls = await ask(plans, "a", "a")
    for call in calls:
        with pytest.raises(CypherSyntaxError):
            await call
    server.failure = None
    await plans.ensure("a")
    assert server.began == {"a": 2}


async def test_a_loss_has_all_planned_anew(plans: Plans, server: Server) -> None:
    server.may.set()
    await plans.ensure("a")
    plans.forget()
    await plans.ensure("a")
    assert server.began == {"a": 2}


async def test_what_was_planned_before_a_loss_does_not_count_after_it(plans: Plans, server: Server) -> None:
    calls = await ask(plans, "a")
    plans.forget()
    server.may.set()
    await asyncio.gather(*calls)
    assert server.began == {"a": 2}


async def test_closing_ends_the_calls(plans: Plans, server: Server) -> None:
    calls = await ask(plans, *"aab")
    await plans.close()
    for call in calls:
        with pytest.raises(ServiceUnavailable):
            await call
    assert sum(server.began.values()) == 1
