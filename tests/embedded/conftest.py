"""Folders and owner processes for tests of the embedded servers."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.embedded.owners import Owner, new_folder


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with new_folder() as folder:
        yield folder


@pytest.fixture
def start_owner() -> Iterator[Callable[[Path], Owner]]:
    """Starts owner processes; those still alive at the end are killed."""
    with ExitStack() as stack:

        def start(data_dir: Path) -> Owner:
            owner = Owner(data_dir)
            stack.callback(owner.kill)
            return owner

        yield start
