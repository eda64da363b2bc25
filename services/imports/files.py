"""Files of lines with columns between tabs, plain or gzip, under a header line that names the columns."""

import gzip
import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

GZIP = b"\x1f\x8b"
REQUIRED_COLUMNS = 2


class UnreadableFile(Exception):
    """Nothing of the file can be imported; the message says why."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is left out. The header is line 1."""

    path: Path
    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    fields: Sequence[str]


@dataclass(frozen=True, slots=True)
class ColumnFile:
    """A file that was read once to its end. `digest` is the SHA-256 of its bytes, `rows` the number of lines under the
    header, whatever is in them."""

    path: Path
    digest: bytes
    columns: int
    rows: int

    def lines(self) -> Iterator[Line | BadLine]:
        """The lines under the header, in their order."""
        with _opened(self.path) as file:
            file.readline()
            for number, raw in enumerate(file, start=2):
                yield self._line(number, raw)

    def _line(self, number: int, raw: bytes) -> Line | BadLine:
        try:
            fields = _text(raw).split("\t")
        except UnicodeDecodeError:
            return BadLine(self.path, number, "is not UTF-8")
        if not REQUIRED_COLUMNS <= len(fields) <= self.columns:
            wanted = f"{REQUIRED_COLUMNS} to {self.columns}" if self.columns > REQUIRED_COLUMNS else REQUIRED_COLUMNS
            return BadLine(self.path, number, f"has {len(fields)} columns between tabs, not {wanted}")
        return Line(number, fields)


def read_through(path: Path, columns: Sequence[str]) -> ColumnFile:
    """Reads a file to its end. Columns after the first two may be missing. Raises UnreadableFile."""
    if not path.exists():
        raise UnreadableFile(f"{path}: there is no such file.")
    try:
        with path.open("rb") as raw:
            digest = hashlib.file_digest(raw, "sha256").digest()
        with _opened(path) as file:
            header = _text(file.readline()).removeprefix("\ufeff").lower().split("\t")
            rows = sum(1 for _ in file)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{path}: can't be read: {error}.") from error
    if len(header) < REQUIRED_COLUMNS or header != list(columns[: len(header)]):
        optional = "".join(f"[<TAB>{name}]" for name in columns[REQUIRED_COLUMNS:])
        wanted = "<TAB>".join(columns[:REQUIRED_COLUMNS]) + optional
        raise UnreadableFile(f"{path}: its first line must be the header {wanted}.")
    return ColumnFile(path, digest, len(header), rows)


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        packed = file.read(len(GZIP)) == GZIP
    return cast("BinaryIO", gzip.open(path)) if packed else path.open("rb")


def _text(raw: bytes) -> str:
    return raw.decode().removesuffix("\n").removesuffix("\r")
