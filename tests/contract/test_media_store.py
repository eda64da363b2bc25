"""The rows of media: who may use what, what is due, and what is condemned."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.media import MAX_UNUSED, Media, MediaKind, MediaState, Served
from stores.events import EventLog
from stores.media import MediaStore
from tests.contract.makers import LARGEST, UNICODE, event, examples, logged, new_id

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SERVED = Served("image/jpeg", 1000, 700, "LEHV6nWB2yk8", (320, 680))


def row(owner_id: int, media_id: int | None = None) -> Media:
    return Media(media_id or new_id(), owner_id, MediaKind.IMAGE, MediaState.PENDING, "image/jpeg", 5)


async def add(media: MediaStore, owner_id: int, *, uploaded: bool = True, due_at: datetime = NOW) -> int:
    new = row(owner_id)
    assert await media.add(new, due_at) is True
    assert not uploaded or await media.uploaded(new.id, event())
    return new.id


async def used_by(media: MediaStore, *media_ids: int) -> list[int | None]:
    found = await media.media(media_ids)
    return [found[media_id].used_by for media_id in media_ids]


async def due(media: MediaStore, at: datetime) -> list[int]:
    return [each.id for each in await media.due(at, 100)]


async def test_a_row_is_as_it_was_added_and_changed(media: MediaStore, events: EventLog) -> None:
    new = replace(row(2, LARGEST), byte_size=1 << 33, alt_text=UNICODE)
    told = event()
    await media.add(new, NOW)
    assert await media.media([LARGEST, 7]) == {LARGEST: new}
    assert await media.uploaded(LARGEST, told) is True
    assert await media.media([LARGEST]) == {LARGEST: replace(new, is_uploaded=True)}
    assert await media.uploaded(LARGEST, event()) is False
    assert await media.uploaded(7, event()) is False
    assert await logged(events) == [told.id]
    assert await media.serve(LARGEST, SERVED) is True
    ready = {"width": 1000, "height": 700, "blurhash": "LEHV6nWB2yk8", "widths": (320, 680)}
    expected = replace(new, is_uploaded=True, state=MediaState.READY, **ready)  # type: ignore[arg-type]
    assert await media.media([LARGEST]) == {LARGEST: expected}
    assert (await media.serve(LARGEST, SERVED), await media.reject(LARGEST)) == (False, False)


async def test_what_is_rejected_stays_so(media: MediaStore) -> None:
    rejected = await add(media, 1, uploaded=False)
    assert await media.reject(rejected) is True
    assert (await media.reject(rejected), await media.serve(rejected, SERVED)) == (False, False)
    assert await media.uploaded(rejected, event()) is False
    assert (await media.media([rejected]))[rejected].state is MediaState.REJECTED


async def test_an_owner_has_a_number_of_unused_ones(media: MediaStore) -> None:
    mine = [await add(media, 1) for _ in range(MAX_UNUSED)]
    one_more = row(1)
    assert await media.add(one_more, NOW) is False
    assert await media.media([one_more.id]) == {}
    assert await media.add(row(2), NOW) is True
    assert await media.use(1, mine[:1], 50, NOW) is True
    assert await media.add(one_more, NOW) is True


async def test_all_are_used_or_none(media: MediaStore) -> None:
    mine, more, other = await add(media, 1), await add(media, 1), await add(media, 2)
    not_sent, rejected = await add(media, 1, uploaded=False), await add(media, 1)
    await media.reject(rejected)
    for refused in ([mine, other], [mine, not_sent], [mine, rejected], [mine, 7]):
        assert await media.use(1, refused, 50, NOW) is False
    assert await used_by(media, mine, other) == [None, None]
    assert await media.use(1, [mine, more], 50, NOW) is True
    assert await media.use(1, [more, mine], 50, NOW) is True
    assert await media.use(1, [mine], 51, NOW) is False
    assert await media.use(1, [mine], 51, NOW, instead_of=[49]) is False
    assert await used_by(media, mine, more) == [50, 50]
    assert await media.use(1, [mine], 51, NOW, instead_of=[49, 50]) is True
    assert await used_by(media, mine, more) == [51, 50]


async def test_what_was_never_written_lets_go(media: MediaStore) -> None:
    mine, more = await add(media, 1), await add(media, 1)
    await media.use(1, [mine], 50, NOW)
    await media.use(1, [more], 51, NOW)
    await media.let_go(50)
    assert await used_by(media, mine, more) == [None, 51]


async def test_when_rows_are_due(media: MediaStore) -> None:
    later, first = await add(media, 1, due_at=NOW + HOUR), await add(media, 1)
    assert (await due(media, NOW - HOUR), await due(media, NOW), await due(media, NOW + HOUR)) == (
        [],
        [first],
        [first, later],
    )
    assert [each.id for each in await media.due(NOW + HOUR, 1)] == [first]
    await media.use(1, [first, later], 50, NOW + HOUR / 2)
    assert await due(media, NOW + HOUR) == [first, later]
    await media.keep([first])
    assert await due(media, NOW + 100 * HOUR) == [later]


async def test_another_avatar_has_the_old_one_looked_at(media: MediaStore) -> None:
    old, new, tweeted = [await add(media, 1) for _ in range(3)]
    await media.use(1, [tweeted], 50, NOW)
    await media.use(1, [old], 1, NOW)
    await media.keep([old, tweeted])
    assert await media.use(1, [new], 1, NOW + HOUR) is True
    await media.keep([new])
    assert await due(media, NOW + HOUR) == [old]
    assert await media.use(1, [old, 7], 1, NOW + HOUR) is False
    assert await due(media, NOW + 2 * HOUR) == [old]


async def test_the_condemned_are_there_for_nobody(media: MediaStore) -> None:
    mine, kept, later = await add(media, 1), await add(media, 1), await add(media, 1, due_at=NOW + HOUR)
    await media.keep([kept])
    assert await media.condemn([mine, kept, later, 7], NOW, NOW + 2 * HOUR) == [mine]
    assert (await media.media([mine, kept, later])).keys() == {kept, later}
    assert await media.condemn([mine], NOW + 9 * HOUR, NOW) == []
    assert (await media.serve(mine, SERVED), await media.reject(mine)) == (False, False)
    assert (await media.use(1, [mine], 50, NOW), await media.uploaded(mine, event())) == (False, False)
    await media.forget([mine, kept])
    assert list(await media.media([mine, kept])) == [kept]


async def test_what_a_deleted_tweet_used_is_condemned(media: MediaStore) -> None:
    mine, more, other = [await add(media, 1) for _ in range(3)]
    await media.use(1, [mine, more], 50, NOW)
    await media.use(1, [other], 51, NOW)
    await media.keep([mine])
    for _ in range(2):
        assert sorted(await media.condemn_used_by([50, 52], NOW + HOUR)) == sorted([mine, more])
    assert list(await media.media([mine, more, other])) == [other]
    assert (await media.condemned(NOW, 9), sorted(await media.condemned(NOW + HOUR, 9))) == ([], sorted([mine, more]))
    await media.forget([mine, more, other])
    assert (await media.condemned(NOW + HOUR, 9), list(await media.media([other]))) == ([], [other])


async def test_many_want_the_same_at_once(media: MediaStore) -> None:
    """One gets all, the others nothing, and no two wait for each other."""
    wanted = [await add(media, 1) for _ in range(4)]
    holders: list[int] = []
    for at in range(10):
        tweets = range(100 + 10 * at, 110 + 10 * at)
        orders = [wanted if tweet % 2 else wanted[::-1] for tweet in tweets]
        uses = (
            media.use(1, order, tweet, NOW, instead_of=holders) for order, tweet in zip(orders, tweets, strict=True)
        )
        answers = await asyncio.gather(*uses)
        assert answers.count(True) == 1
        holders = [tweets[answers.index(True)]]
        assert await used_by(media, *wanted) == holders * 4


async def test_avatars_that_change_places_at_once(media: MediaStore) -> None:
    """Each has the others looked at, and no two wait for each other."""
    faces = [await add(media, 1) for _ in range(3)]
    for face in faces:
        await media.use(1, [face], 1, NOW)
    for _ in range(10):
        answers = await asyncio.gather(*(media.use(1, [face], 1, NOW) for face in faces * 2))
        assert answers == [True] * 6
    assert await used_by(media, *faces) == [1, 1, 1]


steps = st.lists(
    st.one_of(
        st.tuples(st.just("use"), st.integers(0, 2), st.lists(st.integers(0, 3), min_size=1, max_size=3, unique=True)),
        st.tuples(st.just("let go"), st.integers(0, 2), st.just([0])),
        st.tuples(st.just("delete"), st.integers(0, 2), st.just([0])),
    ),
    max_size=12,
)


@examples
@given(steps)
async def test_media_are_of_one_tweet_at_most(media: MediaStore, steps: list[tuple[str, int, list[int]]]) -> None:
    """Whatever is used, let go and deleted: against a dictionary."""
    owner = new_id()
    rows, tweets = [await add(media, owner) for _ in range(4)], [new_id() for _ in range(3)]
    model: dict[int, int | None] = dict.fromkeys(rows)
    for what, number, places in steps:
        tweet, wanted = tweets[number], [rows[place] for place in places]
        if what == "use":
            free = all(each in model and model[each] in (None, tweet) for each in wanted)
            assert await media.use(owner, wanted, tweet, NOW) is free
            model |= dict.fromkeys(wanted, tweet) if free else {}
        elif what == "let go":
            await media.let_go(tweet)
            model = {each: None if user == tweet else user for each, user in model.items()}
        else:
            await media.condemn_used_by([tweet], NOW)
            model = {each: user for each, user in model.items() if user != tweet}
        assert {each.id: each.used_by for each in (await media.media(rows)).values()} == model
