"""Files to import: which can be read, and which lines of them are left out and why."""

import gzip
import hashlib
from pathlib import Path

import pytest

from services.imports.files import BadLine, ColumnFile, UnreadableFile, read_through
from services.imports.rows import (
    FOLLOW_COLUMNS,
    TWEET_COLUMNS,
    FollowRow,
    TweetRow,
    follow_rows,
    handles_of,
    tweet_rows,
    unix_ms,
)

NOW_MS = 1_700_000_000_000


def written(path: Path, content: bytes, columns: tuple[str, ...] = TWEET_COLUMNS) -> ColumnFile:
    path.write_bytes(content)
    return read_through(path, columns)


def follows(path: Path, content: bytes) -> list[FollowRow | BadLine]:
    return list(follow_rows(written(path, content, FOLLOW_COLUMNS)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rows"


def test_a_plain_file(path: Path) -> None:
    content = b"author\ttext\n7\tHello\n8\tTsch\xc3\xbcss"
    file = written(path, content)
    assert file == ColumnFile(path, hashlib.sha256(content).digest(), columns=2, rows=2)
    assert list(tweet_rows(file)) == [TweetRow(2, "u7", "Hello", ""), TweetRow(3, "u8", "Tschüss", "")]


def test_gzip_is_told_by_the_content_not_the_name(path: Path) -> None:
    packed = gzip.compress(b"author\ttext\n7\tHello\n", mtime=0)
    file = written(path, packed)
    assert file.digest == hashlib.sha256(packed).digest()
    assert list(tweet_rows(file)) == [TweetRow(2, "u7", "Hello", "")]


def test_lines_of_windows_and_a_byte_order_mark(path: Path) -> None:
    file = written(path, b"\xef\xbb\xbfAuthor\tText\tcreated_at\r\n7\tHello\t12\r\n8\tHi\r\n")
    assert list(tweet_rows(file)) == [TweetRow(2, "u7", "Hello", "12"), TweetRow(3, "u8", "Hi", "")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "its first line must be the header author<TAB>text[<TAB>created_at]."),
        (b"author\n7\n", "its first line must be the header author<TAB>text[<TAB>created_at]."),
        (b"7\tHello\n", "its first line must be the header author<TAB>text[<TAB>created_at]."),
        (b"author\ttext\twhen\n", "its first line must be the header author<TAB>text[<TAB>created_at]."),
        (b"\xff\t\n", "can't be read: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte."),
        (b"\x1f\x8b" + bytes(8), "can't be read: Unknown compression method."),
        (
            gzip.compress(b"author\ttext\n7\tHello\n", mtime=0)[:-9],
            "can't be read: Compressed file ended before the end-of-stream marker was reached.",
        ),
    ],
)
def test_files_that_cannot_be_read(path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        written(path, content)
    assert str(caught.value) == f"{path}: {reason}"


def test_a_file_that_is_not_there(path: Path) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_through(path, TWEET_COLUMNS)
    assert str(caught.value) == f"{path}: there is no such file."


def test_bad_lines_of_follows(path: Path) -> None:
    content = b"follower\tfollowed\n1\t2\n1\n1\t2\t3\n\t2\na b\t2\nx\tX\n\xff\t2\n123456789012345\t2\n2\t1\n"
    no_handle = "gives no handle: it must be 1 to 14 letters (a to z), digits, underscores"
    assert follows(path, content) == [
        FollowRow(2, "u1", "u2"),
        BadLine(path, 3, "has 1 columns between tabs, not 2"),
        BadLine(path, 4, "has 3 columns between tabs, not 2"),
        FollowRow(5, "u", "u2"),
        BadLine(path, 6, f"the key 'a b' {no_handle}"),
        BadLine(path, 7, "nobody follows themselves"),
        BadLine(path, 8, "is not UTF-8"),
        BadLine(path, 9, f"the key '123456789012345' {no_handle}"),
        FollowRow(10, "u2", "u1"),
    ]


def test_handles_are_the_same_whatever_the_case_and_bad_lines_name_nobody(path: Path) -> None:
    edges = follow_rows(written(path, b"follower\tfollowed\nb\ta\nA\tB\nc\t!\n", FOLLOW_COLUMNS))
    assert handles_of([*edges, TweetRow(2, "uC", "text", ""), TweetRow(3, "uB", "text", "")]) == ["ub", "ua", "uC"]


@pytest.mark.parametrize(
    ("created_at", "ms"),
    [
        ("1136073600", 1_136_073_600_000),
        ("1600000000.25", 1_600_000_000_250),
        ("2020-09-13T12:26:40Z", 1_600_000_000_000),
        ("2020-09-13T14:26:40.123+02:00", 1_600_000_000_123),
        ("2020-09-13 12:26:40", 1_600_000_000_000),
        ("2020-09-13", 1_599_955_200_000),
        ("1700086400", NOW_MS + 86_400_000),
    ],
)
def test_dates(created_at: str, ms: int) -> None:
    assert unix_ms(created_at, NOW_MS) == ms


@pytest.mark.parametrize(
    ("created_at", "reason"),
    [
        ("1136073599", "lies before 2006 or in the future"),
        ("20200913", "lies before 2006 or in the future"),
        ("1700086401", "lies before 2006 or in the future"),
        ("0001-01-01T00:00:00+23:59", "lies before 2006 or in the future"),
        ("9999-12-31T23:59:59-23:59", "lies before 2006 or in the future"),
        ("yesterday", "is neither ISO 8601 nor Unix seconds"),
        ("1.600.000", "is neither ISO 8601 nor Unix seconds"),
        ("-5", "is neither ISO 8601 nor Unix seconds"),
        ("١٢", "is neither ISO 8601 nor Unix seconds"),
    ],
)
def test_bad_dates(created_at: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        unix_ms(created_at, NOW_MS)
    assert str(caught.value) == f"created_at {created_at!r} {reason}"
