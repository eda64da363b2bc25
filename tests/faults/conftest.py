"""One deployment for all tests that leave it running."""

from collections.abc import Iterator

import pytest

from tests.faults.deployment import Deployment, deployed


@pytest.fixture(scope="package")
def deployment() -> Iterator[Deployment]:
    with deployed() as made:
        yield made
