"""Runs histories that Hypothesis makes up: a number of them in the tests, any number in bench/histories.py."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings

from tests.histories.histories import History, histories
from tests.histories.opening import opened
from tests.histories.playing import Play


@dataclass(frozen=True, slots=True)
class Counts:
    """Of histories, their steps and jobs by kind, timelines' pages by what they were read from, and the entries on them
    by how they got there."""

    histories: int
    steps: Counter[str]
    jobs: Counter[str]
    pages: Counter[str]
    sources: Counter[str]


def run(urls: Mapping[str, str], examples: int) -> Counts:
    """On the stores of settings with these URLs. Fails with the shortest history found in which the two
    disagree."""
    played = 0
    steps: Counter[str] = Counter()
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        system = runner.run(stack.enter_async_context(opened(urls)))

        async def play(history: History) -> None:
            play = Play(system, steps)
            await play.begin(history.edges)
            for step in history.steps:
                await play.step(step)
            await play.end()

        @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
        @given(histories)
        def agree(history: History) -> None:
            nonlocal played
            played += 1
            runner.run(play(history))

        try:
            agree()
        finally:
            runner.run(stack.aclose())
    return Counts(played, steps, system.jobs.counts, system.pages, system.sources)
