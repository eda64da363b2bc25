"""How many sockets an account or an address may have open in a process."""

from collections import Counter
from collections.abc import Hashable

from transport.messages import TRY_AGAIN_LATER, CloseError


class Sockets:
    """Open sockets, by whose they are. `owner` is the word for that: "account"."""

    def __init__(self, limit: int, owner: str) -> None:
        self._limit = limit
        self._owner = owner
        self._open: Counter[Hashable] = Counter()

    @property
    def refusal(self) -> str:
        """What is said to whom it is too many."""
        return f"At most {self._limit} sockets per {self._owner}"

    def is_full(self, whose: Hashable) -> bool:
        return self._open[whose] >= self._limit

    def opened(self, whose: Hashable) -> None:
        """One more, until `closed` is called as often. Raises CloseError where that is too many."""
        if self.is_full(whose):
            raise CloseError(TRY_AGAIN_LATER, self.refusal)
        self._open[whose] += 1

    def closed(self, whose: Hashable) -> None:
        self._open[whose] -= 1
        if not self._open[whose]:
            del self._open[whose]
