"""Global ids and cursors: what was given out is read back, and nothing else is taken for it."""

import base64
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.errors import BadUserInput
from domain.global_id import Kind, decode, decode_as, encode
from domain.page import decode_cursor, decode_key, encode_cursor, page_size
from domain.snowflake import MAX_ID

KINDS = st.sampled_from(Kind)
NUMBERS = st.integers(1, MAX_ID)
FIELDS = st.sampled_from(["timeline", "Tweet.replies", "search.TOP", "timelineUpdates"])
PARTS = st.lists(st.from_regex(r"[A-Za-z0-9.+-]{0,20}", fullmatch=True), max_size=3)


def pack(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


GARBAGE = st.one_of(
    st.text(), st.text(st.characters(max_codepoint=127)), st.text().map(pack), st.from_regex(r"[\w=-]+")
)


@given(KINDS, NUMBERS)
def test_a_global_id_is_read_back(kind: Kind, number: int) -> None:
    text = encode(kind, number)
    assert decode(text) == (kind, number)
    assert {each: decode_as(each, text) for each in Kind} == dict.fromkeys(Kind) | {kind: number}
    assert text.isascii()
    assert text.replace("-", "").replace("_", "").isalnum()


@given(GARBAGE)
@example("=" * 64)
@example("VHdlZXQ6MQ==")
@example(pack("Tweet:01"))
@example(pack("Tweet:+1"))
@example(pack("Tweet:1_0"))
@example(pack("Tweet:٣"))
@example(pack("Tweet:1") + "\n")
@example(pack(f"Tweet:{MAX_ID + 1}"))
@example("\ud800")
def test_each_object_has_one_global_id(text: str) -> None:
    """What is read as an id is its one spelling; all else is None, never an exception."""
    decoded = decode(text)
    assert decoded is None or (encode(*decoded) == text and 0 < decoded[1] <= MAX_ID)


@given(FIELDS, PARTS)
def test_a_cursor_is_read_back(field: str, parts: list[str]) -> None:
    assert decode_cursor(field, "after", encode_cursor(field, *parts)) == tuple(parts)


@given(FIELDS, st.integers(0, MAX_ID))
def test_a_key_is_read_back_by_its_own_field_alone(field: str, key: int) -> None:
    cursor = encode_cursor(field, key)
    assert decode_key(field, "after", cursor) == key
    with pytest.raises(BadUserInput, match=r"^before: not a cursor of `User\.likes`;"):
        decode_key("User.likes", "before", cursor)


@given(FIELDS, GARBAGE)
@example("timeline", encode_cursor("timeline", "9" * 150))
@example("timeline", encode_cursor("timeline", 1 << 63))
@example("timeline", encode_cursor("timeline", ""))
@example("timeline", "x" * 10_000)
@example("timeline", "\ud800")
def test_garbage_is_bad_user_input_and_nothing_else(field: str, text: str) -> None:
    with suppress(BadUserInput):
        decode_cursor(field, "after", text)
        assert base64.urlsafe_b64decode(text + "==").startswith(field.encode())
    with suppress(BadUserInput):
        assert 0 <= decode_key(field, "after", text) <= MAX_ID


@given(st.integers())
def test_page_sizes(size: int) -> None:
    if 0 <= size <= 100:
        assert page_size("first", size) == size
    else:
        with pytest.raises(BadUserInput, match=f"^first: must lie between 0 and 100, not {size}\\.$"):
            page_size("first", size)


def test_the_size_of_a_page_that_names_none() -> None:
    assert (page_size("first", None), page_size("first", None, default=5)) == (20, 5)
