"""One deployment of each form for all tests that leave it running."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.deployment import Deployment, deployed
from tests.support.forms import FORMS, form


@pytest.fixture(scope="package", params=FORMS)
def deployment(request: pytest.FixtureRequest) -> Iterator[Deployment]:
    with form(request.param) as urls, deployed(urls) as made:
        yield made


@pytest.fixture(autouse=True)
def _no_sockets_left() -> Iterator[None]:
    """What a cut handshake left is let go here, where it is no failure, and not in a later test."""
    yield
    gc.collect()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Servers die here under clients in the midst of a handshake, whose socket asyncio may leave unclosed: the
    interpreter warns of it when it is let go."""
    unclosed = pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(unclosed)
