"""Which tests may run at once, where there are several processes of them."""

import re

import pytest
from xdist.scheduler import LoadFileScheduling

from tests.support import stack

_NAMED = re.compile("|".join([*stack.URLS, "scaled_out", "media_files", "search_beside", "search_rebuild"]))
"""In the ids of tests on the real servers: all that the process knows of them which hands them out."""


def mark(items: list[pytest.Item]) -> None:
    """Skips tests whose server is not there."""
    for item in items:
        needed = [name for name in stack.URLS if item.get_closest_marker(name)]
        assert not needed or _NAMED.search(item.nodeid), f"{item.nodeid} must name its server"
        if lacking := [stack.URLS[name] for name in needed if stack.url(name) is None]:
            item.add_marker(pytest.mark.skip(reason=f"needs {' and '.join(lacking)} in the environment"))


class ByFile(LoadFileScheduling):  # type: ignore[misc]
    """Whole files go to either process, in their order: the slow ones come first, and share the servers of their
    module. Tests on the real servers go to one process, one after another, since there is one of each."""

    def _split_scope(self, nodeid: str) -> str:
        return "servers" if _NAMED.search(nodeid) else nodeid.partition("::")[0]
