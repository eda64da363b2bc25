"""Which tests may run at once, where there are several processes of them."""

import pytest
from xdist.scheduler import LoadGroupScheduling

from tests.support import stack

GROUP = "servers"


def mark(items: list[pytest.Item]) -> None:
    """Tests on the real servers run one after another, since there is one of each; those without their server are
    skipped."""
    for item in items:
        needed = [name for name in stack.URLS if item.get_closest_marker(name)]
        if needed:
            item.add_marker(pytest.mark.xdist_group(GROUP))
        if lacking := [stack.URLS[name] for name in needed if stack.url(name) is None]:
            item.add_marker(pytest.mark.skip(reason=f"needs {' and '.join(lacking)} in the environment"))


class ByFile(LoadGroupScheduling):  # type: ignore[misc]
    """Whole files go to either process, in their order: the slow ones come first, and share the servers of their
    module. A group goes to one process."""

    def _split_scope(self, nodeid: str) -> str:
        scope: str = super()._split_scope(nodeid)
        return nodeid.partition("::")[0] if scope == nodeid else scope
