"""What nothing uses is removed, rows and bytes, and nothing else."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from composition import Process
from domain.errors import Unavailable
from domain.media import original_key, rendition_key, upload_key
from tests.api.conftest import OpenProcess
from tests.api.in_process import add_media, add_people, post

HOUR = timedelta(hours=1)


@pytest.fixture
async def process(open_process: OpenProcess) -> Process:
    return await open_process()


async def add(process: Process, owner: int, count: int = 1) -> list[int]:
    """Media with all their files."""
    ids = await add_media(process, owner, count)
    for media_id in ids:
        for key in (upload_key(media_id), original_key(media_id, "image/jpeg"), rendition_key(media_id, 320)):
            await process.stores.files.store(key, Path(__file__), "image/jpeg")
    return ids


async def rows(process: Process, ids: list[int]) -> list[int]:
    return sorted(await process.stores.media.media(ids))


async def files(process: Process, ids: list[int]) -> list[int]:
    """Ids of those whose renditions are there."""
    return [each for each in ids if await process.stores.files.size(rendition_key(each, 320)) is not None]


async def collect(process: Process, hours: float) -> int:
    return await process.removal.collect(datetime.now(UTC) + hours * HOUR)


async def test_what_nothing_uses_for_a_day_is_removed(process: Process) -> None:
    [owner] = await add_people(process, 1, "owner")
    unused = await add(process, owner, 2)
    shown = await add(process, owner, 2)
    await post(process, owner, "look", media_ids=shown)
    assert await collect(process, 23) == 0
    assert await rows(process, [*unused, *shown]) == await files(process, [*unused, *shown]) == [*unused, *shown]
    assert await collect(process, 25) == 2
    assert await rows(process, [*unused, *shown]) == await files(process, [*unused, *shown]) == shown
    assert [await process.stores.files.size(upload_key(each)) for each in shown] == [None, None]
    assert await collect(process, 9_999) == 0
    assert await rows(process, shown) == await files(process, shown) == shown


async def test_bytes_that_are_sent_once_more_go_too(process: Process) -> None:
    """For an hour a URL may be used again."""
    [owner] = await add_people(process, 1, "owner")
    [unused] = await add(process, owner)
    assert await collect(process, 25) == 1
    at = datetime.now(UTC) + 25 * HOUR
    await process.stores.files.store(upload_key(unused), Path(__file__), "image/jpeg")
    assert await process.stores.media.condemned(at, 9) == []
    assert await collect(process, 26.5) == 0
    assert await process.stores.files.size(upload_key(unused)) is None
    assert await process.stores.media.condemned(at + 99 * HOUR, 9) == []


async def test_media_of_a_tweet_that_never_came(process: Process) -> None:
    """After the doubt is over they can be used by another, or else they go."""
    [owner] = await add_people(process, 1, "owner")
    [lost, kept] = await add(process, owner, 2)
    never = process.snowflakes.mint()
    old = never - (31_000 << 22)
    await process.services.media.use_in_tweet(owner, [lost], never)
    with pytest.raises(Unavailable):
        await post(process, owner, "now", media_ids=[lost])
    assert await process.stores.media.use(owner, [kept], old, datetime.now(UTC))
    await post(process, owner, "again", media_ids=[kept])
    assert await collect(process, 25) == 1
    assert await rows(process, [lost, kept]) == await files(process, [lost, kept]) == [kept]


async def test_the_media_of_a_deleted_tweet(process: Process) -> None:
    [owner] = await add_people(process, 1, "owner")
    shown, other = await add(process, owner, 2), await add(process, owner)
    tweet_id, _ = await post(process, owner, "gone", media_ids=shown), await post(process, owner, "b", media_ids=other)
    for _ in range(2):
        await process.removal.tweets_deleted([tweet_id, 7])
        assert await rows(process, [*shown, *other]) == await files(process, [*shown, *other]) == other
    assert await collect(process, 2) == 0
    assert await process.stores.media.condemned(datetime.now(UTC) + 99 * HOUR, 9) == []


async def test_an_avatar_that_another_took_the_place_of(process: Process) -> None:
    [owner] = await add_people(process, 1, "owner")
    faces = await add(process, owner, 3)
    graph = process.services.graph
    await graph.update_profile(owner, avatar_id=faces[0])
    assert await collect(process, 25) == 2
    assert await rows(process, faces) == faces[:1]
    [new] = await add(process, owner)
    await graph.update_profile(owner, avatar_id=new)
    assert await collect(process, 2) == 1
    assert await rows(process, [*faces, new]) == await files(process, [*faces, new]) == [new]
    assert await collect(process, 25) == 0
    assert await rows(process, [new]) == [new]


async def test_what_is_rendered_too_late_leaves_no_files(process: Process) -> None:
    [owner] = await add_people(process, 1, "owner")
    [unused] = await add(process, owner)
    await collect(process, 25)
    await process.stores.files.store(upload_key(unused), Path(__file__), "image/jpeg")
    await process.rendering.render(unused)
    assert await process.stores.files.size(upload_key(unused)) is None
