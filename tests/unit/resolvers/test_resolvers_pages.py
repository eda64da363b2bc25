"""Keyset pages over lists in memory."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadUserInput
from domain.page import encode_cursor
from tests.unit.resolvers.fakes import Api
from tests.unit.resolvers.records import make_tweet, tweet_id

TWEET = 5_000


def thread(children: Sequence[int], gone: Sequence[int] = ()) -> Api:
    """One tweet with replies, quotes and ancestors of these ids, of which some are gone since the lists were read."""
    api = Api()
    api.world.tweets = {number: make_tweet(number) for number in (TWEET, *children) if number not in gone}
    for name in ("replies", "quotes", "ancestors"):
        api.world.lists[name, TWEET] = [1000 + number for number in children]
    return api


async def page(api: Api, field: str) -> Any:
    info = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
    shape = f"{{ edges {{ cursor node {{ id }} }} nodes {{ id }} {info} }}"
    data = await api.data(f'{{ tweet(id: "{tweet_id(TWEET)}") {{ page: {field} {shape} }} }}')
    found = data["tweet"]["page"]
    assert [edge["node"] for edge in found["edges"]] == found["nodes"]
    return found


ids = st.sets(st.integers(1, 500), max_size=30)


@given(ids, st.integers(1, 12), st.data())
async def test_going_forward_gives_each_once_newest_first(children: set[int], size: int, data: st.DataObject) -> None:
    gone = data.draw(st.sets(st.sampled_from(sorted(children)), max_size=5) if children else st.just(set()))
    api = thread(sorted(children), sorted(gone))
    seen: list[str] = []
    after, more = "", True
    while more:
        found = await page(api, f"replies(first: {size}{after})")
        assert found["pageInfo"]["hasPreviousPage"] == bool(after)
        seen += [node["id"] for node in found["nodes"]]
        more = found["pageInfo"]["hasNextPage"]
        after = f', after: "{found["pageInfo"]["endCursor"]}"'
    assert seen == [tweet_id(number) for number in sorted(children - gone, reverse=True)]


@given(ids, st.integers(1, 12))
async def test_going_up_gives_each_ancestor_once_oldest_first(children: set[int], size: int) -> None:
    api = thread(sorted(children))
    seen: list[str] = []
    before, more = "", True
    while more:
        found = await page(api, f"ancestors(last: {size}{before})")
        assert found["pageInfo"]["hasNextPage"] == bool(before)
        seen = [node["id"] for node in found["nodes"]] + seen
        more = found["pageInfo"]["hasPreviousPage"]
        before = f', before: "{found["pageInfo"]["startCursor"]}"'
    assert seen == [tweet_id(number) for number in sorted(children)]


@pytest.mark.parametrize(("children", "more"), [([], False), ([3], True)])
async def test_an_empty_page_tells_whether_there_is_more(children: list[int], more: bool) -> None:
    nothing: dict[str, object] = {"edges": [], "nodes": []}
    cursors: dict[str, object] = {"startCursor": None, "endCursor": None}
    assert await page(thread(children), "replies(first: 0)") == nothing | {
        "pageInfo": {"hasNextPage": more, "hasPreviousPage": False} | cursors
    }
    assert await page(thread(children), "ancestors(last: 0)") == nothing | {
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": more} | cursors
    }


async def test_a_page_in_full() -> None:
    cursors = [encode_cursor("Tweet.quotes", key) for key in (1004, 1003)]
    assert await page(thread([1, 2, 3, 4]), "quotes(first: 2)") == {
        "edges": [
            {"cursor": cursors[0], "node": {"id": tweet_id(4)}},
            {"cursor": cursors[1], "node": {"id": tweet_id(3)}},
        ],
        "nodes": [{"id": tweet_id(4)}, {"id": tweet_id(3)}],
        "pageInfo": {"hasNextPage": True, "hasPreviousPage": False, "startCursor": cursors[0], "endCursor": cursors[1]},
    }


async def test_a_page_whose_nodes_are_all_gone_leads_on() -> None:
    found = await page(thread([1, 2, 3], gone=[2, 3]), "replies(first: 2)")
    assert found["nodes"] == []
    assert found["pageInfo"]["hasNextPage"] is True
    found = await page(thread([1, 2, 3], gone=[2, 3]), f'replies(first: 2, after: "{found["pageInfo"]["endCursor"]}")')
    assert found["nodes"] == [{"id": tweet_id(1)}]


async def test_a_page_is_20_by_default() -> None:
    assert len((await page(thread(range(1, 30)), "replies"))["nodes"]) == 20
    assert len((await page(thread(range(1, 30)), "ancestors"))["nodes"]) == 20


@pytest.mark.parametrize("field", ["replies", "quotes", "likedBy", "retweetedBy", "ancestors"])
@pytest.mark.parametrize("cursor", ["", "x", "é", encode_cursor("User.likes", 7), encode_cursor("timeline", 7)])
async def test_cursors_of_other_fields_are_refused(field: str, cursor: str) -> None:
    argument = "before" if field == "ancestors" else "after"
    data, errors = await thread([1]).run(
        f'{{ tweet(id: "{tweet_id(TWEET)}") {{ {field}({argument}: "{cursor}") {{ nodes {{ id }} }} }} }}'
    )
    assert data == {"tweet": {field: None}}
    message = f"{argument}: not a cursor of `Tweet.{field}`; give an endCursor or edge cursor of that field."
    assert [(type(cause), str(cause)) for _, cause in errors] == [(BadUserInput, message)]
