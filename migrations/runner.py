"""Brings a store up to the schema of this version: numbered files, each applied once, forward only."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class MigrationError(Exception):
    """What was applied to the store is not what lies in the folder; the message names the file. Nothing was done."""


@dataclass(frozen=True, slots=True)
class Migration:
    """`checksum` is the SHA-256 of the file, in hex."""

    name: str
    text: str
    checksum: str


class Held(Protocol):
    """A store while one process alone migrates it."""

    async def applied(self) -> Mapping[str, str]:
        """The checksum of each migration that was applied, by its name, as the store itself has it recorded."""

    async def apply(self, migration: Migration) -> None:
        """Applies and records it: in one transaction, or, where the store has none for its schema, such that it may be
        applied again after it was broken off."""


class Target(Protocol):
    """A store that has a schema."""

    @property
    def files(self) -> Sequence[Path]:
        """The migrations, in any order. A name says its place: 0001_what.suffix."""

    def held(self) -> AbstractAsyncContextManager[Held]:
        """Connects, and keeps other processes that migrate it waiting for the block. The store is made where it is
        missing and can be."""


async def migrate(target: Target) -> list[str]:
    """Applies what is missing, in the order of the names; the names of those applied.

    Processes that start at once wait for each other. Raises MigrationError.
    """
    async with target.held() as store:
        missing = _missing(_read(target.files), await store.applied())
        for migration in missing:
            await store.apply(migration)
        return [migration.name for migration in missing]


def _read(files: Sequence[Path]) -> list[Migration]:
    return [
        Migration(path.stem, path.read_text("utf-8"), hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(files)
    ]


def _missing(files: Sequence[Migration], applied: Mapping[str, str]) -> list[Migration]:
    """The files that come after all that was applied, where that is what the other files are."""
    if unknown := sorted(applied.keys() - {file.name for file in files}):
        raise MigrationError(f"{unknown[-1]} was applied to the database by another version: update this one.")
    for file in files:
        if file.name in applied and applied[file.name] != file.checksum:
            raise MigrationError(f"{file.name} was changed after it was applied: restore it, and add a new file.")
    missing = [file for file in files if file.name not in applied]
    if missing and missing[0].name < max(applied, default=""):
        raise MigrationError(f"{missing[0].name} is older than what was applied: give it a number above all others.")
    return missing
