"""Which tests may run at once, where there are several processes of them."""

import re
from collections.abc import Sequence

import pytest
from xdist.scheduler import LoadFileScheduling

from tests.support import stack

_NAMED = re.compile("|".join([*stack.URLS, "scaled_out", "media_files", "search_beside", "search_rebuild"]))
"""In the ids of tests on the real servers: all that the process knows of them which hands them out."""

_ALONE = re.compile("neo4j|scaled_out")
"""In the ids of those that empty the one graph that Neo4j has, or kill servers."""


def mark(items: list[pytest.Item]) -> None:
    """Skips tests whose server is not there."""
    for item in items:
        needed = [name for name in stack.URLS if item.get_closest_marker(name)]
        assert not needed or _NAMED.search(item.nodeid), f"{item.nodeid} must name its server"
        if lacking := [stack.URLS[name] for name in needed if stack.url(name) is None]:
            item.add_marker(pytest.mark.skip(reason=f"needs {' and '.join(lacking)} in the environment"))


def stays_alive(item: pytest.Item) -> Sequence[str]:
    """The servers that must not be killed by tests of another process during this one."""
    if _ALONE.search(item.nodeid):
        return ()
    return [name for name in stack.URLS if item.get_closest_marker(name)]


class ByFile(LoadFileScheduling):  # type: ignore[misc]
    """Whole files go to either process, in their order: the slow ones come first, and share the servers of their
    module. Tests of the graph in Neo4j and of the whole product on the real servers go to one process, one after
    another, and so do those of the other servers."""

    def _split_scope(self, nodeid: str) -> str:
        if _ALONE.search(nodeid):
            return "alone"
        return "servers" if _NAMED.search(nodeid) else nodeid.partition("::")[0]
