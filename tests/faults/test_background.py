"""Background tasks go on whatever ends their work."""

import asyncio

import pytest

from services import background
from services.background import Background


@pytest.mark.parametrize("failure", [ValueError, asyncio.CancelledError])
async def test_work_that_fails_is_begun_again(failure: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    """A CancelledError of something that the work awaited is a failure like any other."""
    monkeypatch.setattr(background, "FIRST_PAUSE_SECONDS", 0.0)
    lives = 0
    ended = asyncio.Event()

    async def work() -> None:
        nonlocal lives
        lives += 1
        if lives < 3:
            raise failure
        ended.set()

    tasks = Background()
    tasks.spawn("work", work)
    async with asyncio.timeout(5):
        await ended.wait()
    assert lives == 3


async def test_stopping_ends_work_once() -> None:
    began = asyncio.Event()
    lives = 0

    async def work() -> None:
        nonlocal lives
        lives += 1
        began.set()
        await asyncio.Event().wait()

    tasks = Background()
    tasks.spawn("work", work)
    await began.wait()
    await tasks.stop()
    assert lives == 1
